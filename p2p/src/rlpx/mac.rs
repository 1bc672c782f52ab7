//! The MAC of one direction: a Keccak state that takes in all that was sent.

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

use super::frame::BLOCK;
use super::keccak::Keccak256;

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

/// What a header's tag is made of. No later tag waits for it, so that it can be had together with another.
pub(super) struct HeaderTag(Keccak256);

impl HeaderTag {
    /// The tag by itself.
    pub(super) fn alone(&self) -> Tag {
        first_half(self.0.digest())
    }
}

impl Mac {
    pub(super) fn new(key: &[u8; 32], state: Keccak256) -> Self {
        let last = first_half(state.digest());
        Self {
            state,
            cipher: Aes256Enc::new(&(*key).into()),
            last,
        }
    }

    /// Takes in an encrypted header.
    pub(super) fn header(&mut self, encrypted: &Tag) -> HeaderTag {
        self.mix(self.last, encrypted);
        HeaderTag(self.state.clone())
    }

    /// Takes in encrypted data, in pieces of any length.
    pub(super) fn absorb(&mut self, encrypted: &[u8]) {
        self.state.update(encrypted);
    }

    /// The tag of the data that was taken in.
    pub(super) fn data(&mut self) -> Tag {
        let seed = first_half(self.state.digest());
        self.data_after(seed)
    }

    /// The tags of a header and of the data that was taken in after it.
    pub(super) fn both(&mut self, header: &HeaderTag) -> [Tag; 2] {
        let [header, seed] = header.0.digest_both(&self.state);
        [first_half(header), self.data_after(first_half(seed))]
    }

    fn data_after(&mut self, seed: Tag) -> Tag {
        self.mix(seed, &seed);
        self.last = first_half(self.state.digest());
        self.last
    }

    fn mix(&mut self, digest_before: Tag, seed: &Tag) {
        let mut block = digest_before.into();
        self.cipher.encrypt_block(&mut block);
        for (byte, seed) in block.iter_mut().zip(seed) {
            *byte ^= seed;
        }
        self.state.update(&block);
    }
}

/// Nothing needs the second.
fn first_half(digest: [u8; 32]) -> Tag {
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
