//! Keccak-256 from the crate sha3.

use sha3::Digest;

/// A running Keccak-256 state, which can go on after a digest.
#[derive(Clone)]
pub(crate) struct Keccak256(sha3::Keccak256);

impl Keccak256 {
    pub(crate) fn new() -> Self {
        Self(sha3::Keccak256::new())
    }

    /// Absorbs more bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes absorbed so far.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.0.clone().finalize().into()
    }

    /// The digests of two states.
    pub(crate) fn digest_both(&self, other: &Self) -> [[u8; 32]; 2] {
        [self.digest(), other.digest()]
    }
}
