//! Text and shared byte strings.

use bytes::Bytes;

use super::{Decode, Encode, Error, ErrorKind, Reader, Shape, Shapes, Writer, header};

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
        match str::from_utf8(reader.bytes()?) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(ErrorKind::InvalidUtf8.into()),
        }
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
        reader.bytes().map(Self::copy_from_slice)
    }

    fn shape(_: &mut Shapes) -> Shape {
        Shape::Bytes
    }
}
