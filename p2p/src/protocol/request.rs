//! Typed requests: what is asked, what comes back, and what can go wrong in between.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::{Cause, DecodeError, EncodeError, Protocol};
use crate::rlp::{self, Decode, Encode, Reader, Shape, Shapes, Writer};

/// The number that ties a reply to its request: the first item of both on the wire.
///
/// The sender of the request chooses it. It is only meaningful within one connection and one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

impl RequestId {
    /// Reads the ID at the beginning of a payload, without looking at the rest.
    ///
    /// # Errors
    ///
    /// If the payload is not a list, or its first item is not a 64-bit integer.
    pub fn peek(payload: &[u8]) -> Result<Self, rlp::Error> {
        Self::decode(&mut Reader::new(payload).list()?)
    }

    /// Bytes of a payload of which [`peek_beginning`](Self::peek_beginning) needs no more.
    pub(crate) const BEGINNING: usize = 18;

    /// As [`peek`](Self::peek), when only the payload's first bytes are there.
    pub(crate) fn peek_beginning(beginning: &[u8]) -> Option<Self> {
        let header = match *beginning.first()? {
            first @ 0xf8.. => 1 + usize::from(first - 0xf7),
            0xc0.. => 1,
            _ => return None,
        };
        Self::decode(&mut Reader::new(beginning.get(header..)?)).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Encode for RequestId {
    #[inline]
    fn length(&self) -> usize {
        self.0.length()
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        self.0.encode(out);
    }
}

impl Decode for RequestId {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, rlp::Error> {
        u64::decode(reader).map(Self)
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        u64::shape(shapes)
    }
}

/// Something to request from a peer, with the type of the reply.
///
/// The derive implements it for the payload of a request variant `Name(Payload)` if no other
/// request has the same payload, and generates a constructor of a [`Call`] for every request variant.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no request of `{P}`",
    label = "no request of `{P}`",
    note = "a request is the payload of a variant with `#[message(reply = ..)]`, or what the \
            function named after the variant returns, as in `{P}::get_blocks(..)`"
)]
pub trait Request<P: Protocol>: Sized {
    /// What the peer answers: the reply's single field, or a tuple of its fields.
    type Reply;

    /// The message to send, and how to read the reply.
    fn into_call(self) -> Call<P, Self::Reply>;

    /// Sets a timeout for this request, instead of the message's or the service's.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use p2p::{Peer, Protocol, Request, RequestError};
    ///
    /// #[derive(Debug, Protocol)]
    /// #[protocol(name = "clock", version = 1)]
    /// enum Message {
    ///     #[message(reply = Time)]
    ///     GetTime,
    ///     Time(u64),
    /// }
    ///
    /// async fn ask(peer: &Peer<Message>) -> Result<u64, RequestError> {
    ///     peer.request(Message::get_time().within(Duration::from_secs(1))).await
    /// }
    /// ```
    fn within(self, timeout: Duration) -> Call<P, Self::Reply> {
        let mut call = self.into_call();
        call.timeout = Some(timeout);
        call
    }
}

/// A request that is ready to be sent, with the type `R` of its reply.
#[must_use = "give it to `Peer::request`"]
pub struct Call<P: Protocol, R> {
    pub(super) message: P,
    pub(super) read: fn(P) -> Option<R>,
    pub(super) timeout: Option<Duration>,
}

impl<P: Protocol, R> Call<P, R> {
    /// A call that sends `message` and extracts the result from the reply with `read`.
    ///
    /// `message` must be a request according to its [`MessageInfo`](super::MessageInfo). `read` gets the reply
    /// named there, and returns `None` for any other message.
    pub fn new(message: P, read: fn(P) -> Option<R>) -> Self {
        Self {
            message,
            read,
            timeout: None,
        }
    }
}

impl<P: Protocol, R> Request<P> for Call<P, R> {
    type Reply = R;

    fn into_call(self) -> Self {
        self
    }
}

impl<P: Protocol, R> fmt::Debug for Call<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("message", &self.message.info().name)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A request that was not answered.
#[non_exhaustive]
#[derive(Debug, Clone, Error)]
pub enum RequestError {
    /// No reply arrived in time. If one arrives later, it is dropped.
    #[error("{message} was not answered within {after:?}")]
    Timeout {
        /// The request's name.
        message: &'static str,
        /// How long we waited for it.
        after: Duration,
    },
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

/// Without the request, which need not be printable.
impl<R> fmt::Debug for TryRequestError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("Full(..)"),
            Self::Closed(cause) => f.debug_tuple("Closed").field(cause).finish(),
        }
    }
}

/// What to do with a reply that nobody is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StrayReplies {
    /// Count it and drop it.
    #[default]
    Drop,
    /// Drop a peer that sends an unsolicited reply; count a late one.
    RefuseUnsolicited,
    /// Drop a peer that sends one, even if it is only late because the request timed out or was cancelled.
    RefuseAll,
}

/// Counts of the requests to one peer, from [`Peer::request_counts`](super::Peer::request_counts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RequestCounts {
    /// Requests that are waiting for their replies.
    pub in_flight: usize,
    /// Replies to requests that were never sent, since the connection started.
    pub unsolicited: u64,
    /// Replies that came after nobody was waiting for them any more, since the connection started.
    pub late: u64,
}
