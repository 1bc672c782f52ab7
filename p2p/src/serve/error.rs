//! Why a message was not sent, or a request not answered.

use std::error;
use std::fmt;
use std::time::Duration;

use thiserror::Error;

use crate::connection::cause::Cause;
use crate::connection::handler_error::HandlerError;
use crate::connection::not_sent::NotSent;
use crate::connection::queue::Closed;
use crate::protocol::error::{DecodeError, EncodeError};

/// A message was not sent.
#[non_exhaustive]
#[derive(Debug, Clone, Error)]
pub enum SendError {
    /// The connection has ended.
    #[error("the connection is closed: {0}")]
    Closed(Cause),
    /// The message can't be put on the wire.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// A message was not sent immediately.
#[non_exhaustive]
#[derive(Clone, Error)]
pub enum TrySendError<P> {
    /// There is no room for it now, because earlier messages have not been sent yet. This is the message.
    #[error("the send queue is full")]
    Full(P),
    /// The connection has ended.
    #[error("the connection is closed: {0}")]
    Closed(Cause),
    /// The message can't be put on the wire.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// Omits the message, whose type may lack `Debug`.
impl<P> fmt::Debug for TrySendError<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("Full(..)"),
            Self::Closed(cause) => f.debug_tuple("Closed").field(cause).finish(),
            Self::Encode(error) => f.debug_tuple("Encode").field(error).finish(),
        }
    }
}

/// A request that was not answered.
#[non_exhaustive]
#[derive(Debug, Clone, Error)]
pub enum RequestError {
    /// It was sent, and no reply arrived in time. If one arrives later, it is dropped.
    #[error("{message} was not answered within {after:?}")]
    Timeout {
        /// The request's name.
        message: &'static str,
        /// The time that the request had, in which it may have waited to be sent too.
        after: Duration,
    },
    /// It could not be sent in time, so that the peer knows nothing of it.
    #[error("{0}")]
    NotSent(#[from] NotSent),
    /// The connection has ended.
    #[error("the connection is closed: {0}")]
    Closed(Cause),
    /// The request can't be put on the wire.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The reply can't be decoded. The peer is dropped for this.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// A request that was not started, because too many are in flight or the connection has ended.
#[non_exhaustive]
#[derive(Clone, Error)]
pub enum TryRequestError<R> {
    /// The maximum number of requests is already waiting for this peer's replies. This is the request.
    #[error("as many requests are in flight as may be")]
    Full(R),
    /// The connection has ended.
    #[error("the connection is closed: {0}")]
    Closed(Cause),
}

/// Omits the request, whose type may lack `Debug`.
impl<R> fmt::Debug for TryRequestError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("Full(..)"),
            Self::Closed(cause) => f.debug_tuple("Closed").field(cause).finish(),
        }
    }
}

/// True if the handler failed because its connection is closed: it wanted to send or receive more.
pub(super) fn is_closed_error(error: &HandlerError) -> bool {
    let mut source: Option<&(dyn error::Error + 'static)> = Some(error.source());
    while let Some(current) = source {
        let sent = current.downcast_ref::<SendError>();
        let requested = current.downcast_ref::<RequestError>();
        if current.is::<Closed>()
            || matches!(sent, Some(SendError::Closed(_)))
            || matches!(requested, Some(RequestError::Closed(_)))
        {
            return true;
        }
        source = current.source();
    }
    false
}
