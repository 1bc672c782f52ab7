//! The receiving half of a connection: frames become data.

use std::fmt;

use aes::cipher::StreamCipher;

use super::Error;
use super::frame::{self, BLOCK, Cipher, HEADER};
use super::mac::{Mac, same};

/// Checks and decrypts frames, in the order in which they came.
///
/// ```text
///           header checked                    all checked, decrypted
/// Header ───────────────────▶ Data { size } ─────────────────────────▶ Header
///    │                             │
///    └──────── any error ──────────┴────▶ Failed, for good
/// ```
///
/// `Debug` prints nothing of its keys.
pub struct Opener {
    cipher: Cipher,
    mac: Mac,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Header,
    /// The header was good. So many bytes of the encrypted data have gone into the MAC.
    Data {
        size: usize,
        absorbed: usize,
    },
    Failed,
}

/// What [`Opener::open`] found at the beginning of its buffer.
#[derive(Debug)]
pub enum Opened<'b> {
    /// The frame is not complete.
    Incomplete {
        /// Bytes that the buffer must hold before the next call can do more, counted from the
        /// beginning of the frame.
        needed: usize,
    },
    /// A whole frame.
    Frame {
        /// Its data, decrypted where it lies: at least one byte.
        data: &'b mut [u8],
        /// Bytes of the buffer that the frame took up. The next call wants those that follow.
        consumed: usize,
    },
}

impl Opener {
    pub(super) fn new(cipher: Cipher, mac: Mac) -> Self {
        Self {
            cipher,
            mac,
            state: State::Header,
        }
    }

    /// Opens the frame at the beginning of `buffer`, if all of it is there.
    ///
    /// After [`Opened::Incomplete`], call again with the same bytes and more behind them; they may
    /// have moved in memory. What was checked once is not checked again. `limit` holds for the size
    /// of the data, in bytes, and is applied when the header comes, before there is any data.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`], [`Error::FrameEmpty`] or [`Error::FrameTooLarge`]. After any error the place
    /// in the stream is lost, and every further call gives [`Error::Failed`].
    pub fn open<'b>(&mut self, buffer: &'b mut [u8], limit: usize) -> Result<Opened<'b>, Error> {
        // Every way out but the two good ones leaves the state like this.
        let (size, absorbed) = match std::mem::replace(&mut self.state, State::Failed) {
            State::Failed => return Err(Error::Failed),
            State::Data { size, absorbed } => (size, absorbed),
            State::Header => match buffer.first_chunk() {
                Some(head) => (self.open_header(head, limit)?, 0),
                None => {
                    self.state = State::Header;
                    return Ok(Opened::Incomplete { needed: HEADER });
                }
            },
        };
        let padded = size.next_multiple_of(BLOCK);
        let total = HEADER + padded + BLOCK;
        let end = buffer.len().min(HEADER + padded);
        // What has come is taken in while the rest is on its way.
        if let Some(fresh) = buffer.get(HEADER + absorbed..end) {
            self.mac.absorb(fresh);
        }
        let Some(frame) = buffer.get_mut(HEADER..total) else {
            self.state = State::Data {
                size,
                absorbed: absorbed.max(end.saturating_sub(HEADER)),
            };
            return Ok(Opened::Incomplete { needed: total });
        };
        let (data, tag) = frame.split_at_mut(padded);
        if !tag
            .first_chunk()
            .is_some_and(|tag| same(tag, &self.mac.data()))
        {
            return Err(Error::Crypto);
        }
        self.cipher.apply_keystream(data);
        self.state = State::Header;
        Ok(Opened::Frame {
            data: &mut data[..size],
            consumed: total,
        })
    }

    /// Checks and decrypts a header, and gives the size of the data that follows.
    fn open_header(&mut self, head: &[u8; HEADER], limit: usize) -> Result<usize, Error> {
        let mut header = [0; BLOCK];
        let mut tag = [0; BLOCK];
        header.copy_from_slice(&head[..BLOCK]);
        tag.copy_from_slice(&head[BLOCK..]);
        if !same(&tag, &self.mac.header(&header)) {
            return Err(Error::Crypto);
        }
        self.cipher.apply_keystream(&mut header);
        match frame::size(&header) {
            0 => Err(Error::FrameEmpty),
            size if size > limit => Err(Error::FrameTooLarge { size, limit }),
            size => Ok(size),
        }
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
