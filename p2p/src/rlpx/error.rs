//! What can go wrong between two ends of RLPx.

use thiserror::Error;

use super::{MAX_FRAME, MAX_PACKET};

/// Why a handshake packet or a frame was rejected.
///
/// Every failure that could reveal something about keys to a peer, such as points off the curve, wrong tags and
/// wrong signatures, is deliberately the single variant [`Crypto`](Error::Crypto).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Error {
    /// A handshake packet declares more bytes than one may have.
    #[error(
        "a handshake packet of {size} bytes was announced, at most {MAX_PACKET} are allowed: this is no RLPx peer"
    )]
    PacketTooLarge {
        /// The bytes after the size prefix.
        size: usize,
    },
    /// A handshake packet declares fewer bytes than encryption alone adds.
    #[error("a handshake packet of {size} bytes was announced, encryption alone takes {least}")]
    PacketTooSmall {
        /// The bytes after the size prefix.
        size: usize,
        /// The bytes that encryption adds.
        least: usize,
    },
    /// The data does not start like a handshake packet, with a size and an uncompressed point.
    #[error("what came does not begin as an RLPx handshake: this is no RLPx peer")]
    NotRlpx,
    /// The handshake is in the format from before EIP-8, of 2015, which has no size prefix.
    #[error("the peer uses the handshake from before EIP-8, which is not supported")]
    PreEip8,
    /// A handshake packet was passed with bytes missing or left over.
    #[error("a handshake packet of {expected} bytes was announced, {found} were given")]
    PacketLength {
        /// Bytes of the whole packet, as it declares.
        expected: usize,
        /// Bytes that were given.
        found: usize,
    },
    /// A handshake packet was decrypted, but its content is not the expected list.
    #[error("the content of the handshake packet is malformed")]
    Malformed,
    /// Decryption, authentication, a signature or a key failed.
    #[error("the peer's bytes could not be authenticated")]
    Crypto,
    /// A frame holds no data at all.
    #[error("a frame of 0 bytes, at least a message id must be in it")]
    FrameEmpty,
    /// A frame is larger than the current limit.
    #[error("a frame of {size} bytes, at most {limit} are allowed here")]
    FrameTooLarge {
        /// Bytes of frame data.
        size: usize,
        /// Bytes that are allowed: never more than [`MAX_FRAME`].
        limit: usize,
    },
    /// The data of a frame does not begin with a message ID.
    #[error("a frame does not begin with a message id in its shortest form")]
    MessageId,
    /// There was an earlier error, after which the position in the stream is lost.
    #[error("this connection has failed before and can't be read on")]
    Failed,
}

impl Error {
    /// The error for frame data of our own that does not fit a frame.
    pub(super) fn unsealable(size: usize) -> Self {
        Self::FrameTooLarge {
            size,
            limit: MAX_FRAME,
        }
    }
}
