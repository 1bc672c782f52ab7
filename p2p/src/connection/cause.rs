//! Why a connection ended, in full.

use std::io;
use std::sync::Arc;

use thiserror::Error;

use super::handler_error::HandlerError;
use crate::breach::Breach;
use crate::disconnect::DisconnectReason;
use crate::protocol::error::DecodeError;
use crate::protocol::numbers::RequestId;
use crate::protocol::rate::Rate;

/// Why a connection ended, from this node's point of view; the wire carries only a number.
#[non_exhaustive]
#[derive(Debug, Clone, Error)]
pub enum Cause {
    /// The peer sent Disconnect.
    #[error("the peer disconnected: {0}")]
    Remote(DisconnectReason),
    /// This node's user asked for it, with this reason.
    #[error("disconnected by this node: {0}")]
    Requested(DisconnectReason),
    /// This node's server is stopping.
    #[error("this node is stopping")]
    Stopping,
    /// The peer broke the rules of the session.
    #[error("{0}")]
    Breach(#[from] Breach),
    /// The peer sent a message that declares a larger size than its type allows.
    #[error(
        "protocol {protocol}, message {message}: it declares {size} bytes decompressed, at most {limit} \
         are allowed"
    )]
    MessageTooLarge {
        /// The protocol's name.
        protocol: &'static str,
        /// The message's name.
        message: &'static str,
        /// Bytes of its payload, decompressed.
        size: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// The peer sent a message that can't be decoded.
    #[error("protocol {protocol}: {error}")]
    Undecodable {
        /// The protocol's name.
        protocol: &'static str,
        /// Message, field and cause.
        error: DecodeError,
    },
    /// The peer sent a reply that nobody was waiting for, and the service refuses those.
    #[error("protocol {protocol}: {message} came with request id {id}, which nobody waits for")]
    StrayReply {
        /// The protocol's name.
        protocol: &'static str,
        /// The reply's name.
        message: &'static str,
        /// The reply's ID.
        id: RequestId,
    },
    /// The peer sent a message more often than its rate allows.
    #[error("protocol {protocol}, message {message}: it came more often than {rate}")]
    RateExceeded {
        /// The protocol's name.
        protocol: &'static str,
        /// The message's name.
        message: &'static str,
        /// The rate allowed.
        rate: Rate,
    },
    /// A handler returned an error.
    #[error("protocol {protocol}{}: {error}", in_message(*message))]
    Handler {
        /// The protocol's name.
        protocol: &'static str,
        /// The message that it was handling, if it was one.
        message: Option<&'static str>,
        /// What it returned.
        error: Arc<HandlerError>,
    },
    /// A handler panicked.
    #[error("protocol {protocol}{}: the handler panicked: {text}", in_message(*message))]
    Panicked {
        /// The protocol's name.
        protocol: &'static str,
        /// The message that it was handling, if it was one.
        message: Option<&'static str>,
        /// The panic message.
        text: Arc<str>,
    },
    /// A protocol's function returned.
    #[error("protocol {protocol} ended")]
    ProtocolEnded {
        /// The protocol's name.
        protocol: &'static str,
    },
    /// A protocol did not accept the peer in time.
    #[error("protocol {protocol} did not finish its handshake in time")]
    HandshakeTimeout {
        /// The protocol's name.
        protocol: &'static str,
    },
    /// A protocol left its queue full for too long, and not because it waited for the peer to read.
    #[error("protocol {protocol} did not take its messages in time")]
    Stalled {
        /// The protocol's name.
        protocol: &'static str,
    },
    /// All memory for messages was in use for too long, by this peer's messages or by those of all.
    #[error("there was no memory for {what} for too long")]
    NoMemory {
        /// What it was needed for.
        what: &'static str,
    },
    /// The peer sent nothing for too long.
    #[error("nothing was heard of the peer for too long")]
    PingTimeout,
    /// The peer did not accept what was written for too long.
    #[error("the peer did not read for too long")]
    WriteTimeout,
    /// The peer did not read for too long, while a handler of this connection waited to send. It may have waited in the
    /// same way for this node: [what to do](crate::what_a_peer_can_cost#nodes-that-are-busy-at-once).
    #[error(
        "protocol {protocol}: the peer did not read for too long, while a handler waited to send {message}; if the \
         peer may have waited for this node in the same way, send so much from a spawned task"
    )]
    SendTimeout {
        /// The name of the protocol whose message was to be sent.
        protocol: &'static str,
        /// The message's name.
        message: &'static str,
    },
    /// The peer closed the connection without giving a reason.
    #[error("the peer closed the connection without a reason")]
    Closed,
    /// The network failed.
    #[error("the connection broke: {0}")]
    Io(Arc<io::Error>),
}

fn in_message(message: Option<&'static str>) -> String {
    message
        .map(|name| format!(", message {name}"))
        .unwrap_or_default()
}

impl Cause {
    /// The reason on the wire: the one we send, or the one the peer sent.
    pub fn reason(&self) -> DisconnectReason {
        match self {
            Self::Remote(reason) | Self::Requested(reason) => *reason,
            Self::Stopping => DisconnectReason::Quitting,
            Self::Breach(breach) => breach.reason(),
            Self::MessageTooLarge { .. }
            | Self::Undecodable { .. }
            | Self::StrayReply { .. }
            | Self::RateExceeded { .. } => DisconnectReason::ProtocolBreach,
            Self::Handler { error, .. } => error.reason(),
            // This is an orderly end.
            Self::ProtocolEnded { .. } => DisconnectReason::Requested,
            Self::Panicked { .. } | Self::Stalled { .. } | Self::HandshakeTimeout { .. } => {
                DisconnectReason::ProtocolError
            }
            Self::NoMemory { .. } => DisconnectReason::TooManyPeers,
            Self::PingTimeout => DisconnectReason::PingTimeout,
            Self::WriteTimeout | Self::SendTimeout { .. } | Self::Closed | Self::Io(_) => {
                DisconnectReason::NetworkError
            }
        }
    }

    /// What the node at the other end makes of this end.
    pub(crate) fn at_other_end(&self) -> Self {
        match self {
            Self::Remote(reason) => Self::Requested(*reason),
            Self::Closed => Self::Requested(DisconnectReason::Requested),
            cause if cause.can_send_disconnect() => Self::Remote(cause.reason()),
            _ => Self::Closed,
        }
    }

    /// The kind of cause, as the value of a metric's label. It contains nothing that the peer has chosen.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Remote(_) => "remote",
            Self::Requested(_) => "requested",
            Self::Stopping => "stopping",
            Self::Breach(_) => "breach",
            Self::MessageTooLarge { .. } => "message_too_large",
            Self::Undecodable { .. } => "undecodable",
            Self::StrayReply { .. } => "stray_reply",
            Self::RateExceeded { .. } => "rate_exceeded",
            Self::Handler { .. } => "handler",
            Self::Panicked { .. } => "panicked",
            Self::ProtocolEnded { .. } => "protocol_ended",
            Self::HandshakeTimeout { .. } => "handshake_timeout",
            Self::Stalled { .. } => "stalled",
            Self::NoMemory { .. } => "no_memory",
            Self::PingTimeout => "ping_timeout",
            Self::WriteTimeout => "write_timeout",
            Self::SendTimeout { .. } => "send_timeout",
            Self::Closed => "closed",
            Self::Io(_) => "io",
        }
    }

    /// True unless the peer ended the connection itself or the network failed.
    pub(crate) fn can_send_disconnect(&self) -> bool {
        !matches!(
            self,
            Self::Remote(_)
                | Self::WriteTimeout
                | Self::SendTimeout { .. }
                | Self::Closed
                | Self::Io(_)
        )
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Io(Arc::new(error)),
        }
    }
}
