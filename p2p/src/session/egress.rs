//! The sending half of a session: messages become frames.

use thiserror::Error;

use super::{MAX_MESSAGE, disconnect, id};
use crate::DisconnectReason;
use crate::rlpx::{MAX_FRAME, Sealer, encode_id};
use crate::snappy::{compress_to, decompressed_length};

/// Appends messages to a buffer, compressed where the peer understands it, as sealed frames.
///
/// Several messages can be appended to one buffer and sent in one write, in the same order.
#[derive(Debug)]
pub struct Egress {
    sealer: Sealer,
    snappy: bool,
}

/// Why a message of our own can't be sent.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EgressError {
    /// The message is too large, decompressed or in its frame.
    #[error("a message of {size} bytes can't be sent, at most {limit} are possible")]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// Bytes that are possible.
        limit: usize,
    },
    /// The payload is compressed, and this peer has no Snappy.
    #[error("a compressed payload can't be sent to a peer without Snappy")]
    NoSnappy,
    /// The payload was said to be compressed, and is not.
    #[error("a payload that was said to be compressed is no Snappy block")]
    NotCompressed,
}

impl Egress {
    pub(super) fn new(sealer: Sealer, snappy: bool) -> Self {
        Self { sealer, snappy }
    }

    /// Whether payloads are compressed on this connection.
    pub fn snappy(&self) -> bool {
        self.snappy
    }

    /// Appends a message to `out`.
    ///
    /// `id` is absolute: the capability's offset plus the code. `compressed` says that the payload is
    /// the result of [`compress`](super::compress) already, as in a broadcast to many peers.
    ///
    /// # Errors
    ///
    /// [`EgressError`]; `out` and the session are then as before.
    pub fn message(
        &mut self,
        id: u64,
        payload: &[u8],
        compressed: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), EgressError> {
        let size = match (compressed, self.snappy) {
            (false, _) => payload.len(),
            (true, false) => return Err(EgressError::NoSnappy),
            (true, true) => {
                decompressed_length(payload, usize::MAX).map_err(|_| EgressError::NotCompressed)?
            }
        };
        if size > MAX_MESSAGE {
            return Err(too_large(size, MAX_MESSAGE));
        }
        let start = Sealer::begin(out);
        let data = out.len();
        encode_id(id, out);
        if self.snappy && !compressed {
            compress_to(payload, out).map_err(|_| {
                out.truncate(start);
                too_large(payload.len(), MAX_MESSAGE)
            })?;
        } else {
            out.extend_from_slice(payload);
        }
        let size = out.len() - data;
        let sealed = self.sealer.finish(out, start);
        sealed.map_err(|_| too_large(size, MAX_FRAME))
    }

    /// Appends a Ping to `out`.
    pub fn ping(&mut self, out: &mut Vec<u8>) {
        self.small(id::PING, &[0xc0], out);
    }

    /// Appends a Pong to `out`.
    pub fn pong(&mut self, out: &mut Vec<u8>) {
        self.small(id::PONG, &[0xc0], out);
    }

    /// Appends a Disconnect to `out`, after which nothing more should be sent.
    pub fn disconnect(&mut self, reason: DisconnectReason, out: &mut Vec<u8>) {
        self.small(id::DISCONNECT, &disconnect::encode(reason), out);
    }

    fn small(&mut self, id: u64, payload: &[u8], out: &mut Vec<u8>) {
        let sent = self.message(id, payload, false, out);
        debug_assert_eq!(sent, Ok(()), "a few bytes fit a frame");
    }
}

fn too_large(size: usize, limit: usize) -> EgressError {
    EgressError::TooLarge { size, limit }
}
