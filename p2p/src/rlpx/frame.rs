//! The shape of a frame, which both directions share. Source: `rlpx.md`, "Framing".
//!
//! ```text
//! | header 16 | header tag 16 | data, zeros up to a multiple of 16 | data tag 16 |
//! ```

use aes::Aes256Enc;
use aes::cipher::KeyIvInit;
use ctr::Ctr64BE;

/// The largest frame data, in bytes: its size has 24 bits.
pub const MAX_FRAME: usize = (1 << 24) - 1;

/// Bytes of a tag, and of the blocks that data is padded to.
pub(super) const BLOCK: usize = 16;

/// Bytes before the data: the header and its tag.
pub(super) const HEADER: usize = 2 * BLOCK;

// The IV is zero, so the lower 64 bits of the counter suffice for 2^68 bytes, and are faster.
pub(super) type Cipher = Ctr64BE<Aes256Enc>;

pub(super) fn cipher(key: &[u8; 32]) -> Cipher {
    Cipher::new(&(*key).into(), &[0; BLOCK].into())
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
