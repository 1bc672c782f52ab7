//! What can go wrong between a message and its bytes.

use thiserror::Error;

use super::numbers::Code;
use crate::rlp::{self, ErrorKind};

/// An outgoing message that can't be put on the wire. No part of it was sent.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// A field can't be encoded.
    #[error("message {message} can't be encoded: {cause}")]
    Field {
        /// The message's name.
        message: &'static str,
        /// What is wrong with it.
        cause: rlp::EncodeError,
    },
    /// The message is larger than its [`max_size`](super::table::MessageInfo::max_size), or than a frame can be.
    #[error("message {message} has {size} bytes, at most {limit} are allowed: see its `max_size`")]
    TooLarge {
        /// The message's name.
        message: &'static str,
        /// Bytes of its payload.
        size: usize,
        /// Bytes that are allowed.
        limit: usize,
    },
    /// The message's code is outside the length reserved for the protocol.
    ///
    /// A derived protocol never returns this: a hand-written [`code`](super::Protocol::code) is wrong.
    #[error("protocol {protocol} has no code {code}, its length is {length}")]
    UnknownCode {
        /// The protocol's name.
        protocol: &'static str,
        /// The code.
        code: Code,
        /// The protocol's length in the version spoken.
        length: u64,
    },
    /// The version spoken with the peer does not have the message.
    ///
    /// [`Protocol::is_in`](super::Protocol::is_in) tells in advance.
    #[error(
        "message {message} is not in version {version}, only {}",
        in_versions(*since, *until)
    )]
    NotInVersion {
        /// The message's name.
        message: &'static str,
        /// The version.
        version: u64,
        /// The first version that has the message; 0 if it was there from the start.
        since: u64,
        /// The last version that has the message; `u64::MAX` if it is still there.
        until: u64,
    },
    /// A request was sent without waiting for its reply.
    #[error("message {message} is a request; ask with `peer.request(..)`")]
    Request {
        /// The message's name.
        message: &'static str,
    },
    /// A reply was sent that answers nothing.
    #[error(
        "message {message} is a reply; return it from the handler of its request, or give it to \
         `Responder::reply`"
    )]
    Reply {
        /// The message's name.
        message: &'static str,
    },
    /// A reply was requested for a message that is not a request.
    ///
    /// A derived protocol never returns this: a hand-written [`Call`](crate::serve::Call) is wrong.
    #[error("message {message} is no request; send it with `peer.send(..)`")]
    NotARequest {
        /// The message's name.
        message: &'static str,
    },
    /// A request was answered with a message that is not its reply.
    ///
    /// A derived handler never returns this: a [`Responder`](crate::Responder) got the wrong message.
    #[error("message {message} does not answer {request}")]
    NotItsReply {
        /// The request's name.
        request: &'static str,
        /// The message's name.
        message: &'static str,
    },
}

fn in_versions(since: u64, until: u64) -> String {
    match (since, until) {
        (0, until) => format!("up to version {until}"),
        (since, u64::MAX) => format!("from version {since} on"),
        (since, until) if since == until => format!("in version {since}"),
        (since, until) => format!("in versions {since} to {until}"),
    }
}

/// A peer's message that can't be decoded.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The version spoken has no message with this code.
    #[error("{protocol}/{version} has no message with code {code}")]
    UnknownCode {
        /// The protocol's name.
        protocol: &'static str,
        /// The version.
        version: u64,
        /// The code received.
        code: Code,
    },
    /// The payload is not a list with the message's fields.
    #[error("message {message}: {cause}")]
    Message {
        /// The message's name.
        message: &'static str,
        /// What is wrong.
        cause: rlp::Error,
    },
    /// A field is not what it should be.
    #[error("message {message}, field {field}: {cause}")]
    Field {
        /// The message's name.
        message: &'static str,
        /// The field's name, or its position in a tuple variant.
        field: &'static str,
        /// What is wrong.
        cause: rlp::Error,
    },
}

impl DecodeError {
    /// Whether the message takes more memory than it may.
    pub(crate) fn is_too_much_memory(&self) -> bool {
        match self {
            Self::UnknownCode { .. } => false,
            Self::Message { cause, .. } | Self::Field { cause, .. } => {
                matches!(cause.kind(), ErrorKind::TooMuchMemory { .. })
            }
        }
    }
}
