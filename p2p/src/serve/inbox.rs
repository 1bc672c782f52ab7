//! The messages that a peer sends, and the means to answer those that are requests.

use std::fmt;

use super::error::SendError;
use super::peer::Peer;
use crate::connection::batch::{Batch, Cost, Queued};
use crate::connection::cause::Cause;
use crate::connection::channel::Channel;
use crate::connection::messages::Row;
use crate::connection::queue::Closed;
use crate::future::yield_now;
use crate::protocol::Protocol;
use crate::protocol::error::{DecodeError, EncodeError};
use crate::protocol::numbers::{Code, RequestId};
use crate::protocol::table::MessageKind;

/// The incoming messages of a protocol from one peer, in order.
pub struct Inbox<P: Protocol> {
    peer: Peer<P>,
    batch: Batch,
    /// Messages that were taken since other tasks could last run.
    taken: u32,
}

/// Messages that are taken before other tasks get their turn, however many have come.
const TURN: u32 = 64;

/// A message that is kept as it came, in the room that it has in the queue.
pub(super) struct Deferred {
    code: Code,
    cost: Cost,
    payload: Vec<u8>,
}

/// A message that came, perhaps while a notification is being handled.
pub(super) enum Arrived<P: Protocol> {
    /// It is handled now.
    Now(Incoming<P>),
    /// It waits for its turn.
    Deferred(Deferred),
}

impl<P: Protocol> Inbox<P> {
    pub(super) fn new(peer: Peer<P>) -> Self {
        Self {
            peer,
            batch: Batch::default(),
            taken: 0,
        }
    }

    /// The peer that sends the messages.
    pub fn peer(&self) -> &Peer<P> {
        &self.peer
    }

    /// Waits for the next message.
    ///
    /// A message that can't be decoded is not returned: it ends the connection with a breach of
    /// protocol. A request received this way is never answered; use [`next`](Self::next) to answer it.
    /// Replies do not appear here, they go to the caller that sent the request.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the connection has ended, or, if the server is stopping, once every message that
    /// arrived has been received.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, no message is lost.
    pub async fn recv(&mut self) -> Result<P, Closed> {
        self.next().await.map(Incoming::into_message)
    }

    /// Waits for the next message, which comes with a [`Responder`] if it is a request.
    ///
    /// ```
    /// # use p2p::{Incoming, Protocol, ServeExt, Service};
    /// #[derive(Protocol)]
    /// #[protocol(name = "clock", version = 1)]
    /// enum Message {
    ///     #[message(reply = Time)]
    ///     GetTime,
    ///     Time(u64),
    /// }
    ///
    /// let service: Service<Message> = Message::run(|_, mut inbox| async move {
    ///     while let Ok(incoming) = inbox.next().await {
    ///         if let Incoming::Request(Message::GetTime, responder) = incoming {
    ///             responder.reply(Message::Time(12)).await?;
    ///         }
    ///     }
    ///     Ok(())
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// As for [`recv`](Self::recv).
    pub async fn next(&mut self) -> Result<Incoming<P>, Closed> {
        self.fill().await?;
        let peer = &self.peer;
        let queued = self.batch.pop().ok_or(Closed)?;
        decode(peer, queued.route.code, queued.cost, queued.payload.bytes())
    }

    /// As [`next`](Self::next), but a notification is kept for later.
    pub(super) async fn next_request(&mut self) -> Result<Arrived<P>, Closed> {
        self.fill().await?;
        self.pop_request()
    }

    /// As [`next_request`](Self::next_request), but `None` instead of waiting.
    pub(super) fn next_request_now(&mut self) -> Result<Option<Arrived<P>>, Closed> {
        let inbox = &self.peer.channel().inbox;
        if self.batch.is_empty() && !inbox.take_now(&mut self.batch)? {
            return Ok(None);
        }
        self.pop_request().map(Some)
    }

    fn pop_request(&mut self) -> Result<Arrived<P>, Closed> {
        let peer = &self.peer;
        let queued = self.batch.pop().ok_or(Closed)?;
        let Queued {
            route,
            cost,
            payload,
        } = queued;
        let code = route.code;
        let row = peer.channel().messages.row(code);
        if row.is_some_and(Row::is_request) {
            return decode(peer, code, cost, payload.bytes()).map(Arrived::Now);
        }
        Ok(Arrived::Deferred(Deferred {
            code,
            cost,
            payload: payload.bytes().to_vec(),
        }))
    }

    /// A message that was kept.
    pub(super) async fn deferred(&mut self, deferred: &Deferred) -> Result<Incoming<P>, Closed> {
        self.begin().await;
        if self.peer.connection.is_ended_by_us() {
            return Err(Closed);
        }
        decode(&self.peer, deferred.code, deferred.cost, &deferred.payload)
    }

    /// Lets other tasks run now and then.
    async fn begin(&mut self) {
        self.peer.channel().set_handling(None);
        if self.taken >= TURN {
            // Reset before the wait: a caller that drops this future there goes on with its next one.
            self.taken = 0;
            yield_now().await;
        }
        self.taken += 1;
    }

    /// Waits until the batch holds a message.
    async fn fill(&mut self) -> Result<(), Closed> {
        self.begin().await;
        let channel = self.peer.channel();
        loop {
            if self.peer.connection.is_ended_by_us() {
                return Err(Closed);
            }
            if !self.batch.is_empty() {
                return Ok(());
            }
            channel.inbox.take(&mut self.batch).await?;
        }
    }
}

/// Decodes a message and gives back its room in the queue. One that can't be decoded ends the
/// connection.
fn decode<P: Protocol>(
    peer: &Peer<P>,
    code: Code,
    cost: Cost,
    payload: &[u8],
) -> Result<Incoming<P>, Closed> {
    let channel = peer.channel();
    channel.set_handling(Some(code));
    let decoded = try_decode(peer, channel, code, payload);
    channel.inbox.release(cost);
    decoded.map_err(|error| {
        let protocol = P::NAME;
        peer.connection.end(Cause::Undecodable { protocol, error });
        Closed
    })
}

fn try_decode<P: Protocol>(
    peer: &Peer<P>,
    channel: &Channel,
    code: Code,
    payload: &[u8],
) -> Result<Incoming<P>, DecodeError> {
    let message = P::decode(channel.messages.version, code, payload)?;
    let info = message.info();
    let MessageKind::Request { reply } = info.kind else {
        return Ok(Incoming::Notification(message));
    };
    let id = RequestId::peek(payload).map_err(|cause| DecodeError::Field {
        message: info.name,
        field: "request id",
        cause,
    })?;
    let responder = Responder::new(peer.clone(), id, info.name, reply);
    Ok(Incoming::Request(message, responder))
}

impl<P: Protocol> fmt::Debug for Inbox<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// A message received from a peer.
#[derive(Debug)]
pub enum Incoming<P: Protocol> {
    /// A notification.
    Notification(P),
    /// A request, with the means to answer it once.
    Request(P, Responder<P>),
}

impl<P: Protocol> Incoming<P> {
    /// Returns only the message. If it is a request, it is never answered.
    pub fn into_message(self) -> P {
        match self {
            Self::Notification(message) | Self::Request(message, _) => message,
        }
    }
}

/// Answers one request, at most once. If it is dropped, the peer gets no answer.
#[must_use = "a request that is not answered times out at the peer"]
pub struct Responder<P: Protocol> {
    peer: Peer<P>,
    id: RequestId,
    /// The request's name.
    request: &'static str,
    /// The code of its reply.
    reply: Code,
}

impl<P: Protocol> Responder<P> {
    fn new(peer: Peer<P>, id: RequestId, request: &'static str, reply: Code) -> Self {
        Self {
            peer,
            id,
            request,
            reply,
        }
    }

    /// The ID of the request.
    pub fn id(&self) -> RequestId {
        self.id
    }

    /// Sends the reply, waiting for room in the connection's send queue.
    ///
    /// # Errors
    ///
    /// As for [`Peer::send`], and [`EncodeError::NotItsReply`] if `message` is not the message that answers
    /// this request.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the reply is not sent, and the request stays without one.
    pub async fn reply(self, message: P) -> Result<(), SendError> {
        let info = message.info();
        if info.kind != MessageKind::Reply || info.code != self.reply {
            let error = EncodeError::NotItsReply {
                request: self.request,
                message: info.name,
            };
            return Err(error.into());
        }
        self.peer.send_with(message, Some(self.id)).await
    }
}

impl<P: Protocol> fmt::Debug for Responder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder")
            .field("request", &self.request)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
