//! The sending half of a connection: data becomes frames.

use std::fmt;

use super::error::FrameError;
use super::frame::{self, BLOCK, HEADER, Keystream, MAX_FRAME, Mac};

/// Encrypts and authenticates frames, in the order in which they are sent.
///
/// `Debug` prints nothing of its keys.
pub struct Sealer {
    keystream: Keystream,
    mac: Mac,
}

/// Data is encrypted and authenticated in pieces of this size, so that each piece is still in the fastest cache when
/// it is authenticated.
const CHUNK: usize = 16 * 1024;

impl Sealer {
    /// Where the data of a frame starts.
    pub(crate) const DATA: usize = HEADER;

    pub(super) fn new(keystream: Keystream, mac: Mac) -> Self {
        Self { keystream, mac }
    }

    /// Appends one frame to `out`: `write` appends its data, which is encrypted in place.
    ///
    /// The data has 1 to [`MAX_FRAME`] bytes: a [`MessageId`](crate::session::MessageId) and the payload. `write` must only append.
    /// Several frames can be sealed into one buffer and sent in one write.
    ///
    /// # Errors
    ///
    /// [`FrameError::Empty`] or [`FrameError::TooLarge`], depending on what `write` has appended; `out` and the
    /// sealer are then unchanged, and remain usable.
    pub fn seal(
        &mut self,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), FrameError> {
        let start = out.len();
        out.resize(start + HEADER, 0);
        write(out);
        let size = out.len().saturating_sub(start + HEADER);
        // One step for both the padding and the tag.
        out.resize(start + Self::framed(size), 0);
        match self.seal_in(&mut out[start..], size) {
            Ok(_) => Ok(()),
            Err(error) => {
                out.truncate(start);
                Err(error)
            }
        }
    }

    /// The size of a frame with `size` bytes of data.
    pub(crate) const fn framed(size: usize) -> usize {
        HEADER + size.next_multiple_of(BLOCK) + BLOCK
    }

    /// Makes a frame in place and returns its length. Its `size` bytes of data lie in `space` at [`Sealer::DATA`].
    /// `space` must have room for the whole frame; the bytes around the data are overwritten.
    pub(crate) fn seal_in(&mut self, space: &mut [u8], size: usize) -> Result<usize, FrameError> {
        if size == 0 {
            return Err(FrameError::Empty);
        }
        if size > MAX_FRAME {
            return Err(FrameError::TooLarge {
                size,
                limit: MAX_FRAME,
            });
        }
        let length = Self::framed(size);
        let (head, rest) = space[..length].split_at_mut(HEADER);
        let padded = rest.len() - BLOCK;
        rest[size..padded].fill(0);

        let mut header = frame::header(size);
        self.keystream.header(&mut header);
        let header_tag = self.mac.header(&header);
        for start in (0..padded).step_by(CHUNK) {
            let end = padded.min(start + CHUNK);
            if end == padded {
                self.keystream.last_part(&mut rest[start..]);
            } else {
                self.keystream.part(&mut rest[start..end]);
            }
            self.mac.absorb(&rest[start..end]);
        }
        let [header_tag, data_tag] = self.mac.both(&header_tag);
        head[..BLOCK].copy_from_slice(&header);
        head[BLOCK..].copy_from_slice(&header_tag);
        rest[padded..].copy_from_slice(&data_tag);
        Ok(length)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}
