//! The node id: a public key's Keccak-256, which discovery measures distances with.

use std::fmt;
use std::str::FromStr;

use super::{KeyError, parse_hex, write_hex};

/// A node's id: the Keccak-256 of its 64-byte public key.
///
/// Ids are short, of a fixed length and evenly spread, so they serve as keys of maps and in logs.
/// `Display` writes 64 hex digits, `{:#}` the first 8 only. Source: `discv4.md`, "Node Identities".
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId([u8; 32]);

impl NodeId {
    /// Takes the 32 bytes of an id.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of this id.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, if f.alternate() { &self.0[..4] } else { &self.0 })
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self:#})")
    }
}

impl FromStr for NodeId {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        parse_hex(text).map(Self)
    }
}
