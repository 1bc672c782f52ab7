//! The parts of a frame that both directions share: its header, its cipher and its MAC. Source: `rlpx.md`, "Framing".
//!
//! ```text
//! | header 16 | header tag 16 | data, zeros up to a multiple of 16 | data tag 16 |
//! ```

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use ctr::Ctr64BE;

use super::keccak::Keccak256;

/// The largest frame data, in bytes: its size has 24 bits.
pub const MAX_FRAME: usize = (1 << 24) - 1;

/// Bytes of a tag, and of the blocks that data is padded to.
pub(super) const BLOCK: usize = 16;

/// Bytes before the data: the header and its tag.
pub(super) const HEADER: usize = 2 * BLOCK;

/// Proves that a header, or data, came from the peer and was not changed.
pub(super) type Tag = [u8; BLOCK];

/// The header of a frame with `size` bytes of data. The bytes after the size have been constant since 2017, and one
/// implementation rejects anything else.
pub(super) fn header(size: usize) -> [u8; BLOCK] {
    let [.., a, b, c] = size.to_be_bytes();
    [a, b, c, 0xc2, 0x80, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// The size that a header declares. The rest of it is ignored, as by all other implementations.
pub(super) fn size(header: &[u8; BLOCK]) -> usize {
    usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2])
}

/// The keystream of one direction.
pub(super) struct Keystream {
    // The IV is zero, so the lower 64 bits of the counter suffice for 2^68 bytes, and are faster.
    rest: Ctr64BE<Aes256Enc>,
    /// The keystream for the next header. It is generated together with that of the data before it, in one call.
    header: [u8; BLOCK],
}

impl Keystream {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let mut rest = Ctr64BE::new(&(*key).into(), &[0; BLOCK].into());
        let mut header = [0; BLOCK];
        rest.apply_keystream(&mut header);
        Self { rest, header }
    }

    /// Encrypts or decrypts the header of the next frame.
    pub(super) fn header(&self, header: &mut [u8; BLOCK]) {
        let pairs = header.iter_mut().zip(self.header);
        pairs.for_each(|(byte, key)| *byte ^= key);
    }

    /// Encrypts or decrypts a part of a frame's data that is not the last. It must consist of whole blocks.
    pub(super) fn part(&mut self, data: &mut [u8]) {
        self.rest.apply_keystream(data);
    }

    /// Encrypts or decrypts the last part of a frame's data. One more block follows the data, the place of its tag,
    /// and is overwritten.
    pub(super) fn last_part(&mut self, data_and_tag: &mut [u8]) {
        let tag = data_and_tag.len() - BLOCK;
        data_and_tag[tag..].fill(0);
        self.rest.apply_keystream(data_and_tag);
        self.header.copy_from_slice(&data_and_tag[tag..]);
    }
}

/// The MAC of one direction: a Keccak state that absorbs everything sent.
pub(super) struct Mac {
    state: Keccak256,
    cipher: Aes256Enc,
    /// The digest that the next header's tag starts from: the tag of the data before it. Keeping it saves one of four
    /// finalisations, which are most of the cost of a small frame.
    last: Tag,
}

/// The state that a header's tag is the digest of. No later tag depends on the digest, so it can be computed
/// together with another.
pub(super) struct HeaderTag(Keccak256);

impl HeaderTag {
    /// Computes the tag by itself.
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

    /// Absorbs an encrypted header.
    pub(super) fn header(&mut self, encrypted: &Tag) -> HeaderTag {
        self.mix(self.last, encrypted);
        HeaderTag(self.state.clone())
    }

    /// Absorbs encrypted data, in pieces of any length.
    pub(super) fn absorb(&mut self, encrypted: &[u8]) {
        self.state.update(encrypted);
    }

    /// The tag of the data absorbed since the header.
    pub(super) fn data(&mut self) -> Tag {
        let seed = first_half(self.state.digest());
        self.data_after(seed)
    }

    /// The tags of a header and of the data absorbed since.
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

/// RLPx uses only the first half of each digest.
fn first_half(digest: [u8; 32]) -> Tag {
    let mut tag = [0; BLOCK];
    tag.copy_from_slice(&digest[..BLOCK]);
    tag
}

/// Compares two tags in constant time.
pub(super) fn same(one: &Tag, other: &Tag) -> bool {
    let difference = one
        .iter()
        .zip(other)
        .fold(0, |difference, (one, other)| difference | (one ^ other));
    std::hint::black_box(difference) == 0
}
