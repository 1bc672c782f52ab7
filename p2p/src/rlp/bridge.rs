//! How a derived message chooses the codec of a field, and the checked way to types of the rlp crate.
//!
//! For each field the derive writes one function, whose return type names the field's type:
//!
//! ```text
//! fn field_0() -> impl Codec<FieldTy> {
//!     use p2p::__private::{Pick.. as _};
//!     (&&&&&&Tag::<FieldTy>::NEW).__p2p_codec()
//! }
//! ```
//!
//! Method lookup takes the first impl that fits while it strips references off, so the traits below
//! rank from our own traits, over lists of what has alloy-rlp's and those themselves, over the rlp
//! crate's and lists of them, to a refusal. A derive doesn't know this crate's features, so the traits
//! for alloy-rlp are there without its feature too; only the impls are not.
//!
//! The rlp crate stops silently at the first bad item of a list, reads past a list's end, recurses
//! without bound and panics on some malformed items. So a foreign decoder is handed only items whose
//! whole structure was checked here, and what it makes of them has to encode to the same bytes again.

use std::marker::PhantomData;

use ::rlp::{Decodable, Encodable, Rlp};

use super::{
    Decode, Encode, Error, ErrorKind, Reader, Shape, Shapes, Writer, list_length, memory, sequences,
};

#[cfg(feature = "alloy")]
mod alloy;

/// How the values of a field's type are encoded and decoded.
#[diagnostic::on_unimplemented(
    message = "`{T}` can't stand in a message; derive `Rlp` for it, or implement \
               p2p::rlp::{{Encode, Decode}} or rlp's or alloy_rlp's Encodable and Decodable",
    label = "no RLP encoding",
    note = "alloy_rlp's traits count with the feature `alloy` of p2p",
    note = "an optional field is written `Option<..>`, not through an alias, and stands at the end"
)]
pub trait Codec<T> {
    /// Bytes that `encode` writes.
    fn length(&self, value: &T) -> usize;

    /// Appends one item.
    fn encode(&self, value: &T, out: &mut Writer<'_>);

    /// Reads one item.
    fn decode(&self, reader: &mut Reader<'_>) -> Result<T, Error>;

    /// What the item looks like.
    fn shape(&self, shapes: &mut Shapes) -> Shape {
        let _ = shapes;
        Shape::Opaque(None)
    }
}

/// The type of a field, as a value to call `__p2p_codec` on.
#[derive(Debug)]
pub struct Tag<T>(PhantomData<fn() -> T>);

impl<T> Tag<T> {
    /// The tag.
    pub const NEW: Self = Self(PhantomData);
}

/// First choice: our own traits.
pub trait PickOwn {
    /// The codec that was chosen.
    type Codec;

    /// The codec of the tagged type.
    fn __p2p_codec(&self) -> Self::Codec;
}

impl<T: Encode + Decode> PickOwn for &&&&&Tag<T> {
    type Codec = Own;

    #[inline]
    fn __p2p_codec(&self) -> Own {
        Own
    }
}

/// An option that is hidden behind an alias; the rlp crate would make a list of it.
impl<T> PickOwn for &&&&&&Tag<Option<T>> {
    type Codec = Refused;

    fn __p2p_codec(&self) -> Refused {
        Refused
    }
}

/// Second choice: a list of what has alloy-rlp's traits, which would read it without a bound.
pub trait PickAlloyList {
    /// The codec of the tagged type.
    #[inline]
    fn __p2p_codec(&self) -> AlloyList {
        AlloyList
    }
}

/// Third choice: alloy-rlp's traits.
pub trait PickAlloy {
    /// The codec of the tagged type.
    #[inline]
    fn __p2p_codec(&self) -> Alloy {
        Alloy
    }
}

/// Fourth choice: the rlp crate's traits.
pub trait PickRlp {
    /// The codec of the tagged type.
    #[inline]
    fn __p2p_codec(&self) -> Foreign {
        Foreign
    }
}

impl<T: Encodable + Decodable> PickRlp for &&Tag<T> {}

/// Fifth choice: a list of what has the rlp crate's traits.
pub trait PickRlpList {
    /// The codec of the tagged type.
    #[inline]
    fn __p2p_codec(&self) -> ForeignList {
        ForeignList
    }
}

impl<T: Encodable + Decodable> PickRlpList for &Tag<Vec<T>> {}

/// Last: no codec, so that the compiler says what is missing.
pub trait PickNone {
    /// Nothing that could encode the tagged type.
    fn __p2p_codec(&self) -> Refused {
        Refused
    }
}

impl<T> PickNone for Tag<T> {}

/// The codec of types with our own traits.
#[derive(Debug)]
pub struct Own;

#[diagnostic::do_not_recommend]
impl<T: Encode + Decode> Codec<T> for Own {
    #[inline]
    fn length(&self, value: &T) -> usize {
        value.length()
    }

    #[inline]
    fn encode(&self, value: &T, out: &mut Writer<'_>) {
        value.encode(out);
    }

    #[inline]
    fn decode(&self, reader: &mut Reader<'_>) -> Result<T, Error> {
        T::decode(reader)
    }

    fn shape(&self, shapes: &mut Shapes) -> Shape {
        T::shape(shapes)
    }
}

/// The codec of types with alloy-rlp's traits.
#[derive(Debug)]
pub struct Alloy;

/// The codec of lists of types with alloy-rlp's traits.
#[derive(Debug)]
pub struct AlloyList;

/// The codec of types with the rlp crate's traits.
///
/// It encodes once to know the length and once more to write.
#[derive(Debug)]
pub struct Foreign;

#[diagnostic::do_not_recommend]
impl<T: Encodable + Decodable> Codec<T> for Foreign {
    fn length(&self, value: &T) -> usize {
        ::rlp::encode(value).len()
    }

    fn encode(&self, value: &T, out: &mut Writer<'_>) {
        out.raw(&::rlp::encode(value));
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<T, Error> {
        let mut ahead = reader.clone();
        let item = checked_item::<T>(&mut ahead)?;
        let value =
            T::decode(&Rlp::new(item)).map_err(|error| Error::from(ErrorKind::Foreign(error)))?;
        if ::rlp::encode(&value) != item {
            return Err(ErrorKind::ForeignNonCanonical.into());
        }
        *reader = ahead;
        Ok(value)
    }
}

/// The codec of lists of types with the rlp crate's traits.
#[derive(Debug)]
pub struct ForeignList;

#[diagnostic::do_not_recommend]
impl<T: Encodable + Decodable> Codec<Vec<T>> for ForeignList {
    fn length(&self, value: &Vec<T>) -> usize {
        list_length(payload_length(value))
    }

    fn encode(&self, value: &Vec<T>, out: &mut Writer<'_>) {
        out.list(payload_length(value));
        for item in value {
            Foreign.encode(item, out);
        }
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<Vec<T>, Error> {
        sequences::decode_list(reader, |list, items| {
            items.push(Foreign.decode(list)?);
            Ok(())
        })
    }

    fn shape(&self, _: &mut Shapes) -> Shape {
        Shape::List(Box::new(Shape::Opaque(None)))
    }
}

fn payload_length<T: Encodable + Decodable>(items: &[T]) -> usize {
    items
        .iter()
        .fold(0, |sum, item| sum.saturating_add(Foreign.length(item)))
}

/// The codec of no type at all.
#[derive(Debug)]
pub struct Refused;

/// Takes an item that is to become a `T` elsewhere, which has its own ideas of RLP and of memory: its
/// structure is right at every level and no deeper than [`Reader::DEPTH`], and so many items within it take
/// memory as a list of strings would.
fn checked_item<'a, T>(reader: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    let depth = reader.depth().min(Reader::DEPTH);
    let item = reader.item()?;
    let within = check(&mut Reader::with_depth(item, depth))?.saturating_sub(1);
    // What a `T` is without what it points to, those who hold it have counted.
    let memory = within.saturating_mul(size_of::<String>() + size_of::<usize>());
    memory::charge(memory.saturating_sub(size_of::<T>()), item.len())?;
    Ok(item)
}

/// Goes through every item that is left, at every level, and counts them.
fn check(reader: &mut Reader<'_>) -> Result<usize, Error> {
    let mut count: usize = 0;
    while !reader.is_empty() {
        count = count.saturating_add(1);
        if reader.is_list() {
            count = count.saturating_add(check(&mut reader.list()?)?);
        } else {
            reader.bytes()?;
        }
    }
    Ok(count)
}
