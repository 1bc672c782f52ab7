//! Keccak-256 from the crate sha3.

use sha3::Digest;

/// A running Keccak-256 state, which can go on after a digest.
#[derive(Clone)]
pub(in crate::rlpx) struct Keccak256(sha3::Keccak256);

impl Keccak256 {
    pub(in crate::rlpx) fn new() -> Self {
        Self(sha3::Keccak256::new())
    }

    /// Absorbs more bytes.
    pub(in crate::rlpx) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes absorbed so far.
    pub(in crate::rlpx) fn digest(&self) -> [u8; 32] {
        self.0.clone().finalize().into()
    }

    /// The digests of two states.
    pub(in crate::rlpx) fn digest_both(&self, other: &Self) -> [[u8; 32]; 2] {
        [self.digest(), other.digest()]
    }
}
