//! The messages that a peer sends, and who receives them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::batch::Taken;
use super::handling::handle;
use super::queue::Cost;
use super::race::yield_now;
use super::{
    Batch, BoxFuture, Cause, Channel, Closed, Code, DecodeError, Dispatch, HandledBy, Incoming,
    Kind, Peer, Protocol, RequestId, Responder, Result,
};

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
pub(super) struct Kept {
    code: Code,
    cost: Cost,
    payload: Vec<u8>,
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
    /// # use p2p::{Incoming, Protocol, Service};
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
        let taken = self.batch.pop().ok_or(Closed)?;
        let (code, cost) = (Code(taken.number), taken.cost);
        decode(peer, code, cost, taken.body.bytes())
    }

    /// As [`next`](Self::next), but a notification is kept for later.
    pub(super) async fn next_request(&mut self) -> Result<Result<Incoming<P>, Kept>, Closed> {
        self.fill().await?;
        let peer = &self.peer;
        let Taken { number, cost, body } = self.batch.pop().ok_or(Closed)?;
        let (code, version) = (Code(number), peer.version());
        let mut rows = P::MESSAGES.iter();
        let is_request = |kind| matches!(kind, Kind::Request { .. });
        match rows.any(|row| row.code == code && row.is_in(version) && is_request(row.kind)) {
            true => decode(peer, code, cost, body.bytes()).map(Ok),
            false => Ok(Err(Kept {
                code,
                cost,
                payload: body.bytes().to_vec(),
            })),
        }
    }

    /// A message that was kept.
    pub(super) async fn kept(&mut self, kept: &Kept) -> Result<Incoming<P>, Closed> {
        self.begin().await;
        if self.peer.connection().is_ended_by_us() {
            return Err(Closed);
        }
        decode(&self.peer, kept.code, kept.cost, &kept.payload)
    }

    /// Lets other tasks run now and then.
    async fn begin(&mut self) {
        self.peer.channel().set_handling(None);
        if self.taken >= TURN {
            yield_now().await;
            self.taken = 0;
        }
        self.taken += 1;
    }

    /// Waits until the batch holds a message.
    async fn fill(&mut self) -> Result<(), Closed> {
        self.begin().await;
        let channel = self.peer.channel();
        loop {
            if self.peer.connection().is_ended_by_us() {
                return Err(Closed);
            }
            if !self.batch.is_empty() {
                return Ok(());
            }
            channel.inbox.take(&mut self.batch).await?;
        }
    }

    /// Passes all further messages to a handler just for this peer.
    ///
    /// This is the last step of a function given to [`Protocol::accepting`].
    pub fn handled_by<H>(self, handler: H) -> Accepted<P>
    where
        P: HandledBy<H>,
    {
        self.handled_by_shared(P::shared(handler))
    }

    /// Like [`handled_by`](Self::handled_by), with a handler that is already shared.
    pub fn handled_by_shared(self, handler: Arc<P::Handler>) -> Accepted<P>
    where
        P: Dispatch,
    {
        let (peer, last) = (self.peer.clone(), handler.clone());
        Accepted {
            run: Box::pin(handle(self, handler)),
            farewell: Some(Box::new(move |cause| {
                Box::pin(async move { P::disconnected(&last, &peer, &cause).await })
            })),
            protocol: PhantomData,
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
        peer.connection()
            .end(Cause::Undecodable { protocol, error });
        Closed
    })
}

fn try_decode<P: Protocol>(
    peer: &Peer<P>,
    channel: &Channel,
    code: Code,
    payload: &[u8],
) -> Result<Incoming<P>, DecodeError> {
    let message = P::decode(channel.version, code, payload)?;
    let info = message.info();
    let Kind::Request { reply } = info.kind else {
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

/// A peer that its protocol has accepted, and how its messages will be handled.
#[must_use = "return it, so that the peer is served"]
pub struct Accepted<P: Protocol> {
    pub(super) run: BoxFuture<'static, Result>,
    pub(super) farewell: Option<Farewell>,
    protocol: PhantomData<fn() -> P>,
}

/// What is called with the cause when the connection has ended.
pub(super) type Farewell = Box<dyn FnOnce(Cause) -> BoxFuture<'static, ()> + Send>;

impl<P: Protocol> Accepted<P> {
    /// Serves the peer with a future; the connection ends when it completes.
    pub fn running(run: BoxFuture<'static, Result>) -> Self {
        Self {
            run,
            farewell: None,
            protocol: PhantomData,
        }
    }
}

impl<P: Protocol> fmt::Debug for Accepted<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted").finish_non_exhaustive()
    }
}
