//! The messages that a peer sends, and the means to answer those that are requests.

use std::fmt;

use super::error::SendError;
use super::peer::Peer;
use crate::connection::account::{Charge, Class, SMALL, most_decoded};
use crate::connection::batch::{Batch, Cost, Long, Queued, QueuedPayload};
use crate::connection::cause::Cause;
use crate::connection::channel::Channel;
use crate::connection::messages::Row;
use crate::connection::queue::Closed;
use crate::future::yield_now;
use crate::lane::{self, Place};
use crate::protocol::Protocol;
use crate::protocol::error::{DecodeError, EncodeError};
use crate::protocol::numbers::{Code, RequestId};
use crate::protocol::table::MessageKind;
use crate::rlp::memory;

/// The incoming messages of a protocol from one peer, in order.
pub struct Inbox<P: Protocol> {
    peer: Peer<P>,
    batch: Batch,
    /// A message that was taken from the batch and is not decoded yet.
    held: Option<Box<Deferred>>,
    /// What the last message that was returned has taken from the peer's account.
    charge: Option<Charge>,
    /// Messages that were taken since other tasks could last run, and their bytes, of which 32 bits count enough.
    taken: (u32, u32),
}

/// Messages that are taken before other tasks get their turn, however many have come.
const TURN: u32 = 64;

/// A message that is kept as it came, in the room that it has in the queue.
pub(super) struct Deferred {
    code: Code,
    cost: Cost,
    payload: Kept,
}

/// A payload out of its batch.
enum Kept {
    Copied(Vec<u8>),
    Long(Long),
}

impl Deferred {
    fn new(queued: Queued<'_>) -> Self {
        Self {
            code: queued.route.code,
            cost: queued.cost,
            payload: match queued.payload {
                QueuedPayload::Inline(bytes) => Kept::Copied(bytes.to_vec()),
                QueuedPayload::Long(payload) => Kept::Long(payload),
            },
        }
    }

    fn payload(&self) -> &[u8] {
        match &self.payload {
            Kept::Copied(bytes) => bytes,
            Kept::Long(Long::Owned(payload, _)) => payload,
            Kept::Long(Long::Shared(bytes, _)) => bytes,
        }
    }
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
            held: None,
            charge: None,
            taken: (0, 0),
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
        self.charge = None;
        let mut incoming = self.next_charged().await?;
        if let Incoming::Request(_, responder) = &mut incoming {
            responder.charge = self.charge.take();
        }
        Ok(incoming)
    }

    /// Whether the last message that was returned is large, decoded.
    pub(super) fn is_large(&self) -> bool {
        self.charge.as_ref().is_some_and(is_large)
    }

    /// What the last message has taken from the account, for who keeps the message.
    pub(super) fn take_charge(&mut self) -> Option<Charge> {
        self.charge.take()
    }

    /// As [`next`](Self::next), but the caller sees to what the message has taken from the account.
    pub(super) async fn next_charged(&mut self) -> Result<Incoming<P>, Closed> {
        self.fill().await?;
        if self.held.is_none() {
            let queued = self.batch.pop().ok_or(Closed)?;
            if let Some(decoded) = decode_small(&self.peer, &queued) {
                return decoded;
            }
            self.held = Some(Box::new(Deferred::new(queued)));
        }
        self.decode_held().await
    }

    /// As [`next_charged`](Self::next_charged), but a notification is kept for later.
    pub(super) async fn next_request(&mut self) -> Result<Arrived<P>, Closed> {
        self.fill().await?;
        if self.held.is_none()
            && let Some(arrived) = self.pop_request()?
        {
            return Ok(arrived);
        }
        if let Some(held) = self.held.take_if(|held| !is_request(&self.peer, held.code)) {
            return Ok(Arrived::Deferred(*held));
        }
        self.decode_held().await.map(Arrived::Now)
    }

    /// As [`next_request`](Self::next_request), but `None` instead of waiting.
    pub(super) fn next_request_now(&mut self) -> Result<Option<Arrived<P>>, Closed> {
        if self.held.is_some() {
            return Ok(None);
        }
        let inbox = &self.peer.channel().inbox;
        if self.batch.is_empty() && !inbox.take_now(&mut self.batch)? {
            return Ok(None);
        }
        self.pop_request()
    }

    /// The next message of the batch, unless it is a request that needs room to be decoded: that is held.
    fn pop_request(&mut self) -> Result<Option<Arrived<P>>, Closed> {
        let queued = self.batch.pop().ok_or(Closed)?;
        if !is_request(&self.peer, queued.route.code) {
            return Ok(Some(Arrived::Deferred(Deferred::new(queued))));
        }
        if let Some(decoded) = decode_small(&self.peer, &queued) {
            return Ok(Some(Arrived::Now(decoded?)));
        }
        self.held = Some(Box::new(Deferred::new(queued)));
        Ok(None)
    }

    /// A message that was kept.
    ///
    /// It is not cancel safe: the message is lost if the future is dropped.
    pub(super) async fn deferred(&mut self, deferred: Deferred) -> Result<Incoming<P>, Closed> {
        self.begin().await;
        if self.peer.connection.is_ended_by_us() {
            return Err(Closed);
        }
        count(&mut self.taken.1, deferred.payload().len());
        let decoded = Box::pin(decode(&self.peer, &deferred)).await;
        self.peer.channel().inbox.release(deferred.cost);
        self.keep_charge(decoded)
    }

    /// Decodes the message that is held.
    async fn decode_held(&mut self) -> Result<Incoming<P>, Closed> {
        let Some(held) = &self.held else {
            return Err(Closed);
        };
        count(&mut self.taken.1, held.payload().len());
        // Boxed, because it is rare and its future is large.
        let decoded = Box::pin(decode(&self.peer, held)).await;
        // Only now, so that a future that is dropped meanwhile loses no message.
        if let Some(held) = self.held.take() {
            self.peer.channel().inbox.release(held.cost);
        }
        self.keep_charge(decoded)
    }

    fn keep_charge(
        &mut self,
        decoded: Result<(Incoming<P>, Charge), Closed>,
    ) -> Result<Incoming<P>, Closed> {
        let (incoming, charge) = decoded?;
        self.charge = Some(charge);
        Ok(incoming)
    }

    /// Lets other tasks run now and then.
    async fn begin(&mut self) {
        self.peer.channel().set_handling(None);
        let (messages, bytes) = self.taken;
        if messages >= TURN || bytes as usize >= lane::TURN {
            // Reset before the wait: a caller that drops this future there goes on with its next one.
            self.taken = (0, 0);
            yield_now().await;
        }
        self.taken.0 += 1;
    }

    /// Waits until there is a message.
    async fn fill(&mut self) -> Result<(), Closed> {
        self.begin().await;
        let channel = self.peer.channel();
        loop {
            if self.peer.connection.is_ended_by_us() {
                return Err(Closed);
            }
            if self.held.is_some() || !self.batch.is_empty() {
                return Ok(());
            }
            channel.inbox.take(&mut self.batch).await?;
        }
    }
}

/// Whether a message that has taken so much takes long to free.
pub(super) fn is_large(charge: &Charge) -> bool {
    charge.bytes() > lane::LONG
}

/// Counts bytes that are about to be decoded.
fn count(taken: &mut u32, bytes: usize) {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    *taken = taken.saturating_add(bytes);
}

fn is_request<P: Protocol>(peer: &Peer<P>, code: Code) -> bool {
    let row = peer.channel().messages.row(code);
    row.is_some_and(Row::is_request)
}

/// Decodes a message in the memory that every message has without asking, and gives back its room in the queue.
/// `None` if it needs more.
fn decode_small<P: Protocol>(
    peer: &Peer<P>,
    queued: &Queued<'_>,
) -> Option<Result<Incoming<P>, Closed>> {
    let payload = queued.payload.bytes();
    if payload.len() > SMALL {
        return None;
    }
    let code = queued.route.code;
    let channel = peer.channel();
    channel.set_handling(Some(code));
    let (decoded, _) = memory::within(SMALL, || try_decode(peer, channel, code, payload));
    if matches!(&decoded, Err(error) if error.is_too_much_memory()) {
        return None;
    }
    channel.inbox.release(queued.cost);
    Some(decoded.map_err(|error| undecodable(peer, error)))
}

/// Decodes a message in memory of the peer's account, for which it waits. A message that can't be decoded ends the
/// connection.
async fn decode<P: Protocol>(
    peer: &Peer<P>,
    message: &Deferred,
) -> Result<(Incoming<P>, Charge), Closed> {
    let (code, payload) = (message.code, message.payload());
    let account = &peer.connection.account;
    let channel = peer.channel();
    channel.set_handling(Some(code));
    let most = most_decoded(account, payload.len());
    // As a rule a message needs far less than it may, and a part of what is there is enough.
    let mut charge = account.take_up_to(Class::Value, most);
    loop {
        let place = if payload.len() > lane::TURN {
            Some(Place::wait().await)
        } else {
            None
        };
        let (decoded, taken) =
            memory::within(charge.bytes(), || try_decode(peer, channel, code, payload));
        drop(place);
        match decoded {
            Ok(incoming) => {
                charge.shrink(taken);
                return Ok((incoming, charge));
            }
            Err(error) if error.is_too_much_memory() && charge.bytes() < most => {
                drop(charge);
                charge = account.take(Class::Value, most).await;
            }
            Err(error) => return Err(undecodable(peer, error)),
        }
    }
}

fn undecodable<P: Protocol>(peer: &Peer<P>, error: DecodeError) -> Closed {
    let protocol = P::NAME;
    peer.connection.end(Cause::Undecodable { protocol, error });
    Closed
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
    /// What the request has taken from the peer's account.
    charge: Option<Charge>,
}

impl<P: Protocol> Responder<P> {
    fn new(peer: Peer<P>, id: RequestId, request: &'static str, reply: Code) -> Self {
        Self {
            peer,
            id,
            request,
            reply,
            charge: None,
        }
    }

    /// The most bytes that the reply can have.
    pub(super) fn largest_reply(&self) -> usize {
        let row = self.peer.channel().messages.row(self.reply);
        row.map_or(0, |row| row.largest)
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
        self.reply_with(message, None).await
    }

    /// As [`reply`](Self::reply), with room in the peer's account that was taken beforehand.
    pub(super) async fn reply_with(
        self,
        message: P,
        charge: Option<Charge>,
    ) -> Result<(), SendError> {
        let info = message.info();
        if info.kind != MessageKind::Reply || info.code != self.reply {
            let error = EncodeError::NotItsReply {
                request: self.request,
                message: info.name,
            };
            return Err(error.into());
        }
        self.peer.send_reply(message, self.id, charge).await
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
