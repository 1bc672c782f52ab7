//! The receiving half of a connection: frames become data.

use std::fmt;

use super::error::FrameError;
use super::frame::{self, BLOCK, HEADER, Keystream, Mac, Tag, same};

/// Checks and decrypts frames, in the order in which they arrive.
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
    keystream: Keystream,
    mac: Mac,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Header,
    /// The header is checked, and its data is awaited.
    Data {
        /// Bytes of data, without padding.
        size: usize,
        /// Bytes of the encrypted data that the MAC has absorbed.
        absorbed: usize,
    },
    /// An earlier error has lost the position in the stream.
    Failed,
}

/// The result of [`Opener::open`].
#[derive(Debug)]
pub enum Opened<'b> {
    /// The frame is not complete.
    Incomplete {
        /// Bytes that the buffer must hold before the next call can do more, counted from the
        /// start of the frame.
        needed: usize,
    },
    /// A complete frame.
    Frame {
        /// Its data, decrypted in place: at least one byte.
        data: &'b mut [u8],
        /// Bytes of the buffer that the frame took up. Pass the bytes after them to the next call.
        consumed: usize,
    },
}

impl Opener {
    pub(super) fn new(keystream: Keystream, mac: Mac) -> Self {
        Self {
            keystream,
            mac,
            state: State::Header,
        }
    }

    /// Opens the frame at the start of `buffer`, if all of it is there.
    ///
    /// After [`Opened::Incomplete`], call again with the same bytes followed by more; they may
    /// have moved in memory. Nothing is checked twice. `limit` is the maximum size
    /// of the data in bytes, and is applied when the header arrives, before there is any data.
    ///
    /// # Errors
    ///
    /// [`FrameError::Unauthentic`], [`FrameError::Empty`] or [`FrameError::TooLarge`]. After any error the position
    /// in the stream is lost, and every further call returns [`FrameError::Failed`].
    pub fn open<'b>(
        &mut self,
        buffer: &'b mut [u8],
        limit: usize,
    ) -> Result<Opened<'b>, FrameError> {
        // Errors leave this state; each success replaces it.
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Failed => Err(FrameError::Failed),
            State::Data { size, absorbed } => self.open_data(buffer, size, absorbed),
            State::Header => match buffer.first_chunk() {
                Some(head) => {
                    let head = *head;
                    self.open_frame(&head, buffer, limit)
                }
                None => {
                    self.state = State::Header;
                    Ok(Opened::Incomplete { needed: HEADER })
                }
            },
        }
    }

    /// Checks a header, and opens the frame if all of it is there.
    fn open_frame<'b>(
        &mut self,
        head: &[u8; HEADER],
        buffer: &'b mut [u8],
        limit: usize,
    ) -> Result<Opened<'b>, FrameError> {
        let mut header = [0; BLOCK];
        let mut tag = [0; BLOCK];
        header.copy_from_slice(&head[..BLOCK]);
        tag.copy_from_slice(&head[BLOCK..]);
        let header_tag = self.mac.header(&header);
        self.keystream.header(&mut header);
        // Not authenticated before the tag is checked. Until then it says only where the frame would end.
        let size = frame::size(&header);
        let end = HEADER + size.next_multiple_of(BLOCK);
        if size > 0 && size <= limit && buffer.len() >= end + BLOCK {
            self.mac.absorb(&buffer[HEADER..end]);
            let [header_tag, data_tag] = self.mac.both(&header_tag);
            if !same(&tag, &header_tag) {
                return Err(FrameError::Unauthentic);
            }
            return self.decrypt(buffer, size, &data_tag);
        }
        if !same(&tag, &header_tag.alone()) {
            return Err(FrameError::Unauthentic);
        }
        match size {
            0 => Err(FrameError::Empty),
            size if size > limit => Err(FrameError::TooLarge { size, limit }),
            size => self.open_data(buffer, size, 0),
        }
    }

    /// Opens the rest of a frame with a checked header, if all of it is there. The MAC has absorbed `absorbed` bytes of
    /// its data.
    fn open_data<'b>(
        &mut self,
        buffer: &'b mut [u8],
        size: usize,
        absorbed: usize,
    ) -> Result<Opened<'b>, FrameError> {
        let padded = size.next_multiple_of(BLOCK);
        let total = HEADER + padded + BLOCK;
        let end = buffer.len().min(HEADER + padded);
        // Absorb what has arrived while the rest is on its way.
        if let Some(fresh) = buffer.get(HEADER + absorbed..end) {
            self.mac.absorb(fresh);
        }
        if buffer.len() < total {
            self.state = State::Data {
                size,
                absorbed: absorbed.max(end.saturating_sub(HEADER)),
            };
            return Ok(Opened::Incomplete { needed: total });
        }
        let tag = self.mac.data();
        self.decrypt(buffer, size, &tag)
    }

    /// Checks and decrypts the data of a complete frame.
    fn decrypt<'b>(
        &mut self,
        buffer: &'b mut [u8],
        size: usize,
        tag: &Tag,
    ) -> Result<Opened<'b>, FrameError> {
        let padded = size.next_multiple_of(BLOCK);
        let consumed = HEADER + padded + BLOCK;
        let data_and_tag = &mut buffer[HEADER..consumed];
        let theirs = data_and_tag.last_chunk();
        if !theirs.is_some_and(|theirs| same(theirs, tag)) {
            return Err(FrameError::Unauthentic);
        }
        self.keystream.last_part(data_and_tag);
        self.state = State::Header;
        Ok(Opened::Frame {
            data: &mut data_and_tag[..size],
            consumed,
        })
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
