//! The node ID: a public key's Keccak-256, by which discovery measures distances.

use std::fmt;
use std::str::FromStr;

use super::{KeyError, parse_hex, write_hex};

/// A node's ID: the Keccak-256 of its 64-byte public key.
///
/// IDs are short, of fixed length and evenly distributed, which makes them suitable for map keys and logs.
/// `Display` writes 64 hex digits, `{:#}` only the first 8. Source: `discv4.md`, "Node Identities".
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId([u8; 32]);

impl NodeId {
    /// Creates an ID from its 32 bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of this ID.
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
