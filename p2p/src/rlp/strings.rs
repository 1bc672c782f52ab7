//! Text and shared byte strings.

use bytes::Bytes;

use super::{Decode, Encode, Error, ErrorKind, Reader, Writer, header};

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
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut ahead = reader.clone();
        let Ok(text) = str::from_utf8(ahead.bytes()?) else {
            return Err(ErrorKind::InvalidUtf8.into());
        };
        *reader = ahead;
        Ok(text.to_owned())
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
}
