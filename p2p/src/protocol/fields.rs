//! Reading the fields of a message, with errors that name them.

use super::error::DecodeError;
use super::numbers::RequestId;
use crate::rlp::memory::Allowance;
use crate::rlp::{self, Decode, Limits, Reader};

/// The fields of a message's payload, read in order.
///
/// Derived and hand-written [`Protocol`](super::Protocol)s decode with it, so that every error names
/// the message and the field.
#[derive(Debug)]
pub struct Fields<'a> {
    message: &'static str,
    reader: Reader<'a>,
    _allowance: Allowance,
}

impl<'a> Fields<'a> {
    /// Opens the payload of the message named `message`: one list, and nothing after it.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Message`] if it is anything else.
    #[inline]
    pub fn open(message: &'static str, payload: &'a [u8]) -> Result<Self, DecodeError> {
        let length = payload.len();
        let mut payload = Reader::new(payload);
        let fields = payload.list().and_then(|reader| {
            payload.finish()?;
            Ok(reader)
        });
        match fields {
            Ok(reader) => Ok(Self {
                message,
                reader,
                _allowance: Allowance::begin(length),
            }),
            Err(cause) => Err(DecodeError::Message { message, cause }),
        }
    }

    /// Reads the ID of a request or reply, which comes before the first field.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Field`] if it is missing or invalid.
    #[inline]
    pub fn id(&mut self) -> Result<RequestId, DecodeError> {
        self.next("request id")
    }

    /// Reads the next field, which has this name.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Field`] if it is missing or invalid.
    #[inline]
    pub fn next<T: Decode>(&mut self, field: &'static str) -> Result<T, DecodeError> {
        self.read(field, T::decode)
    }

    /// Reads the next field, which has this name and must be within these limits.
    ///
    /// ```
    /// use p2p::rlp::Limits;
    /// use p2p::protocol::{DecodeError, Fields};
    ///
    /// const HASHES: Limits<Vec<[u8; 32]>> = Limits::new().max_items(1024);
    ///
    /// fn hashes(payload: &[u8]) -> Result<Vec<[u8; 32]>, DecodeError> {
    ///     let mut fields = Fields::open("GetBlocks", payload)?;
    ///     let hashes = fields.next_within("hashes", &HASHES)?;
    ///     fields.finish()?;
    ///     Ok(hashes)
    /// }
    /// # assert!(hashes(&[0xc1, 0xc0]).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`next`](Self::next), and if it exceeds a limit.
    #[inline]
    pub fn next_within<T: Decode>(
        &mut self,
        field: &'static str,
        limits: &Limits<T>,
    ) -> Result<T, DecodeError> {
        self.read(field, |reader| limits.decode(reader))
    }

    /// Reads the next field with a custom function.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Field`] with the function's error.
    #[inline]
    pub fn read<T>(
        &mut self,
        field: &'static str,
        decode: impl FnOnce(&mut Reader<'a>) -> Result<T, rlp::Error>,
    ) -> Result<T, DecodeError> {
        decode(&mut self.reader).map_err(|cause| DecodeError::Field {
            message: self.message,
            field,
            cause,
        })
    }

    /// Returns `true` if no field is left, so that optional fields are absent.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.reader.is_empty()
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Message`] if there are more items than the message has fields.
    #[inline]
    pub fn finish(self) -> Result<(), DecodeError> {
        self.reader.finish().map_err(|cause| DecodeError::Message {
            message: self.message,
            cause,
        })
    }

    /// Reads a payload that is the encoding of a single field, not a list of fields.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Field`] with the function's error, or if bytes are left over.
    #[inline]
    pub fn transparent<T>(
        message: &'static str,
        field: &'static str,
        payload: &'a [u8],
        decode: impl FnOnce(&mut Reader<'a>) -> Result<T, rlp::Error>,
    ) -> Result<T, DecodeError> {
        let _allowance = Allowance::begin(payload.len());
        let mut reader = Reader::new(payload);
        decode(&mut reader)
            .and_then(|value| {
                reader.finish()?;
                Ok(value)
            })
            .map_err(|cause| DecodeError::Field {
                message,
                field,
                cause,
            })
    }
}
