//! The base protocol: its message ids, its limits, and the payload of Disconnect in every form that peers send.
//!
//! Source: `rlpx.md`, "p2p Capability".

use crate::disconnect::DisconnectReason;
use crate::message_id::MessageId;
use crate::rlp::Writer;
use crate::snappy;

/// The version of the base protocol that we speak.
pub const P2P_VERSION: u64 = 5;

/// The first version of the base protocol with Snappy.
pub(super) const SNAPPY_VERSION: u64 = 5;

/// The largest payload of a message before the exchange of Hello is complete, in bytes.
pub const MAX_HELLO: usize = 2048;

/// The largest decompressed payload of a message, unless the message has its own limit.
pub const MAX_MESSAGE: usize = snappy::MAX_PAYLOAD;

pub(super) const HELLO: MessageId = MessageId(0);
pub(super) const DISCONNECT: MessageId = MessageId(1);
pub(super) const PING: MessageId = MessageId(2);
pub(super) const PONG: MessageId = MessageId(3);

/// The first id that does not belong to the base protocol.
pub(super) const FIRST_SHARED: MessageId = MessageId(16);

/// The payload of a Disconnect that we send: a list of one number.
pub(super) fn encode_reason(reason: DisconnectReason) -> Vec<u8> {
    let mut number = Vec::new();
    Writer::new(&mut number).uint(reason.to_wire().into());
    let mut payload = Vec::new();
    let mut writer = Writer::new(&mut payload);
    writer.list(number.len());
    writer.raw(&number);
    payload
}

/// The reason in a peer's payload, compressed or not: a list, an integer, or nothing.
///
/// A peer that gives no readable reason has still asked for the disconnect.
pub(super) fn decode_reason(payload: &[u8]) -> DisconnectReason {
    // No compressed payload is also a valid uncompressed one.
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
