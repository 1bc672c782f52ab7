//! Payloads that are requests by themselves, as in `peer.request(GetBlocks { .. })`.
//!
//! A type can be that only once, and the derive knows types by their names alone. So it leaves out a type if
//! another request may have it under a longer path. Two aliases of one type are an error of the compiler.

use syn::Type;

use crate::fields::ast::Style;
use crate::names::plain;
use crate::protocol::ast::{Enum, Variant};
use crate::types;

/// The payload of a request `Name(Payload)`, if it is a type of the user's own that none of the other
/// `requests` has.
pub(crate) fn of_one_request<'a>(
    ast: &Enum,
    request: &'a Variant,
    requests: &[&Variant],
) -> Option<&'a Type> {
    let payload = newtype(request).filter(|payload| is_own(ast, payload))?;
    let mut others = requests
        .iter()
        .filter(|other| other.ident != request.ident)
        .filter_map(|other| newtype(other));
    let is_shared = others.any(|other| may_be_same(payload, other));
    (!is_shared).then_some(payload)
}

/// The type of the field of a variant `Name(Payload)`.
fn newtype(variant: &Variant) -> Option<&Type> {
    match variant.fields.list.as_slice() {
        [only] if variant.fields.style == Style::Tuple => Some(&only.ty),
        _ => None,
    }
}

/// Returns true if a type is one of the user's own, and no parameter of the enum.
fn is_own(ast: &Enum, ty: &Type) -> bool {
    let first = types::path(ty).and_then(|path| path.segments.first());
    let is_param = first.is_some_and(|first| {
        let mut params = ast.generics.type_params();
        params.any(|param| param.ident == first.ident)
    });
    is_user_defined(ty) && !is_param
}

/// Returns true if a type is none of the well-known ones, judging by its name.
fn is_user_defined(ty: &Type) -> bool {
    let last = types::path(ty).and_then(|path| path.segments.last());
    last.is_some_and(|last| !WELL_KNOWN.contains(&plain(&last.ident).as_str()))
}

/// Returns true if two paths may name the same type, because one ends with the other.
fn may_be_same(one: &Type, other: &Type) -> bool {
    let names = |ty| {
        let segments = types::path(ty).map(|path| path.segments.iter());
        let names = segments.into_iter().flatten().map(|s| plain(&s.ident));
        names
            .filter(|name| !["crate", "self", "super"].contains(&name.as_str()))
            .collect::<Vec<_>>()
    };
    let one = names(one);
    let other = names(other);
    let shorter = one.len().min(other.len());
    shorter > 0
        && one
            .iter()
            .rev()
            .zip(other.iter().rev())
            .all(|(one, other)| one == other)
}

/// Types that don't say which request they are for.
const WELL_KNOWN: &[&str] = &[
    "bool",
    "char",
    "str",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "String",
    "Vec",
    "VecDeque",
    "Box",
    "Rc",
    "Arc",
    "Cow",
    "Cell",
    "RefCell",
    "Mutex",
    "RwLock",
    "Option",
    "Result",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "PhantomData",
    "Duration",
    "Instant",
    "SystemTime",
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "PathBuf",
    "OsString",
    "Bytes",
    "BytesMut",
    "Self",
];
