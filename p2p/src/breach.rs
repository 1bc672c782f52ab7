//! Every way in which a peer can break the rules of a connection.

use thiserror::Error;

use crate::disconnect::DisconnectReason;
use crate::message_id::MessageId;
use crate::rlp;

/// A peer's offence that ends the connection.
///
/// Each variant says what was received and what is allowed. [`reason`](Self::reason) is the coarser reason
/// sent to the peer.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Breach {
    /// A frame's tag is wrong: it was damaged, or the peer does not have the keys.
    #[error("a frame could not be authenticated")]
    Unauthentic,
    /// A frame came after one that broke the stream.
    #[error("a frame came on a connection that has failed before")]
    Failed,
    /// A frame holds no data at all.
    #[error("a frame of 0 bytes, at least a message id must be in it")]
    FrameEmpty,
    /// A frame is larger than the current limit.
    #[error("a frame of {size} bytes, at most {limit} are allowed here")]
    FrameTooLarge {
        /// Bytes of frame data.
        size: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// A frame does not start with a message ID.
    #[error("a frame does not begin with a message id in its shortest form")]
    MessageId,
    /// The first message was neither Hello nor Disconnect.
    #[error("message id {id} came before Hello, only Hello (0) or Disconnect (1) are allowed")]
    BeforeHello {
        /// The message ID.
        id: MessageId,
    },
    /// Hello was sent again.
    #[error("a second Hello came, it is sent once")]
    SecondHello,
    /// Hello can't be decoded.
    #[error("Hello can't be decoded: {0}")]
    Hello(rlp::Error),
    /// The node key in Hello is not a key.
    #[error("Hello has a node key of {length} bytes, 64 that are not all zero are needed")]
    NodeKey {
        /// Its length in bytes; 64 if it is all zero.
        length: usize,
    },
    /// The node key in Hello is not the one proven by the handshake.
    #[error("the node key in Hello is not that of the handshake")]
    OtherNodeKey,
    /// A message ID belongs to no shared capability.
    #[error("message id {id} came, on this connection ids end before {end}")]
    UnknownMessage {
        /// The message ID.
        id: MessageId,
        /// The first id that no capability uses.
        end: MessageId,
    },
    /// A payload declares more bytes than any message may have. The limit of one message is that of its protocol:
    /// [`Cause::MessageTooLarge`](crate::Cause::MessageTooLarge).
    #[error("a payload declares {size} bytes decompressed, at most {limit} are possible")]
    PayloadTooLarge {
        /// Bytes of the payload, decompressed.
        size: usize,
        /// Bytes that are possible.
        limit: usize,
    },
    /// A payload is not a valid Snappy block, or does not have the length that it declares.
    #[error("a payload is no valid Snappy block")]
    Snappy,
}

impl Breach {
    /// The reason sent to the peer before the connection is closed.
    pub fn reason(&self) -> DisconnectReason {
        match self {
            Self::NodeKey { .. } => DisconnectReason::InvalidIdentity,
            Self::OtherNodeKey => DisconnectReason::UnexpectedIdentity,
            Self::Unauthentic
            | Self::Failed
            | Self::FrameEmpty
            | Self::FrameTooLarge { .. }
            | Self::MessageId
            | Self::BeforeHello { .. }
            | Self::SecondHello
            | Self::Hello(_)
            | Self::UnknownMessage { .. }
            | Self::PayloadTooLarge { .. }
            | Self::Snappy => DisconnectReason::ProtocolBreach,
        }
    }
}
