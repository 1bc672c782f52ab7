//! The checked way to types of alloy-rlp, and so to the headers and transactions of alloy.
//!
//! alloy-rlp is strict about the items that it reads, but bounds neither depth nor memory, and whether
//! a type reads to the end of its list is up to the type. So it gets checked items only, as the rlp
//! crate does. What a type hides in a byte string, as typed transactions do, only the type itself can
//! bound.

use alloy_rlp::{Decodable, Encodable};

use super::{
    Alloy, AlloyList, Codec, Error, ErrorKind, PickAlloy, PickAlloyList, Reader, Shape, Shapes,
    Tag, Writer, checked_item, list_length,
};
use crate::rlp::sequences;

impl<T: Encodable + Decodable> PickAlloyList for &&&&Tag<Vec<T>> {}

impl<T: Encodable + Decodable> PickAlloy for &&&Tag<T> {}

#[diagnostic::do_not_recommend]
impl<T: Encodable + Decodable> Codec<T> for Alloy {
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
impl<T: Encodable + Decodable> Codec<Vec<T>> for AlloyList {
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
        sequences::decode_list(reader, |list, items| {
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

/// Reads one item. `again` is where it is encoded again, to compare it.
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
