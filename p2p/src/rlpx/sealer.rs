//! The sending half of a connection: data becomes frames.

use std::fmt;

use aes::cipher::StreamCipher;

use super::Error;
use super::frame::{self, BLOCK, Cipher, HEADER, MAX_FRAME};
use super::mac::Mac;

/// Encrypts and authenticates frames, in the order in which they are sent.
///
/// `Debug` prints nothing of its keys.
pub struct Sealer {
    cipher: Cipher,
    mac: Mac,
}

impl Sealer {
    pub(super) fn new(cipher: Cipher, mac: Mac) -> Self {
        Self { cipher, mac }
    }

    /// Appends one frame to `out`: `write` appends its data, which is encrypted where it lies.
    ///
    /// Data has 1 to [`MAX_FRAME`] bytes and begins with a message id. `write` must only append.
    /// Several frames can be sealed into one buffer and sent in one write.
    ///
    /// # Errors
    ///
    /// [`Error::FrameEmpty`] or [`Error::FrameTooLarge`] by what `write` has appended; `out` and the
    /// sealer are then as before, and can be used on.
    pub fn seal(
        &mut self,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        let start = Self::begin(out);
        write(out);
        self.finish(out, start)
    }

    /// Makes room for a header, and gives the position that [`finish`](Self::finish) needs. To give
    /// the frame up, truncate `out` to that position.
    pub(crate) fn begin(out: &mut Vec<u8>) -> usize {
        let start = out.len();
        out.resize(start + HEADER, 0);
        start
    }

    /// Seals what was appended to `out` since [`begin`](Self::begin).
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>, start: usize) -> Result<(), Error> {
        let size = out.len().saturating_sub(start + HEADER);
        if size == 0 || size > MAX_FRAME {
            out.truncate(start);
            return Err(match size {
                0 => Error::FrameEmpty,
                _ => Error::unsealable(size),
            });
        }
        let padded = size.next_multiple_of(BLOCK);
        // Room for the padding and for the tag, in one step.
        out.resize(start + HEADER + padded + BLOCK, 0);
        let (head, rest) = out[start..].split_at_mut(HEADER);
        let (data, data_tag) = rest.split_at_mut(padded);

        let mut header = frame::header(size);
        self.cipher.apply_keystream(&mut header);
        let header_tag = self.mac.header(&header);
        head[..BLOCK].copy_from_slice(&header);
        head[BLOCK..].copy_from_slice(&header_tag);

        self.cipher.apply_keystream(data);
        self.mac.absorb(data);
        data_tag.copy_from_slice(&self.mac.data());
        Ok(())
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}
