//! Typed requests, with the type of their reply.

use std::fmt;
use std::time::Duration;

use crate::protocol::Protocol;

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
    /// It counts from the call of [`Peer::request`](crate::Peer::request): waiting for a slot and for room in the
    /// send queue takes from it.
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
    ///     peer.request(Message::get_time().timeout(Duration::from_secs(1))).await
    /// }
    /// ```
    fn timeout(self, timeout: Duration) -> Call<P, Self::Reply> {
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
    /// `message` must be a request according to its [`MessageInfo`](crate::protocol::MessageInfo). `read` gets the reply
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
