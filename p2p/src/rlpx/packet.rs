//! Handshake packets: a size, and a list that only the receiver can decrypt. Source: `EIP-8`.

use super::ecies::{self, Fill};
use super::error::HandshakeError;
use crate::identity::node_key::NodeKey;
use crate::identity::public_key::PublicKey;
use crate::rlp::{self, Writer};

/// The number of leading bytes of a handshake packet that determine its size, see [`packet_size`].
pub const HEAD: usize = 3;

/// The largest handshake packet, in bytes after its size prefix.
pub const MAX_PACKET: usize = 2048;

/// Bytes of the size prefix.
const PREFIX: usize = 2;

/// The version that we send. A peer's version is ignored, as EIP-8 demands.
const VERSION: u8 = 4;

/// The size of a whole handshake packet, prefix included, from its first three bytes.
///
/// The result is 115 to 2,050. The first two bytes are the size of what follows them. The third
/// starts an uncompressed point and is always 4. Checking it rejects at once a peer that speaks another
/// protocol, or the handshake from before EIP-8, instead of waiting for bytes that never come. (That
/// old format has no size, and starts with the 4. One such packet in 256 also has a 4 in third place,
/// and then the caller's timeout has to end the connection.)
///
/// # Errors
///
/// [`HandshakeError::PacketTooLarge`], [`HandshakeError::PacketTooSmall`], [`HandshakeError::PreEip8`] or
/// [`HandshakeError::NotRlpx`].
pub fn packet_size(head: [u8; HEAD]) -> Result<usize, HandshakeError> {
    let [high, low, tag] = head;
    let size = usize::from(u16::from_be_bytes([high, low]));
    if size > MAX_PACKET {
        Err(HandshakeError::PacketTooLarge {
            size,
            limit: MAX_PACKET,
        })
    } else if size < ecies::OVERHEAD {
        Err(HandshakeError::PacketTooSmall {
            size,
            least: ecies::OVERHEAD,
        })
    } else if tag == 4 {
        Ok(PREFIX + size)
    } else if high == 4 {
        Err(HandshakeError::PreEip8)
    } else {
        Err(HandshakeError::NotRlpx)
    }
}

/// Encrypts a list of these strings and the version as a packet with its size prefix.
pub(super) fn seal(remote: &PublicKey, strings: &[&[u8]], fill: Fill<'_>) -> Vec<u8> {
    // None of the strings is a single byte, and all are shorter than 256.
    let length = strings
        .iter()
        .map(|string| string.len() + if string.len() < 56 { 1 } else { 2 })
        .sum::<usize>()
        + 1;
    let mut padding = [0];
    fill(&mut padding);
    // Some peers mistake a packet with little padding for the format before EIP-8.
    let padding = 100 + usize::from(padding[0]) % 100;
    // At most 2 + 169 + 199 + 113 bytes.
    let size = rlp::list_length(length) + padding + ecies::OVERHEAD;
    let prefix = (size as u16).to_be_bytes();

    let mut packet = Vec::with_capacity(PREFIX + size);
    packet.extend_from_slice(&prefix);
    ecies::encrypt(remote, &prefix, fill, &mut packet, |out| {
        let mut writer = Writer::new(out);
        writer.list(length);
        strings.iter().for_each(|string| writer.bytes(string));
        writer.bytes(&[VERSION]);
        out.resize(out.len() + padding, 0);
    });
    debug_assert_eq!(packet.len(), PREFIX + size);
    packet
}

/// Checks the length of a whole packet and decrypts it.
pub(super) fn open(key: &NodeKey, packet: &[u8]) -> Result<Vec<u8>, HandshakeError> {
    let incomplete = |expected| HandshakeError::PacketLength {
        expected,
        found: packet.len(),
    };
    let head = packet.first_chunk().ok_or(incomplete(HEAD))?;
    let expected = packet_size(*head)?;
    if packet.len() != expected {
        return Err(incomplete(expected));
    }
    let (prefix, sealed) = packet.split_at(PREFIX);
    ecies::decrypt(key, sealed, prefix)
}
