//! The sending half of a session: messages become frames.

use std::ops::Range;

use thiserror::Error;

use super::base::{DISCONNECT, MAX_MESSAGE, PING, PONG, encode_reason};
use crate::disconnect::DisconnectReason;
use crate::message_id::{MAX_ID, MessageId};
use crate::rlpx::frame::MAX_FRAME;
use crate::rlpx::sealer::Sealer;
use crate::snappy::{compress_in, decompressed_length, max_compressed};

/// Appends messages to a buffer as sealed frames, compressed if the peer supports it.
///
/// Several messages can be appended to one buffer and sent in one write, in the same order.
#[derive(Debug)]
pub struct Egress {
    pub(super) sealer: Sealer,
    /// Payloads are compressed.
    snappy: bool,
}

/// Why an outgoing message can't be sent.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EgressError {
    /// The message is too large, decompressed or in its frame.
    #[error("a message of {size} bytes can't be sent, at most {limit} are possible")]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// The maximum number of bytes.
        limit: usize,
    },
    /// The payload is compressed, but this peer does not support Snappy.
    #[error("a compressed payload can't be sent to a peer without Snappy")]
    NoSnappy,
    /// The payload was declared to be compressed, but is not.
    #[error("a payload that was said to be compressed is no Snappy block")]
    NotCompressed,
}

impl Egress {
    pub(super) fn new(sealer: Sealer, snappy: bool) -> Self {
        Self { sealer, snappy }
    }

    pub(super) fn set_snappy(&mut self, snappy: bool) {
        self.snappy = snappy;
    }

    /// Returns true if payloads are compressed on this connection.
    pub fn snappy(&self) -> bool {
        self.snappy
    }

    /// Appends a message to `out`.
    ///
    /// [`SharedCapability::id`](super::SharedCapability::id) gives the `id` of a code. `compressed` says that the
    /// payload is already the result of [`compress`](super::compress), as in a broadcast to many peers.
    ///
    /// # Errors
    ///
    /// [`EgressError`]; `out` and the session are then unchanged.
    pub fn message(
        &mut self,
        id: MessageId,
        payload: &[u8],
        compressed: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), EgressError> {
        self.check(payload, compressed)?;
        let start = out.len();
        out.resize(start + self.room(payload.len(), compressed), 0);
        let framed = self.frame(id, payload, compressed, &mut out[start..]);
        out.truncate(start + *framed.as_ref().unwrap_or(&0));
        framed.map(|_| ())
    }

    /// The maximum size of the frame for a payload of `payload` bytes.
    pub(crate) fn room(&self, payload: usize, compressed: bool) -> usize {
        let data = if self.snappy && !compressed {
            max_compressed(payload)
        } else {
            payload
        };
        Sealer::framed(MAX_ID + data)
    }

    /// Like [`message`](Self::message), but writes the frame at the start of `space` and returns its length. `space`
    /// must have [`room`](Self::room) for it.
    pub(crate) fn frame(
        &mut self,
        id: MessageId,
        payload: &[u8],
        compressed: bool,
        space: &mut [u8],
    ) -> Result<usize, EgressError> {
        self.check(payload, compressed)?;
        let mut id_space = [0; MAX_ID];
        let id = id.to_bytes(&mut id_space);
        let start = Sealer::DATA + id.len();
        space[Sealer::DATA..start].copy_from_slice(id);
        let length = if self.snappy && !compressed {
            compress_in(payload, &mut space[start..])
                .map_err(|_| too_large(payload.len(), MAX_MESSAGE))?
        } else {
            space[start..start + payload.len()].copy_from_slice(payload);
            payload.len()
        };
        self.seal(space, id.len() + length)
    }

    /// Bytes that [`frame_around`](Self::frame_around) needs before and after a payload.
    pub(crate) const AROUND: usize = Sealer::framed(MAX_ID);

    /// Like [`frame`](Self::frame), but the payload lies in `space` already, with [`AROUND`](Self::AROUND) bytes
    /// before and after it. On a connection with Snappy it must be compressed. Returns the range of the frame.
    pub(crate) fn frame_around(
        &mut self,
        id: MessageId,
        space: &mut [u8],
        payload: Range<usize>,
        compressed: bool,
    ) -> Result<Range<usize>, EgressError> {
        self.check(&space[payload.clone()], compressed)?;
        let mut id_space = [0; MAX_ID];
        let id = id.to_bytes(&mut id_space);
        let data = payload.start - id.len();
        space[data..payload.start].copy_from_slice(id);
        let start = data - Sealer::DATA;
        let length = self.seal(&mut space[start..], id.len() + payload.len())?;
        Ok(start..start + length)
    }

    fn seal(&mut self, space: &mut [u8], size: usize) -> Result<usize, EgressError> {
        let sealed = self.sealer.seal_in(space, size);
        sealed.map_err(|_| too_large(size, MAX_FRAME))
    }

    /// Checks that a payload can be sent to this peer, and is not too large when decompressed.
    fn check(&self, payload: &[u8], compressed: bool) -> Result<(), EgressError> {
        let size = match (compressed, self.snappy) {
            (false, _) => payload.len(),
            (true, false) => return Err(EgressError::NoSnappy),
            (true, true) => {
                decompressed_length(payload, usize::MAX).map_err(|_| EgressError::NotCompressed)?
            }
        };
        if size > MAX_MESSAGE {
            Err(too_large(size, MAX_MESSAGE))
        } else {
            Ok(())
        }
    }

    /// Appends a Ping to `out`.
    pub fn ping(&mut self, out: &mut Vec<u8>) {
        self.small(PING, &[0xc0], out);
    }

    /// Appends a Pong to `out`.
    pub fn pong(&mut self, out: &mut Vec<u8>) {
        self.small(PONG, &[0xc0], out);
    }

    /// Appends a Disconnect to `out`; send nothing after it.
    pub fn disconnect(&mut self, reason: DisconnectReason, out: &mut Vec<u8>) {
        self.small(DISCONNECT, &encode_reason(reason), out);
    }

    fn small(&mut self, id: MessageId, payload: &[u8], out: &mut Vec<u8>) {
        let sent = self.message(id, payload, false, out);
        debug_assert_eq!(sent, Ok(()), "a few bytes fit a frame");
    }
}

fn too_large(size: usize, limit: usize) -> EgressError {
    EgressError::TooLarge { size, limit }
}
