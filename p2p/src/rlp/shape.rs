//! The shapes of items on the wire: kinds, lengths and order, with the names that they have in the code.

use super::header;

/// The shape of an item of some type on the wire.
///
/// Returned by [`Decode::shape`](super::Decode::shape). It describes the protocol and takes no part in
/// encoding or decoding; [`spec`](crate::spec) generates documents, fingerprints and examples from it.
///
/// ```
/// use p2p::Rlp;
/// use p2p::rlp::{Decode, Shape, Shapes};
///
/// #[derive(Rlp)]
/// #[rlp(transparent)]
/// struct Hash([u8; 32]);
///
/// assert_eq!(u64::shape(&mut Shapes::new()), Shape::Uint { bits: 64 });
/// assert!(matches!(Hash::shape(&mut Shapes::new()), Shape::Struct(hash) if hash.transparent));
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// An integer without leading zeros.
    Uint {
        /// The maximum number of bits.
        bits: u32,
    },
    /// A boolean: the empty string or the byte 1.
    Bool,
    /// A byte string of any length.
    Bytes,
    /// A byte string of exactly this many bytes.
    FixedBytes(usize),
    /// A byte string that is UTF-8.
    Text,
    /// A list of any number of items, all of one shape.
    List(Box<Shape>),
    /// A list of exactly this many items, all of one shape.
    Array(Box<Shape>, usize),
    /// A list of these items.
    Tuple(Vec<Shape>),
    /// A struct of named fields.
    Struct(Struct),
    /// A struct within itself: the enclosing struct this many levels further out, 0 for the innermost.
    Recursive {
        /// The struct's name.
        name: &'static str,
        /// How many structs to pass over.
        up: usize,
    },
    /// Any single item.
    Raw,
    /// An item of which at most the name of its type is known.
    Opaque(Option<&'static str>),
}

/// A list of named fields: a struct, or a message's payload.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struct {
    /// Its name in the code.
    pub name: &'static str,
    /// Its documentation, in Markdown.
    pub docs: &'static str,
    /// True if it is encoded as its single field instead of a list.
    pub transparent: bool,
    /// True if more items may follow the last field.
    pub trailing: bool,
    /// Its fields, in order.
    pub fields: Vec<Field>,
}

impl Struct {
    /// An empty list.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            docs: "",
            transparent: false,
            trailing: false,
            fields: Vec::new(),
        }
    }

    /// The same, with this documentation.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// The same, encoded as its single field.
    #[must_use]
    pub const fn transparent(mut self) -> Self {
        self.transparent = true;
        self
    }

    /// The same, ignoring items after the last field.
    #[must_use]
    pub const fn trailing(mut self) -> Self {
        self.trailing = true;
        self
    }

    /// The same, with these fields.
    #[must_use]
    pub fn fields<const N: usize>(mut self, fields: [Field; N]) -> Self {
        self.fields = fields.into();
        self
    }
}

/// A field of a [`Struct`].
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name, or its position in a tuple.
    pub name: &'static str,
    /// Its documentation, in Markdown.
    pub docs: &'static str,
    /// Its shape.
    pub shape: Shape,
    /// True if it may be absent, with all fields after it.
    pub optional: bool,
    /// The limits of its values.
    pub bounds: Bounds,
}

impl Field {
    /// A field that is always present.
    #[must_use]
    pub const fn new(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            docs: "",
            shape,
            optional: false,
            bounds: Bounds::NONE,
        }
    }

    /// The same, with this documentation.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// The same, which may be absent.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The same, within these bounds.
    #[must_use]
    pub const fn bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// The same, with the type as written in the source, which names what is opaque.
    ///
    /// ```
    /// use p2p::rlp::Shape;
    /// use p2p::rlp::shape::Field;
    ///
    /// let headers = Field::new("headers", Shape::List(Box::new(Shape::Opaque(None))));
    /// let headers = headers.type_name("Vec<Box<Header>>");
    /// assert_eq!(headers.shape, Shape::List(Box::new(Shape::Opaque(Some("Header")))));
    /// ```
    #[must_use]
    pub fn type_name(mut self, ty: &'static str) -> Self {
        self.shape.name_opaque(ty);
        self
    }
}

/// The limits of a field's values.
///
/// Documents state them and examples stay within them. They are not part of the wire's shape: a peer with
/// other limits still understands every message that both allow.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Items of a list.
    pub max_items: Option<usize>,
    /// Bytes of a byte string or text.
    pub max_len: Option<usize>,
    /// The smallest integer.
    pub least: Option<u128>,
    /// The largest integer.
    pub greatest: Option<u128>,
    /// Any other condition, in words.
    pub condition: Option<&'static str>,
}

impl Bounds {
    /// No limits beyond those of the type.
    pub const NONE: Self = Self {
        max_items: None,
        max_len: None,
        least: None,
        greatest: None,
        condition: None,
    };

    /// The same, with at most this many items.
    #[must_use]
    pub const fn max_items(mut self, items: usize) -> Self {
        self.max_items = Some(items);
        self
    }

    /// The same, with at most this many bytes.
    #[must_use]
    pub const fn max_len(mut self, bytes: usize) -> Self {
        self.max_len = Some(bytes);
        self
    }

    /// The same, with an integer of at least this.
    #[must_use]
    pub const fn least(mut self, least: u128) -> Self {
        self.least = Some(least);
        self
    }

    /// The same, with an integer of at most this.
    #[must_use]
    pub const fn greatest(mut self, greatest: u128) -> Self {
        self.greatest = Some(greatest);
        self
    }

    /// The same, with a condition in words: "sorted by hash".
    #[must_use]
    pub const fn condition(mut self, condition: &'static str) -> Self {
        self.condition = Some(condition);
        self
    }
}

impl Shape {
    /// The most bytes that an item of this shape can have, header included; `None` if nothing bounds them.
    pub(crate) fn largest(&self) -> Option<usize> {
        self.largest_within(&Bounds::NONE)
    }

    fn largest_within(&self, bounds: &Bounds) -> Option<usize> {
        let string = |length: usize| Some(header::length(length).saturating_add(length));
        match self {
            Self::Uint { bits } => string(bits.div_ceil(8) as usize),
            Self::Bool => Some(1),
            Self::FixedBytes(length) => string(*length),
            Self::Bytes | Self::Text => string(bounds.max_len?),
            Self::List(item) => list(bounds.max_items?, item),
            Self::Array(item, items) => list(*items, item),
            Self::Tuple(items) => {
                let items = items.iter().map(Self::largest);
                items.sum::<Option<usize>>().and_then(string)
            }
            Self::Struct(fields) if fields.transparent => fields.payload(),
            Self::Struct(fields) => fields.payload().and_then(string),
            Self::Recursive { .. } | Self::Raw | Self::Opaque(_) => None,
        }
    }
}

/// The most bytes of a list of so many items.
fn list(items: usize, item: &Shape) -> Option<usize> {
    let payload = items.saturating_mul(item.largest()?);
    Some(header::length(payload).saturating_add(payload))
}

impl Struct {
    /// The most bytes that its fields can have together; `None` if nothing bounds them.
    pub(crate) fn payload(&self) -> Option<usize> {
        let fields = self.fields.iter();
        let mut largest = fields.map(|field| field.shape.largest_within(&field.bounds));
        largest.try_fold(0_usize, |sum, field| Some(sum.saturating_add(field?)))
    }
}

/// The structs being described, so that describing one that contains itself terminates.
#[derive(Debug, Default)]
pub struct Shapes {
    /// The types being described, outermost first: name and size.
    open: Vec<(&'static str, usize)>,
}

impl Shapes {
    /// Starts with no struct being described.
    #[must_use]
    pub const fn new() -> Self {
        Self { open: Vec::new() }
    }

    /// Describes struct `T`: `item` is its description without fields, `fields` returns the fields.
    ///
    /// ```
    /// use p2p::rlp::{Decode, Error, Reader, Shape, Shapes, shape};
    ///
    /// struct Tree {
    ///     children: Vec<Tree>,
    /// }
    ///
    /// impl Decode for Tree {
    ///     fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
    ///         let mut list = reader.list()?;
    ///         let children = Decode::decode(&mut list)?;
    ///         list.finish()?;
    ///         Ok(Self { children })
    ///     }
    ///
    ///     fn shape(shapes: &mut Shapes) -> Shape {
    ///         shapes.define::<Self, 1>(shape::Struct::new("Tree"), |shapes| {
    ///             [shape::Field::new("children", <Vec<Self>>::shape(shapes))]
    ///         })
    ///     }
    /// }
    ///
    /// let Shape::Struct(tree) = Tree::shape(&mut Shapes::new()) else { panic!() };
    /// let inner = Shape::Recursive { name: "Tree", up: 0 };
    /// assert_eq!(tree.fields[0].shape, Shape::List(Box::new(inner)));
    /// ```
    pub fn define<T, const N: usize>(
        &mut self,
        item: Struct,
        fields: impl FnOnce(&mut Self) -> [Field; N],
    ) -> Shape {
        // The name is only compared with other names of the same build.
        let key = (std::any::type_name::<T>(), size_of::<T>());
        if let Some(up) = self.open.iter().rev().position(|open| *open == key) {
            let name = item.name;
            return Shape::Recursive { name, up };
        }
        self.open.push(key);
        let fields = fields(self);
        self.open.pop();
        Shape::Struct(item.fields(fields))
    }
}

impl Shape {
    /// Names the opaque items in it that have no name yet.
    ///
    /// `ty` is the type of the whole item as it is written. An item within a list gets the name of the list's item
    /// type.
    fn name_opaque(&mut self, ty: &'static str) {
        match self {
            Self::Opaque(name) => {
                name.get_or_insert(unboxed(ty));
            }
            Self::List(item) | Self::Array(item, _) => {
                item.name_opaque(item_type(ty).unwrap_or(ty));
            }
            Self::Tuple(items) => items.iter_mut().for_each(|item| item.name_opaque(ty)),
            Self::Struct(item) => {
                let fields = item.fields.iter_mut();
                fields.for_each(|field| field.shape.name_opaque(ty));
            }
            _ => {}
        }
    }

    /// Replaces each opaque item named `ty`, or a vector of that, by `shape`.
    pub(crate) fn resolve(&mut self, ty: &str, shape: &Self) {
        match self {
            Self::Opaque(Some(name)) => {
                if let Some(found) = resolved(name, ty, shape) {
                    *self = found;
                }
            }
            Self::List(item) | Self::Array(item, _) => item.resolve(ty, shape),
            Self::Tuple(items) => items.iter_mut().for_each(|item| item.resolve(ty, shape)),
            Self::Struct(item) => item.resolve(ty, shape),
            _ => {}
        }
    }
}

impl Struct {
    /// Does the same for each field.
    pub(crate) fn resolve(&mut self, ty: &str, shape: &Shape) {
        for field in &mut self.fields {
            field.shape.resolve(ty, shape);
        }
    }
}

/// The shape of an opaque item called `name`, if that is `ty` or a vector of it.
fn resolved(name: &str, ty: &str, shape: &Shape) -> Option<Shape> {
    if name == ty {
        return Some(shape.clone());
    }
    let item = argument(name, &["Vec"]).map(unboxed)?;
    resolved(item, ty, shape).map(|item| Shape::List(Box::new(item)))
}

/// The type without pointers and `Option` around it, which are not on the wire.
fn unboxed(ty: &str) -> &str {
    match argument(ty, &["Box", "Arc", "Option"]) {
        Some(inner) => unboxed(inner),
        None => ty,
    }
}

/// The type of a list's items, from the list's type as it is written.
fn item_type(ty: &str) -> Option<&str> {
    let ty = unboxed(ty);
    let array = ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']'));
    match array {
        Some(array) => array.rsplit_once(';').map(|(item, _)| item),
        None => argument(ty, &["Vec"]),
    }
}

/// The argument of a generic type, if the type has one of these names.
fn argument<'a>(ty: &'a str, names: &[&str]) -> Option<&'a str> {
    let (path, rest) = ty.split_once('<')?;
    let name = path.rsplit("::").next()?;
    names.contains(&name).then(|| rest.strip_suffix('>'))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(item: Shape) -> Shape {
        Shape::List(Box::new(item))
    }

    #[test]
    fn an_opaque_item_is_named_after_its_type() {
        let named = |mut shape: Shape, ty| {
            shape.name_opaque(ty);
            shape
        };
        let opaque = |name| Shape::Opaque(Some(name));
        let none = || Shape::Opaque(None);
        assert_eq!(named(none(), "a::Header"), opaque("a::Header"));
        assert_eq!(named(none(), "Option<Box<Header>>"), opaque("Header"));
        assert_eq!(named(none(), "Vec<Header>"), opaque("Vec<Header>"));
        assert_eq!(
            named(list(none()), "Vec<Arc<Header>>"),
            list(opaque("Header"))
        );
        assert_eq!(
            named(
                list(list(none())),
                "Box<std::vec::Vec<Vec<Header<Vec<u8>>>>>"
            ),
            list(list(opaque("Header<Vec<u8>>")))
        );
        assert_eq!(
            named(list(none()), "[[Header;2];3]"),
            list(opaque("[Header;2]"))
        );
        assert_eq!(
            named(list(none()), "Headers"),
            list(opaque("Headers")),
            "an alias"
        );
        assert_eq!(named(opaque("Inner"), "Outer"), opaque("Inner"));
    }

    #[test]
    fn a_resolved_name_is_replaced_within_vectors_too() {
        let resolved = |name| {
            let mut shape = list(Shape::Opaque(Some(name)));
            shape.resolve("Hash", &Shape::FixedBytes(32));
            shape
        };
        let hash = || Shape::FixedBytes(32);
        assert_eq!(resolved("Hash"), list(hash()));
        assert_eq!(resolved("Vec<Vec<Box<Hash>>>"), list(list(list(hash()))));
        assert_eq!(resolved("Hashes"), list(Shape::Opaque(Some("Hashes"))));
    }
}
