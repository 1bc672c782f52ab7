//! Text, shared byte strings, and items that are kept as bytes.

use std::fmt;

use bytes::Bytes;

use super::error::{EncodeError, Error, ErrorKind};
use super::header;
use super::memory;
use super::reader::Reader;
use super::shape::{Shape, Shapes};
use super::traits::{self, Decode, Encode};
use super::writer::Writer;

/// Bytes of a byte string, header included.
#[inline]
pub(super) fn length(payload: &[u8]) -> usize {
    match payload {
        [byte] if *byte < header::STRING => 1,
        _ => header::length(payload.len()) + payload.len(),
    }
}

impl Encode for str {
    #[inline]
    fn length(&self) -> usize {
        length(self.as_bytes())
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        out.bytes(self.as_bytes());
    }
}

impl Encode for String {
    #[inline]
    fn length(&self) -> usize {
        length(self.as_bytes())
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        out.bytes(self.as_bytes());
    }
}

impl Decode for String {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let Ok(text) = str::from_utf8(reader.bytes()?) else {
            return Err(ErrorKind::InvalidUtf8.into());
        };
        memory::charge_bytes(text.len())?;
        Ok(text.to_owned())
    }

    fn shape(_: &mut Shapes) -> Shape {
        Shape::Text
    }
}

impl Encode for Bytes {
    #[inline]
    fn length(&self) -> usize {
        length(self)
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        out.bytes(self);
    }
}

impl Decode for Bytes {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let bytes = reader.bytes()?;
        memory::charge_bytes(bytes.len())?;
        Ok(Self::copy_from_slice(bytes))
    }

    fn shape(_: &mut Shapes) -> Shape {
        Shape::Bytes
    }
}

/// One item that is kept undecoded: a part of a message to pass on, or to decode later if at all.
///
/// A clone shares the bytes. The item's header is canonical and its length is correct; the contents of a
/// list are checked only by [`decode`](Self::decode).
///
/// ```
/// use p2p::rlp::Raw;
///
/// let raw = Raw::encode_from(&vec![1u64, 2, 3])?;
/// assert_eq!(raw.as_bytes(), [0xc3, 1, 2, 3]);
/// assert_eq!(raw.decode::<Vec<u64>>()?, [1, 2, 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Raw(Bytes);

impl Raw {
    /// Creates it from the bytes of one item, with nothing after it.
    ///
    /// # Errors
    ///
    /// If there is not exactly one item, or if its header is not canonical.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        let bytes = bytes.into();
        let mut reader = Reader::new(&bytes);
        reader.item()?;
        reader.finish()?;
        Ok(Self(bytes))
    }

    /// Encodes a value.
    ///
    /// # Errors
    ///
    /// As for [`encode`](crate::rlp::encode).
    pub fn encode_from<T: Encode + ?Sized>(value: &T) -> Result<Self, EncodeError> {
        traits::encode(value).map(|bytes| Self(bytes.into()))
    }

    /// Decodes the item, with a depth of [`Reader::DEPTH`] for itself.
    ///
    /// # Errors
    ///
    /// As for [`decode`](crate::rlp::decode).
    pub fn decode<T: Decode>(&self) -> Result<T, Error> {
        traits::decode(&self.0)
    }

    /// The item, header included.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Encode for Raw {
    #[inline]
    fn length(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        out.raw(&self.0);
    }
}

impl Decode for Raw {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let item = reader.item()?;
        memory::charge_bytes(item.len())?;
        Ok(Self(Bytes::copy_from_slice(item)))
    }

    fn shape(_: &mut Shapes) -> Shape {
        Shape::Raw
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 32;
        f.write_str("Raw(")?;
        for byte in self.0.iter().take(SHOWN) {
            write!(f, "{byte:02x}")?;
        }
        if self.0.len() > SHOWN {
            write!(f, ".., {} bytes", self.0.len())?;
        }
        f.write_str(")")
    }
}
