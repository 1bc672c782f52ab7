//! Why RLPx rejects a handshake packet or a frame.

use thiserror::Error;

use crate::breach::Breach;

/// Why a handshake packet was rejected.
///
/// Every failure that could reveal something about keys to a peer, such as points off the curve, wrong tags and
/// wrong signatures, is deliberately the single variant [`Crypto`](Self::Crypto).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HandshakeError {
    /// A packet declares more bytes than one may have.
    #[error(
        "a handshake packet of {size} bytes was announced, at most {limit} are allowed: this is no RLPx peer"
    )]
    PacketTooLarge {
        /// The bytes after the size prefix.
        size: usize,
        /// The bytes that are allowed: [`MAX_PACKET`](super::MAX_PACKET).
        limit: usize,
    },
    /// A packet declares fewer bytes than encryption alone adds.
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
    /// A packet was passed with bytes missing or left over.
    #[error("a handshake packet of {expected} bytes was announced, {found} were given")]
    PacketLength {
        /// Bytes of the whole packet, as it declares.
        expected: usize,
        /// Bytes that were given.
        found: usize,
    },
    /// A packet was decrypted, but its content is not the expected list.
    #[error("the content of the handshake packet is malformed")]
    Malformed,
    /// Decryption, authentication, a signature or a key failed.
    #[error("the peer's bytes could not be authenticated")]
    Crypto,
}

/// Why a frame was rejected, or can't be made.
///
/// A peer that sent such a frame has broken the rules: [`Breach::from`] says how.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A tag is wrong: the frame was damaged, or the peer does not have the keys.
    #[error("a frame could not be authenticated")]
    Unauthentic,
    /// The frame holds no data at all.
    #[error("a frame of 0 bytes, at least a message id must be in it")]
    Empty,
    /// The frame is larger than the current limit.
    #[error("a frame of {size} bytes, at most {limit} are allowed here")]
    TooLarge {
        /// Bytes of frame data.
        size: usize,
        /// Bytes that are allowed: never more than [`MAX_FRAME`](super::MAX_FRAME).
        limit: usize,
    },
    /// There was an earlier error, after which the position in the stream is lost.
    #[error("this connection has failed before and can't be read on")]
    Failed,
}

impl From<FrameError> for Breach {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Unauthentic => Self::Unauthentic,
            FrameError::Empty => Self::FrameEmpty,
            FrameError::TooLarge { size, limit } => Self::FrameTooLarge { size, limit },
            FrameError::Failed => Self::Failed,
        }
    }
}
