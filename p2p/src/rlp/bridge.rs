//! Chooses the codec of a field of a derived message, and checks what types of other crates decode.
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
//! Method lookup strips references off one by one and takes the first impl that fits. So the number of references
//! ranks the traits below: our own traits first, then lists of types with alloy-rlp's traits, such types
//! themselves, types with the rlp crate's traits, lists of them, and last no codec. A derive doesn't know this
//! crate's features, so the `Pick` traits for alloy-rlp exist without the feature too, only without impls.
//!
//! The rlp crate stops silently at the first bad item of a list, reads past a list's end, recurses without bound
//! and panics on some malformed items. alloy-rlp is strict about the items that it reads, but bounds neither
//! depth nor memory, and leaves it to each type to read to the end of its list. So a decoder of another crate
//! gets only items whose whole structure was checked here, and the value has to encode to the same bytes again.
//! If a type hides data in a byte string, as typed transactions do, only the type itself can check that data.

use std::marker::PhantomData;

use ::rlp::{Decodable, Encodable, Rlp};

use super::error::{Error, ErrorKind};
use super::header::list_length;
use super::memory;
use super::reader::Reader;
use super::shape::{Shape, Shapes};
use super::traits::{Count, Decode, Encode, decode_list};
use super::writer::Writer;

/// Encodes and decodes the values of a field's type.
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

    /// The shape of the item.
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

/// First choice: types with our own traits.
pub trait PickOwn {
    /// The codec that was chosen.
    type Codec;

    /// The codec of the tagged type.
    fn __p2p_codec(&self) -> Self::Codec;
}

impl<T: Encode + Decode> PickOwn for &&&&&Tag<T> {
    type Codec = OwnCodec;

    #[inline]
    fn __p2p_codec(&self) -> OwnCodec {
        OwnCodec
    }
}

/// Refuses an `Option` behind an alias. The rlp crate would encode it as a list.
impl<T> PickOwn for &&&&&&Tag<Option<T>> {
    type Codec = NoCodec;

    fn __p2p_codec(&self) -> NoCodec {
        NoCodec
    }
}

/// Second choice: lists of types with alloy-rlp's traits. It ranks before [`PickAlloy`], because alloy-rlp reads
/// lists without a bound.
pub trait PickAlloyList {
    /// The codec of the tagged type.
    #[inline]
    fn __p2p_codec(&self) -> AlloyListCodec {
        AlloyListCodec
    }
}

/// Third choice: types with alloy-rlp's traits.
pub trait PickAlloy {
    /// The codec of the tagged type.
    #[inline]
    fn __p2p_codec(&self) -> AlloyCodec {
        AlloyCodec
    }
}

/// Fourth choice: types with the rlp crate's traits.
pub trait PickRlp {
    /// The codec of the tagged type.
    #[inline]
    fn __p2p_codec(&self) -> RlpCodec {
        RlpCodec
    }
}

impl<T: Encodable + Decodable> PickRlp for &&Tag<T> {}

/// Fifth choice: lists of types with the rlp crate's traits.
pub trait PickRlpList {
    /// The codec of the tagged type.
    #[inline]
    fn __p2p_codec(&self) -> RlpListCodec {
        RlpListCodec
    }
}

impl<T: Encodable + Decodable> PickRlpList for &Tag<Vec<T>> {}

/// Last choice: no codec, so that the compiler reports the missing impl.
pub trait PickNone {
    /// A value that is no codec of the tagged type.
    fn __p2p_codec(&self) -> NoCodec {
        NoCodec
    }
}

impl<T> PickNone for Tag<T> {}

/// The codec of types with our own traits.
#[derive(Debug)]
pub struct OwnCodec;

#[diagnostic::do_not_recommend]
impl<T: Encode + Decode> Codec<T> for OwnCodec {
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
pub struct AlloyCodec;

/// The codec of lists of types with alloy-rlp's traits.
#[derive(Debug)]
pub struct AlloyListCodec;

/// The codec of types with the rlp crate's traits.
///
/// It encodes once to know the length and once more to write.
#[derive(Debug)]
pub struct RlpCodec;

#[diagnostic::do_not_recommend]
impl<T: Encodable + Decodable> Codec<T> for RlpCodec {
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
pub struct RlpListCodec;

#[diagnostic::do_not_recommend]
impl<T: Encodable + Decodable> Codec<Vec<T>> for RlpListCodec {
    fn length(&self, value: &Vec<T>) -> usize {
        list_length(payload_length(value))
    }

    fn encode(&self, value: &Vec<T>, out: &mut Writer<'_>) {
        out.list(payload_length(value));
        for item in value {
            RlpCodec.encode(item, out);
        }
    }

    fn decode(&self, reader: &mut Reader<'_>) -> Result<Vec<T>, Error> {
        decode_list(reader, Count::Unknown, |list, items| {
            items.push(RlpCodec.decode(list)?);
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
        .fold(0, |sum, item| sum.saturating_add(RlpCodec.length(item)))
}

/// The codec of no type.
#[derive(Debug)]
pub struct NoCodec;

/// Takes an item for a decoder of another crate that makes a `T` of it.
///
/// The item is valid at every level and no deeper than [`Reader::DEPTH`]. Each item within it is charged like a
/// string in a list, because it is unknown how much memory the decoder takes for it.
fn checked_item<'a, T>(reader: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    let depth = reader.depth().min(Reader::DEPTH);
    let item = reader.item()?;
    let within = check(&mut Reader::with_depth(item, depth))?.saturating_sub(1);
    // The `T` itself is charged by the list or pointer that holds it.
    let each = size_of::<String>() + memory::ALLOCATION;
    let memory = within.saturating_mul(each).saturating_add(item.len());
    memory::charge(memory.saturating_sub(size_of::<T>()))?;
    Ok(item)
}

/// Checks the remaining items at every level, and counts them.
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

/// The codecs of types with alloy-rlp's traits.
#[cfg(feature = "alloy")]
mod alloy {
    use alloy_rlp::{Decodable, Encodable};

    use super::{
        AlloyCodec, AlloyListCodec, Codec, Count, Error, ErrorKind, PickAlloy, PickAlloyList,
        Reader, Shape, Shapes, Tag, Writer, checked_item, decode_list, list_length,
    };

    impl<T: Encodable + Decodable> PickAlloyList for &&&&Tag<Vec<T>> {}

    impl<T: Encodable + Decodable> PickAlloy for &&&Tag<T> {}

    #[diagnostic::do_not_recommend]
    impl<T: Encodable + Decodable> Codec<T> for AlloyCodec {
        #[inline]
        fn length(&self, value: &T) -> usize {
            value.length()
        }

        #[inline]
        fn encode(&self, value: &T, out: &mut Writer<'_>) {
            value.encode(out.buffer());
        }

        fn decode(&self, reader: &mut Reader<'_>) -> Result<T, Error> {
            decode(reader, &mut Vec::new())
        }
    }

    #[diagnostic::do_not_recommend]
    impl<T: Encodable + Decodable> Codec<Vec<T>> for AlloyListCodec {
        fn length(&self, value: &Vec<T>) -> usize {
            list_length(payload_length(value))
        }

        fn encode(&self, value: &Vec<T>, out: &mut Writer<'_>) {
            out.list(payload_length(value));
            for item in value {
                item.encode(out.buffer());
            }
        }

        fn decode(&self, reader: &mut Reader<'_>) -> Result<Vec<T>, Error> {
            let mut again = Vec::new();
            decode_list(reader, Count::Unknown, |list, items| {
                items.push(decode(list, &mut again)?);
                Ok(())
            })
        }

        fn shape(&self, _: &mut Shapes) -> Shape {
            Shape::List(Box::new(Shape::Opaque(None)))
        }
    }

    fn payload_length<T: Encodable>(items: &[T]) -> usize {
        items
            .iter()
            .fold(0, |sum, item| sum.saturating_add(item.length()))
    }

    /// Reads one item. `again` is a buffer to encode it again and compare.
    fn decode<T: Encodable + Decodable>(
        reader: &mut Reader<'_>,
        again: &mut Vec<u8>,
    ) -> Result<T, Error> {
        let mut ahead = reader.clone();
        let item = checked_item::<T>(&mut ahead)?;
        let mut rest = item;
        let value = T::decode(&mut rest).map_err(|error| Error::from(ErrorKind::Alloy(error)))?;
        if !rest.is_empty() {
            return Err(ErrorKind::AlloyUnread { left: rest.len() }.into());
        }
        again.clear();
        again.reserve(item.len());
        value.encode(again);
        if again != item {
            return Err(ErrorKind::AlloyNonCanonical.into());
        }
        *reader = ahead;
        Ok(value)
    }
}
