//! The payload of Disconnect, in all the forms that peers send.

use super::MAX_HELLO;
use crate::rlp::Writer;
use crate::{DisconnectReason, snappy};

/// What we send.
pub(super) fn encode(reason: DisconnectReason) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut number = Vec::new();
    Writer::new(&mut number).uint(reason.to_wire().into());
    let mut writer = Writer::new(&mut payload);
    writer.list(number.len());
    writer.raw(&number);
    payload
}

/// The reason in a payload that is compressed or not, and holds a list, an integer or nothing.
///
/// A peer that says no reason, or none that can be read, has in any case asked for the disconnect.
pub(super) fn decode(payload: &[u8]) -> DisconnectReason {
    // No compressed payload is exactly one RLP item of these forms, so there is nothing to confuse.
    let found = number(payload).or_else(|| {
        let mut plain = Vec::new();
        snappy::decompress_to(payload, MAX_HELLO, &mut plain).ok()?;
        number(&plain)
    });
    found.map_or(DisconnectReason::Requested, DisconnectReason::from_wire)
}

/// The number in `n`, `[n]` or `[n, ..]`, even if it is not in its shortest form.
fn number(payload: &[u8]) -> Option<u64> {
    let (first, rest) = payload.split_first()?;
    let list = *first >= 0xc0;
    let items = match first {
        0xc0..=0xf7 if rest.len() == usize::from(first - 0xc0) => rest,
        0xc0.. => return None,
        _ => payload,
    };
    let (first, rest) = items.split_first()?;
    let (digits, others) = match first {
        0..=0x7f => (std::slice::from_ref(first), rest),
        0x80..=0x88 => rest.split_at_checked(usize::from(first - 0x80))?,
        _ => return None,
    };
    (list || others.is_empty()).then(|| {
        digits
            .iter()
            .fold(0, |number, digit| number << 8 | u64::from(*digit))
    })
}
