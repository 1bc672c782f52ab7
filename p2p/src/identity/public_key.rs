//! A node's public key, the 64 bytes in its enode URL and in its Hello, and the node ID derived from it.

use std::fmt;
use std::str::FromStr;

use sha3::{Digest, Keccak256};

use super::hex::{KeyError, parse_hex, write_hex};

/// A point on secp256k1 that identifies a node, checked to be on the curve.
///
/// As bytes and as text, it is the 64 bytes of its two coordinates, big-endian, without the leading `04`
/// that marks an uncompressed point. Source: `rlpx.md`, "Node Identity".
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(secp256k1::PublicKey);

impl PublicKey {
    /// Creates a key from the two coordinates of a point, 32 bytes each.
    ///
    /// # Errors
    ///
    /// [`KeyError::Point`] if they are not a point on the curve.
    pub fn from_bytes(bytes: &[u8; 64]) -> Result<Self, KeyError> {
        let mut uncompressed = [4; 65];
        uncompressed[1..].copy_from_slice(bytes);
        Self::from_uncompressed(&uncompressed)
    }

    /// The two coordinates of the point, 32 bytes each.
    pub fn to_bytes(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(&self.0.serialize_uncompressed()[1..]);
        bytes
    }

    /// The Keccak-256 of this key.
    pub fn node_id(&self) -> NodeId {
        NodeId::new(Keccak256::digest(self.to_bytes()).into())
    }

    /// Takes a point in its uncompressed form, `04` and both coordinates.
    pub(crate) fn from_uncompressed(bytes: &[u8; 65]) -> Result<Self, KeyError> {
        // The library also accepts the hybrid forms, 06 and 07. A peer must not send them.
        if bytes[0] != 4 {
            return Err(KeyError::Point);
        }
        secp256k1::PublicKey::from_slice(bytes)
            .map(Self)
            .map_err(|_| KeyError::Point)
    }

    /// The point with this x coordinate and an even or an odd y.
    pub(crate) fn from_x(x: &[u8; 32], odd: bool) -> Result<Self, KeyError> {
        let mut compressed = [2 + u8::from(odd); 33];
        compressed[1..].copy_from_slice(x);
        secp256k1::PublicKey::from_slice(&compressed)
            .map(Self)
            .map_err(|_| KeyError::Point)
    }

    /// The x coordinate of the point.
    pub(crate) fn x(&self) -> [u8; 32] {
        let mut x = [0; 32];
        x.copy_from_slice(&self.0.serialize()[1..]);
        x
    }

    /// The sum of two points, unless it is the point at infinity.
    pub(crate) fn plus(&self, other: &Self) -> Result<Self, KeyError> {
        let sum = self.0.combine(&other.0);
        sum.map(Self).map_err(|_| KeyError::Point)
    }

    pub(crate) fn from_point(point: secp256k1::PublicKey) -> Self {
        Self(point)
    }

    pub(crate) fn point(&self) -> &secp256k1::PublicKey {
        &self.0
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.to_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(&parse_hex(text)?)
    }
}

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
