//! Recursive Length Prefix: the encoding of everything that devp2p puts into a frame.
//!
//! There are two traits, [`Encode`] and [`Decode`]. They work on a [`Writer`] that
//! appends to a buffer and a [`Reader`] that moves forward over bytes. Encoding computes the lengths
//! first and then writes once. Decoding is strict: every accepted item is the one and only
//! encoding of its value.
//!
//! Strings, `Vec<u8>` and `[u8; N]` are byte strings; every other `Vec<T>`, array and tuple
//! is a list. Integers are big-endian without leading zeros.
//!
//! ```
//! use p2p::rlp::{self, Decode, Encode, Error, Reader, Writer};
//!
//! #[derive(Debug, PartialEq)]
//! struct Block {
//!     number: u64,
//!     hash: [u8; 32],
//! }
//!
//! impl Encode for Block {
//!     fn length(&self) -> usize {
//!         rlp::list_length(self.number.length() + self.hash.length())
//!     }
//!
//!     fn encode(&self, out: &mut Writer<'_>) {
//!         out.list(self.number.length() + self.hash.length());
//!         self.number.encode(out);
//!         self.hash.encode(out);
//!     }
//! }
//!
//! impl Decode for Block {
//!     fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
//!         let mut list = reader.list()?;
//!         let block = Block {
//!             number: Decode::decode(&mut list).map_err(|e: Error| e.at("Block", "number"))?,
//!             hash: Decode::decode(&mut list).map_err(|e: Error| e.at("Block", "hash"))?,
//!         };
//!         list.finish()?;
//!         Ok(block)
//!     }
//! }
//!
//! let block = Block { number: 1024, hash: [7; 32] };
//! let bytes = rlp::encode(&block)?;
//! assert_eq!(rlp::decode::<Block>(&bytes)?, block);
//!
//! let error = rlp::decode::<Block>(&[0xc2, 0x00, 0x80]).unwrap_err();
//! assert_eq!(error.to_string(), "Block.number: leading zero in an integer");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: Yellow Paper, appendix B.

pub(crate) mod bridge;
mod error;
mod header;
mod integers;
mod limits;
pub(crate) mod memory;
mod pointers;
mod range;
mod raw;
mod reader;
mod sequences;
pub mod shape;
mod strings;
mod writer;

#[cfg(test)]
mod tests;

pub use error::{EncodeError, Error, ErrorKind};
pub use limits::{Limits, accepted};
pub use range::{Integer, in_range};
pub use raw::Raw;
pub use reader::Reader;
pub use shape::{Shape, Shapes};
pub use writer::Writer;

/// A value that can be encoded as RLP.
///
/// An implementation writes exactly one item: a byte string or a list. `length` is called before
/// `encode`, for every list around the value, and must agree with it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no RLP encoding",
    note = "derive `Rlp` for it, or implement `p2p::rlp::Encode`"
)]
pub trait Encode {
    /// The number of bytes that [`encode`](Encode::encode) writes, header included.
    fn length(&self) -> usize;

    /// Appends the encoding to `out`.
    ///
    /// Report a value that can't be encoded with [`Writer::fail`].
    fn encode(&self, out: &mut Writer<'_>);

    /// The number of bytes that [`encode_slice`](Encode::encode_slice) writes.
    #[doc(hidden)]
    #[inline]
    fn slice_length(items: &[Self]) -> usize
    where
        Self: Sized,
    {
        list_length(payload_length(items))
    }

    /// Appends a slice: a list, but one byte string for `u8`.
    #[doc(hidden)]
    #[inline]
    fn encode_slice(items: &[Self], out: &mut Writer<'_>)
    where
        Self: Sized,
    {
        out.list(payload_length(items));
        for item in items {
            item.encode(out);
        }
    }
}

/// A value that can be read from its RLP encoding.
///
/// An implementation reads exactly one item, and rejects every encoding except the one that
/// [`Encode`] writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be decoded from RLP",
    note = "derive `Rlp` for it, or implement `p2p::rlp::Decode`"
)]
pub trait Decode: Sized {
    /// Reads one item.
    ///
    /// # Errors
    ///
    /// If the next item is not the canonical encoding of such a value.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error>;

    /// What the item looks like on the wire, for documents and tests.
    ///
    /// Without it the type is opaque: the [specification](crate::spec) of a protocol only names it, and
    /// you have to supply examples of messages that contain it. The derive generates it. A wrapper type can
    /// forward to the type it wraps. A struct uses [`Shapes::define`].
    fn shape(shapes: &mut Shapes) -> Shape {
        let _ = shapes;
        Shape::Opaque(None)
    }

    /// The shape of a `Vec`: a list, but one byte string for `u8`.
    #[doc(hidden)]
    fn vec_shape(shapes: &mut Shapes) -> Shape {
        Shape::List(Box::new(Self::shape(shapes)))
    }

    /// The shape of an array: a list of `length` items, but one byte string for `u8`.
    #[doc(hidden)]
    fn array_shape(length: usize, shapes: &mut Shapes) -> Shape {
        Shape::Array(Box::new(Self::shape(shapes)), length)
    }

    /// Reads a `Vec`: a list, but one byte string for `u8`.
    #[doc(hidden)]
    #[inline]
    fn decode_vec(reader: &mut Reader<'_>) -> Result<Vec<Self>, Error> {
        sequences::decode_list(reader, |list, items| {
            items.push(Self::decode(list)?);
            Ok(())
        })
    }

    /// Reads an array: a list of exactly `N` items, but one byte string for `u8`.
    #[doc(hidden)]
    #[inline]
    fn decode_array<const N: usize>(reader: &mut Reader<'_>) -> Result<[Self; N], Error> {
        sequences::decode_array(reader)
    }

    /// Reads a `Vec` of arrays: a list; for `u8`, its items are copied straight from the input.
    #[doc(hidden)]
    #[inline]
    fn decode_arrays<const N: usize>(reader: &mut Reader<'_>) -> Result<Vec<[Self; N]>, Error> {
        sequences::decode_list(reader, |list, items| {
            items.push(Self::decode_array(list)?);
            Ok(())
        })
    }
}

/// Encodes a value into a new buffer.
///
/// # Errors
///
/// If the value can't be encoded, for instance because an empty optional field precedes one that is not.
pub fn encode<T: Encode + ?Sized>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    let mut out = Writer::new(&mut bytes);
    value.encode(&mut out);
    out.finish()?;
    debug_assert_eq!(
        bytes.len(),
        value.length(),
        "Encode::length disagrees with Encode::encode"
    );
    Ok(bytes)
}

/// Decodes the single value in `bytes`, with nothing after it.
///
/// # Errors
///
/// If `bytes` are not the canonical encoding of such a value, nest deeper than [`Reader::DEPTH`] lists,
/// or contain lists whose items take far more memory than their encoding.
pub fn decode<T: Decode>(bytes: &[u8]) -> Result<T, Error> {
    let _allowance = memory::Allowance::begin();
    let mut reader = Reader::new(bytes);
    let value = T::decode(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// The size in bytes of a list, header included, whose items take `payload` bytes.
///
/// Source: Yellow Paper, appendix B.
#[inline]
#[must_use]
pub const fn list_length(payload: usize) -> usize {
    header::length(payload).saturating_add(payload)
}

#[inline]
fn payload_length<T: Encode>(items: &[T]) -> usize {
    items
        .iter()
        .fold(0, |sum, item| sum.saturating_add(item.length()))
}
