//! The kind and size of a type's values on the wire, as far as its syntax tells.

use syn::{Expr, ExprLit, Lit, Type};

use super::{generic_types, path};
use crate::names::plain;

/// The kind of a type's values on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An unsigned integer with this number of bits.
    Integer(u32),
    /// A truth value.
    Bool,
    /// A byte string that is no number.
    Bytes,
    /// A list of items of one type.
    List,
    /// A list of a fixed number of items, each with a type of its own.
    Tuple,
}

/// The kind of a type's values, as far as its syntax tells.
pub(crate) fn kind(ty: &Type) -> Option<Kind> {
    let list_of = |ty: &Type| match kind(ty) {
        Some(Kind::Integer(8)) => Kind::Bytes,
        _ => Kind::List,
    };
    match ty {
        Type::Group(group) => return kind(&group.elem),
        Type::Paren(paren) => return kind(&paren.elem),
        Type::Array(array) => return Some(list_of(&array.elem)),
        Type::Tuple(_) => return Some(Kind::Tuple),
        _ => {}
    }
    let last = path(ty)?.segments.last()?;
    let name = plain(&last.ident);
    match (name.as_str(), generic_types(last).as_slice()) {
        ("u8", []) => Some(Kind::Integer(8)),
        ("u16", []) => Some(Kind::Integer(16)),
        ("u32", []) => Some(Kind::Integer(32)),
        ("u64" | "usize", []) => Some(Kind::Integer(64)),
        ("u128", []) => Some(Kind::Integer(128)),
        ("bool", []) => Some(Kind::Bool),
        ("String" | "Bytes", []) => Some(Kind::Bytes),
        ("Vec", [item]) => Some(list_of(item)),
        ("Box" | "Arc", [inner]) => kind(inner),
        _ => None,
    }
}

/// The fewest bytes that an item of a type takes, as far as its syntax tells.
pub(crate) fn smallest(ty: &Type) -> u64 {
    match ty {
        Type::Group(group) => smallest(&group.elem),
        Type::Paren(paren) => smallest(&paren.elem),
        Type::Tuple(tuple) => {
            let items = tuple.elems.iter().map(smallest);
            with_header(items.fold(0, u64::saturating_add))
        }
        Type::Array(array) => {
            let Some(number) = array_length(ty) else {
                return 1;
            };
            match kind(ty) {
                Some(Kind::Bytes) if number <= 1 => 1,
                Some(Kind::Bytes) => with_header(number),
                _ => with_header(smallest(&array.elem).saturating_mul(number)),
            }
        }
        _ => {
            let last = path(ty).and_then(|path| path.segments.last());
            match last.map(|last| (plain(&last.ident), generic_types(last))) {
                Some((name, inner)) if name == "Box" || name == "Arc" => {
                    inner.first().map_or(1, |inner| smallest(inner))
                }
                _ => 1,
            }
        }
    }
}

/// The number of items of an array, perhaps in a box, if it is written as a literal.
pub(crate) fn array_length(ty: &Type) -> Option<u64> {
    match ty {
        Type::Group(group) => array_length(&group.elem),
        Type::Paren(paren) => array_length(&paren.elem),
        Type::Array(array) => match &array.len {
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }) => number.base10_parse().ok(),
            _ => None,
        },
        _ => {
            let last = path(ty)?.segments.last()?;
            match (plain(&last.ident).as_str(), generic_types(last).as_slice()) {
                ("Box" | "Arc", [inner]) => array_length(inner),
                _ => None,
            }
        }
    }
}

/// The size of a list, or of a byte string of more than one byte, with this payload.
pub(crate) fn with_header(payload: u64) -> u64 {
    let header = match payload {
        ..=55 => 1,
        _ => 1 + u64::from((u64::BITS - payload.leading_zeros()).div_ceil(8)),
    };
    payload.saturating_add(header)
}
