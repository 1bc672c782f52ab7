//! The message id at the beginning of a frame's data. Source: `rlpx.md`, "Message Encoding".

use super::Error;

/// Appends a message id as an RLP integer: 0 is `80`, ids from 128 take two bytes and more.
pub fn encode_id(id: u64, out: &mut Vec<u8>) {
    match id {
        0 => out.push(0x80),
        1..=0x7f => out.push(id as u8),
        _ => {
            let bytes = id.to_be_bytes();
            let digits = &bytes[id.leading_zeros() as usize / 8..];
            out.push(0x80 + digits.len() as u8);
            out.extend_from_slice(digits);
        }
    }
}

/// Splits the data of a frame into its message id and the payload.
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
