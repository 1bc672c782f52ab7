//! The wire of a protocol at one time, and its fingerprint.

use std::fmt;

use sha3::{Digest, Keccak256};

use super::wire::Wire;
use crate::protocol::numbers::Code;

/// All versions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    /// The protocol's name.
    pub(super) protocol: String,
    /// In ascending order.
    pub(super) versions: Vec<VersionWire>,
}

/// One version.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct VersionWire {
    /// Its number.
    pub(super) number: u64,
    /// The codes that are set aside.
    pub(super) length: u64,
    /// Its messages, by code.
    pub(super) messages: Vec<MessageWire>,
}

/// One message of a version.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MessageWire {
    /// Its code.
    pub(super) code: Code,
    /// Its name.
    pub(super) name: String,
    /// Its payload.
    pub(super) wire: Wire,
    /// The message that answers it, if it is a request.
    pub(super) reply: Option<Code>,
    /// Examples of its payload.
    pub(super) payloads: Vec<Vec<u8>>,
}

/// A hash of the wire's shape in one version of a protocol.
///
/// It is the Keccak-256 of a text with the protocol's name, the version and its length, and for each
/// message its code, its shape and the code of its reply. Names of messages and fields, documentation and
/// limits are not part of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

/// 64 hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl VersionWire {
    /// The hash of the version's shape.
    pub(super) fn fingerprint(&self, protocol: &str) -> Fingerprint {
        Fingerprint(Keccak256::digest(self.canonical(protocol)).into())
    }

    fn canonical(&self, protocol: &str) -> String {
        let mut text = format!("{protocol}/{} length {}\n", self.number, self.length);
        for message in &self.messages {
            text += &format!("{} {}", message.code, message.wire.canonical());
            if let Some(reply) = message.reply {
                text += &format!(" -> {reply}");
            }
            text.push('\n');
        }
        text
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that hexadecimal digits stand for.
pub(super) fn unhex(digits: &str) -> Option<Vec<u8>> {
    if !digits.is_ascii() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect()
}
