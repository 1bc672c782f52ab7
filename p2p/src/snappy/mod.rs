//! Snappy, which compresses payloads since version 5 of the base protocol.
//!
//! A peer's declared length is checked before memory is allocated for it: against a limit, and against the most that
//! the compressed bytes can decompress to. Source: `rlpx.md`, "Message Encoding".
//!
//! ```
//! use p2p::snappy::{self, SnappyError};
//!
//! let block = snappy::compress(&[7; 1000])?;
//! assert_eq!(snappy::decompressed_length(&block, 1000), Ok(1000));
//! let mut payload = Vec::new();
//! snappy::decompress_to(&block, 1000, &mut payload)?;
//! assert_eq!(payload, [7; 1000]);
//! # Ok::<(), SnappyError>(())
//! ```

use std::cell::RefCell;

use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};
use thiserror::Error;

/// Why a payload can't be compressed or decompressed.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SnappyError {
    /// The decompressed payload is larger than its limit.
    #[error("a payload of {size} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Its declared size in bytes when decompressed.
        size: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// The bytes are not a Snappy block, or do not have the length that they declare.
    #[error("the payload is no valid Snappy block")]
    Corrupt,
}

/// The largest payload of a message in bytes, decompressed, that both the specification and
/// go-ethereum accept.
pub const MAX_PAYLOAD: usize = (1 << 24) - 1;

/// The most bytes that one byte can decompress to: a copy of 64 bytes takes three.
const MAX_RATIO: usize = 22;

thread_local! {
    // One for each thread: its tables take up to 34 KiB, too much for each of many idle connections.
    static ENCODER: RefCell<Encoder> = RefCell::new(Encoder::new());
}

/// Compresses a payload; a broadcast does so once for all peers.
///
/// # Errors
///
/// [`SnappyError::TooLarge`] beyond [`MAX_PAYLOAD`].
pub fn compress(payload: &[u8]) -> Result<Vec<u8>, SnappyError> {
    let mut out = Vec::new();
    compress_to(payload, &mut out)?;
    if out.capacity() > 2 * out.len() {
        // The vector was large enough for incompressible bytes. This one may wait for long in many queues.
        out.shrink_to_fit();
    }
    Ok(out)
}

/// Appends the compressed payload to `out`, or nothing after an error.
pub(crate) fn compress_to(payload: &[u8], out: &mut Vec<u8>) -> Result<(), SnappyError> {
    if payload.len() > MAX_PAYLOAD {
        return Err(SnappyError::TooLarge {
            size: payload.len(),
            limit: MAX_PAYLOAD,
        });
    }
    let start = out.len();
    out.resize(start + max_compressed(payload.len()), 0);
    let written = compress_in(payload, &mut out[start..]);
    out.truncate(start + *written.as_ref().unwrap_or(&0));
    written.map(|_| ())
}

/// Writes the compressed payload to the start of `space`, which must have [`max_compressed`] bytes, and returns its
/// length.
pub(crate) fn compress_in(payload: &[u8], space: &mut [u8]) -> Result<usize, SnappyError> {
    let too_large = SnappyError::TooLarge {
        size: payload.len(),
        limit: MAX_PAYLOAD,
    };
    if payload.len() > MAX_PAYLOAD {
        return Err(too_large);
    }
    let written = ENCODER
        .try_with(|encoder| encoder.borrow_mut().compress(payload, space))
        // The thread is ending and has dropped its encoder.
        .unwrap_or_else(|_| Encoder::new().compress(payload, space));
    written.map_err(|_| too_large)
}

/// The maximum compressed size of a payload of `length` bytes.
pub(crate) fn max_compressed(length: usize) -> usize {
    max_compress_len(length)
}

/// The length of a compressed payload after decompression, at most `limit`.
///
/// # Errors
///
/// [`SnappyError::TooLarge`], or [`SnappyError::Corrupt`] if it declares no length, or a length that its few bytes
/// can't decompress to.
pub fn decompressed_length(compressed: &[u8], limit: usize) -> Result<usize, SnappyError> {
    let size = declared_length(compressed)?;
    check_length(compressed, size, limit)?;
    Ok(size)
}

/// The length that a compressed payload declares, whatever it is.
pub(crate) fn declared_length(compressed: &[u8]) -> Result<usize, SnappyError> {
    if compressed.is_empty() {
        return Err(SnappyError::Corrupt);
    }
    match decompress_len(compressed) {
        Ok(size) => Ok(size),
        // It declares more than 32 bits.
        Err(snap::Error::TooBig { given, .. }) => Ok(usize::try_from(given).unwrap_or(usize::MAX)),
        Err(_) => Err(SnappyError::Corrupt),
    }
}

/// Checks a declared length against the limit, and against what so few bytes can decompress to.
pub(crate) fn check_length(
    compressed: &[u8],
    size: usize,
    limit: usize,
) -> Result<(), SnappyError> {
    if size > limit {
        return Err(SnappyError::TooLarge { size, limit });
    }
    if size > compressed.len().saturating_mul(MAX_RATIO) {
        return Err(SnappyError::Corrupt);
    }
    Ok(())
}

/// Appends the decompressed payload, of at most `limit` bytes, to `out`.
///
/// # Errors
///
/// As for [`decompressed_length`]; `out` is then unchanged.
pub fn decompress_to(
    compressed: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), SnappyError> {
    let size = decompressed_length(compressed, limit)?;
    let start = out.len();
    out.resize(start + size, 0);
    let done = decompress_in(compressed, &mut out[start..]);
    if done.is_err() {
        out.truncate(start);
    }
    done
}

/// Writes the decompressed payload to `space`, which must have exactly its length.
pub(crate) fn decompress_in(compressed: &[u8], space: &mut [u8]) -> Result<(), SnappyError> {
    match Decoder::new().decompress(compressed, space) {
        Ok(written) if written == space.len() => Ok(()),
        _ => Err(SnappyError::Corrupt),
    }
}

/// Writes the first bytes of the decompressed payload to `space`, without decompressing the rest, and returns how many.
/// There are fewer than `space` has if the payload is shorter, or the block is invalid after them.
pub(crate) fn decompress_prefix(compressed: &[u8], space: &mut [u8]) -> usize {
    let mut rest = compressed;
    // The declared length comes first, as a varint.
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let mut filled = 0;
    while filled < space.len() && decompress_element(&mut rest, space, &mut filled).is_some() {}
    filled
}

/// Decompresses one element, a literal or a copy, to `space` after the bytes that are filled.
fn decompress_element(rest: &mut &[u8], space: &mut [u8], filled: &mut usize) -> Option<()> {
    let tag = take_number(rest, 1)?;
    let (length, offset) = match tag & 3 {
        0 => {
            let length = match tag >> 2 {
                short @ 0..60 => short,
                long => take_number(rest, long - 59)?,
            };
            let (literal, after) = rest.split_at_checked(length.checked_add(1)?)?;
            let count = literal.len().min(space.len() - *filled);
            space[*filled..][..count].copy_from_slice(&literal[..count]);
            *rest = after;
            *filled += count;
            return Some(());
        }
        1 => ((tag >> 2 & 7) + 4, (tag >> 5) << 8 | take_number(rest, 1)?),
        2 => ((tag >> 2) + 1, take_number(rest, 2)?),
        _ => ((tag >> 2) + 1, take_number(rest, 4)?),
    };
    if offset == 0 {
        return None;
    }
    // Byte by byte, because a copy may overlap the bytes that it writes.
    for _ in 0..length.min(space.len() - *filled) {
        space[*filled] = space[filled.checked_sub(offset)?];
        *filled += 1;
    }
    Some(())
}

/// Takes a little-endian number of `width` bytes.
fn take_number(rest: &mut &[u8], width: usize) -> Option<usize> {
    let (bytes, after) = rest.split_at_checked(width)?;
    *rest = after;
    let number = bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | usize::from(*byte));
    Some(number)
}

#[cfg(test)]
mod tests;
