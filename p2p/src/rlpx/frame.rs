//! The shape of a frame, which both directions share. Source: `rlpx.md`, "Framing".
//!
//! ```text
//! | header 16 | header tag 16 | data, zeros up to a multiple of 16 | data tag 16 |
//! ```

use aes::Aes256Enc;
use aes::cipher::{KeyIvInit, StreamCipher};
use ctr::Ctr64BE;

/// The largest frame data, in bytes: its size has 24 bits.
pub const MAX_FRAME: usize = (1 << 24) - 1;

/// Bytes of a tag, and of the blocks that data is padded to.
pub(super) const BLOCK: usize = 16;

/// Bytes before the data: the header and its tag.
pub(super) const HEADER: usize = 2 * BLOCK;

/// The keystream of one direction.
///
/// What belongs to the next header is made together with a frame's data, which saves a call.
pub(super) struct Keystream {
    // The IV is zero, so the lower 64 bits of the counter suffice for 2^68 bytes, and are faster.
    rest: Ctr64BE<Aes256Enc>,
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

    /// Encrypts or decrypts a part of a frame's data, of whole blocks, but not the last one.
    pub(super) fn part(&mut self, data: &mut [u8]) {
        self.rest.apply_keystream(data);
    }

    /// Encrypts or decrypts the last part of a frame's data, which has one more block behind it, for its tag.
    pub(super) fn last_part(&mut self, data_and_tag: &mut [u8]) {
        let tag = data_and_tag.len() - BLOCK;
        data_and_tag[tag..].fill(0);
        self.rest.apply_keystream(data_and_tag);
        self.header.copy_from_slice(&data_and_tag[tag..]);
    }
}

/// The header of a frame with so much data. What follows the size is constant since 2017, and one
/// peer rejects anything else.
pub(super) fn header(size: usize) -> [u8; BLOCK] {
    let [.., a, b, c] = size.to_be_bytes();
    [a, b, c, 0xc2, 0x80, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// The size that a header declares. The rest of it is ignored, as by all other implementations.
pub(super) fn size(header: &[u8; BLOCK]) -> usize {
    usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2])
}
