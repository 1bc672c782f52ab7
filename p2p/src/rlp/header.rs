//! The header of an item: its kind and the length of its payload.

use super::error::{Error, ErrorKind};

/// First byte of the empty string, and offset of short strings.
pub(super) const STRING: u8 = 0x80;
/// First byte of the empty list, and offset of short lists.
pub(super) const LIST: u8 = 0xc0;
/// Longest payload whose length fits in the first byte.
pub(super) const SHORT: usize = 55;

/// Bytes of the header before `payload` bytes. A single byte below 128 has none.
#[inline]
pub(super) const fn length(payload: usize) -> usize {
    if payload <= SHORT {
        1
    } else {
        1 + significant_bytes(payload)
    }
}

/// The size in bytes of a list, header included, whose items take `payload` bytes.
///
/// Source: Yellow Paper, appendix B.
#[inline]
#[must_use]
pub const fn list_length(payload: usize) -> usize {
    length(payload).saturating_add(payload)
}

/// Bytes of `value` without leading zeros.
#[inline]
pub(super) const fn significant_bytes(value: usize) -> usize {
    (usize::BITS - value.leading_zeros()).div_ceil(8) as usize
}

/// Splits an item with a header off the front of `bytes` into payload and rest.
///
/// `first` is the first byte of `bytes`, `offset` is [`STRING`] or [`LIST`] according to it.
#[inline]
pub(super) fn split(bytes: &[u8], first: u8, offset: u8) -> Result<(&[u8], &[u8]), Error> {
    let short = usize::from(first - offset);
    if short > SHORT {
        return split_long(bytes, short - SHORT);
    }
    match bytes.get(1..).and_then(|rest| rest.split_at_checked(short)) {
        Some(parts) => Ok(parts),
        None => Err(unexpected_end(1 + short, bytes.len())),
    }
}

/// Does the same if the payload's length is in the `width` bytes after the first one.
fn split_long(bytes: &[u8], width: usize) -> Result<(&[u8], &[u8]), Error> {
    let Some((digits, rest)) = bytes.get(1..).and_then(|rest| rest.split_at_checked(width)) else {
        return Err(unexpected_end(1 + width, bytes.len()));
    };
    if digits.first() == Some(&0) {
        return Err(ErrorKind::NonCanonicalSize.into());
    }
    // There are at most eight digits. A length that `usize` can't hold is longer than any input.
    let declared = digits
        .iter()
        .fold(0, |sum: u64, digit| sum << 8 | u64::from(*digit));
    let length = usize::try_from(declared).unwrap_or(usize::MAX);
    if length <= SHORT {
        return Err(ErrorKind::NonCanonicalSize.into());
    }
    match rest.split_at_checked(length) {
        Some(parts) => Ok(parts),
        None => Err(unexpected_end(
            length.saturating_add(1 + width),
            bytes.len(),
        )),
    }
}

#[cold]
fn unexpected_end(needed: usize, available: usize) -> Error {
    ErrorKind::UnexpectedEnd { needed, available }.into()
}
