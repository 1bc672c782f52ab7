//! The message ID at the beginning of a frame's data. Source: `rlpx.md`, "Message Encoding".

use super::error::Error;

/// The maximum size of a message ID in bytes.
pub(crate) const MAX_ID: usize = 9;

/// Appends a message ID as an RLP integer: 0 is `80`, IDs from 128 take two or more bytes.
pub fn encode_id(id: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(id_bytes(id, &mut [0; MAX_ID]));
}

/// A message ID's bytes, in a place for them.
pub(crate) fn id_bytes(id: u64, place: &mut [u8; MAX_ID]) -> &[u8] {
    let skipped = match id {
        0 => {
            place[MAX_ID - 1] = 0x80;
            MAX_ID - 1
        }
        1..=0x7f => {
            place[MAX_ID - 1] = id as u8;
            MAX_ID - 1
        }
        _ => {
            let zeros = id.leading_zeros() as usize / 8;
            place[1..].copy_from_slice(&id.to_be_bytes());
            place[zeros] = 0x80 + (8 - zeros) as u8;
            zeros
        }
    };
    &place[skipped..]
}

/// Splits the data of a frame into its message ID and the payload.
///
/// # Errors
///
/// [`Error::MessageId`] if there is no integer, it is not in its shortest form, or beyond 64 bits.
pub fn split_id(data: &[u8]) -> Result<(u64, &[u8]), Error> {
    let (first, rest) = data.split_first().ok_or(Error::MessageId)?;
    let length = match first {
        0x01..=0x7f => return Ok((u64::from(*first), rest)),
        0x80..=0x88 => usize::from(first - 0x80),
        _ => return Err(Error::MessageId),
    };
    let (digits, payload) = rest.split_at_checked(length).ok_or(Error::MessageId)?;
    let id = digits
        .iter()
        .fold(0, |id, digit| id << 8 | u64::from(*digit));
    // A leading zero, or a single byte that needs no prefix.
    if digits.first() == Some(&0) || (length == 1 && id < 0x80) {
        return Err(Error::MessageId);
    }
    Ok((id, payload))
}
