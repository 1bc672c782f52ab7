//! Items of which nothing is known but the name of their type: which name that is, and what it stands for.

use super::{Shape, Struct};

impl Shape {
    /// Gives the opaque items in it, if they have no name yet, that of this type or the part of it that
    /// they are.
    pub(super) fn name_opaque(&mut self, ty: &'static str) {
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

    /// Puts a shape where an opaque item has this name, or is a vector of what has it.
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
    /// Puts a shape where an opaque item in it has this name.
    pub(crate) fn resolve(&mut self, ty: &str, shape: &Shape) {
        for field in &mut self.fields {
            field.shape.resolve(ty, shape);
        }
    }
}

fn resolved(name: &str, ty: &str, shape: &Shape) -> Option<Shape> {
    if name == ty {
        return Some(shape.clone());
    }
    let item = argument(name, &["Vec"]).map(unboxed)?;
    resolved(item, ty, shape).map(|item| Shape::List(Box::new(item)))
}

/// The type without the pointers around it, which are not on the wire.
fn unboxed(ty: &str) -> &str {
    match argument(ty, &["Box", "Arc", "Option"]) {
        Some(inner) => unboxed(inner),
        None => ty,
    }
}

/// The type of what is in a list, as the list's type is written.
fn item_type(ty: &str) -> Option<&str> {
    let ty = unboxed(ty);
    let array = ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']'));
    match array {
        Some(array) => array.rsplit_once(';').map(|(item, _)| item),
        None => argument(ty, &["Vec"]),
    }
}

/// The argument of a type that has one of these names.
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
    fn an_opaque_item_has_the_name_of_the_part_of_the_type_that_it_is() {
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
    fn what_a_name_stands_for_takes_its_place_within_vectors_too() {
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
