//! The MAC of one direction: a Keccak state that takes in all that was sent.

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

use super::frame::BLOCK;
use super::keccak::{Digest, Keccak256};

pub(super) type Tag = [u8; BLOCK];

/// A running MAC.
///
/// The tag of a frame's data is the digest that the next header's tag begins with. It is kept, so
/// that a frame costs three finalisations and not four: they are most of what a small frame costs.
pub(super) struct Mac {
    state: Keccak256,
    cipher: Aes256Enc,
    last: Tag,
}

impl Mac {
    pub(super) fn new(key: &[u8; 32], state: Keccak256) -> Self {
        let last = digest(&state);
        Self {
            state,
            cipher: Aes256Enc::new(&(*key).into()),
            last,
        }
    }

    /// The tag of an encrypted header.
    pub(super) fn header(&mut self, encrypted: &Tag) -> Tag {
        self.mix(self.last, encrypted)
    }

    /// Takes in encrypted data, in pieces of any length.
    pub(super) fn absorb(&mut self, encrypted: &[u8]) {
        self.state.update(encrypted);
    }

    /// The tag of the data that was taken in.
    pub(super) fn data(&mut self) -> Tag {
        let seed = digest(&self.state);
        self.mix(seed, &seed)
    }

    fn mix(&mut self, digest_before: Tag, seed: &Tag) -> Tag {
        let mut block = digest_before.into();
        self.cipher.encrypt_block(&mut block);
        for (byte, seed) in block.iter_mut().zip(seed) {
            *byte ^= seed;
        }
        self.state.update(block);
        self.last = digest(&self.state);
        self.last
    }
}

/// The first half of the digest; nothing needs the second.
fn digest(state: &Keccak256) -> Tag {
    let digest: [u8; 32] = state.clone().finalize().into();
    let mut tag = [0; BLOCK];
    tag.copy_from_slice(&digest[..BLOCK]);
    tag
}

/// Compares two tags in a time that does not depend on where they differ.
pub(super) fn same(one: &Tag, other: &Tag) -> bool {
    let difference = one
        .iter()
        .zip(other)
        .fold(0, |difference, (one, other)| difference | (one ^ other));
    std::hint::black_box(difference) == 0
}
