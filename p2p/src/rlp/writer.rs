//! The buffer into which values are encoded.

use super::error::EncodeError;
use super::header::{self, LIST, SHORT, STRING};

/// Appends items to a buffer.
///
/// A list is a header that announces how many bytes follow, and then its items. The first error
/// is kept and returned by [`finish`](Self::finish), so you need not check each write.
///
/// Source: Yellow Paper, appendix B.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// Bytes that `out` had before.
    start: usize,
    /// The first error that was reported.
    error: Option<EncodeError>,
}

/// The most bytes to reserve for a list in advance: the size of the largest devp2p message.
const RESERVE: usize = 1 << 24;

impl<'a> Writer<'a> {
    /// A writer that appends to `out`, whatever it already contains.
    #[inline]
    #[must_use]
    pub const fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self {
            out,
            start,
            error: None,
        }
    }

    /// Writes the header of a list whose items take `payload` bytes.
    ///
    /// Space for them is reserved, so that a message costs one allocation.
    #[inline]
    pub fn list(&mut self, payload: usize) {
        self.out
            .reserve(header::length(payload) + payload.min(RESERVE));
        self.header(LIST, payload);
    }

    /// Writes a byte string.
    #[inline]
    pub fn bytes(&mut self, payload: &[u8]) {
        match payload {
            [byte] if *byte < STRING => self.out.push(*byte),
            _ => {
                self.header(STRING, payload.len());
                self.out.extend_from_slice(payload);
            }
        }
    }

    /// Writes an unsigned integer.
    #[inline]
    pub fn uint(&mut self, value: u128) {
        match u64::try_from(value) {
            Ok(value) => self.small_uint(value),
            Err(_) => {
                let zeros = value.leading_zeros() as usize / 8;
                self.bytes(&value.to_be_bytes()[zeros..]);
            }
        }
    }

    /// Writes an unsigned integer of at most 64 bits.
    #[inline]
    pub(super) fn small_uint(&mut self, value: u64) {
        if value != 0 && value < u64::from(STRING) {
            self.out.push(value as u8);
        } else {
            // A copy of fixed size is faster. The surplus is cut off again.
            let zeros = value.leading_zeros() / 8;
            let mut item = [STRING + (8 - zeros) as u8; 9];
            let digits = value.checked_shl(8 * zeros).unwrap_or(0);
            item[1..].copy_from_slice(&digits.to_be_bytes());
            self.out.extend_from_slice(&item);
            self.out.truncate(self.out.len() - zeros as usize);
        }
    }

    /// Writes items that are already encoded.
    #[inline]
    pub fn raw(&mut self, items: &[u8]) {
        self.out.extend_from_slice(items);
    }

    /// The buffer, for an encoder that appends to it by itself.
    #[cfg(feature = "alloy")]
    #[inline]
    pub(super) const fn buffer(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// Reports that the value can't be encoded.
    ///
    /// Only the first report counts. Anything written after it is discarded with the rest.
    #[cold]
    pub fn fail(&mut self, error: EncodeError) {
        self.error.get_or_insert(error);
    }

    /// Ends the encoding.
    ///
    /// # Errors
    ///
    /// The first error that was reported; the buffer is then truncated to its original length.
    #[inline]
    pub fn finish(self) -> Result<(), EncodeError> {
        match self.error {
            None => Ok(()),
            Some(error) => {
                self.out.truncate(self.start);
                Err(error)
            }
        }
    }

    /// The length of the buffer.
    #[inline]
    pub(super) const fn written(&self) -> usize {
        self.out.len()
    }

    /// The bytes written since the buffer had this length.
    #[inline]
    pub(super) fn since(&self, written: usize) -> &[u8] {
        self.out.get(written..).unwrap_or_default()
    }

    #[inline]
    fn header(&mut self, offset: u8, payload: usize) {
        if payload <= SHORT {
            self.out.push(offset + payload as u8);
        } else {
            let width = header::significant_bytes(payload);
            self.out.push(offset + (SHORT + width) as u8);
            let digits = payload.to_be_bytes();
            self.out.extend_from_slice(&digits[digits.len() - width..]);
        }
    }
}
