//! The messages that come from a peer, and who takes them.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::race::yield_now;
use super::{
    Batch, BoxFuture, Cause, Closed, Code, DecodeError, Dispatch, HandledBy, Peer, Protocol, Result,
};

/// The messages of a protocol that come from one peer, in order.
pub struct Inbox<P: Protocol> {
    peer: Peer<P>,
    channel: usize,
    batch: Batch,
    /// Messages that were taken since other tasks could last run.
    taken: u32,
}

/// Messages that are taken before other tasks get their turn, however many have come.
const TURN: u32 = 64;

impl<P: Protocol> Inbox<P> {
    pub(super) fn new(peer: Peer<P>, channel: usize) -> Self {
        Self {
            peer,
            channel,
            batch: Batch::default(),
            taken: 0,
        }
    }

    /// The peer that the messages come from.
    pub fn peer(&self) -> &Peer<P> {
        &self.peer
    }

    /// Waits for the next message.
    ///
    /// A message that can't be decoded is not returned: it ends the connection with a breach of
    /// protocol.
    ///
    /// # Errors
    ///
    /// [`Closed`] when the connection has ended, or once everything that came was taken when the server
    /// is stopping.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, no message is lost.
    pub async fn recv(&mut self) -> Result<P, Closed> {
        let channel = &self.peer.connection().channels[self.channel];
        channel.set_handling(None);
        if self.taken >= TURN {
            yield_now().await;
            self.taken = 0;
        }
        self.taken += 1;
        let decoded = loop {
            if self.peer.connection().is_ended_by_us() {
                return Err(Closed);
            }
            if let Some(taken) = self.batch.pop() {
                let code = Code(taken.number);
                channel.set_handling(Some(code));
                let decoded = P::decode(channel.version, code, taken.body.bytes());
                channel.inbox.release(taken.cost as usize);
                break decoded;
            }
            channel.inbox.take(&mut self.batch).await?;
        };
        decoded.map_err(|error| self.refuse(error))
    }

    fn refuse(&self, error: DecodeError) -> Closed {
        self.peer.connection().end(Cause::Undecodable {
            protocol: P::NAME,
            error,
        });
        Closed
    }

    /// Gives all further messages to a handler of this peer's own.
    ///
    /// It ends what [`Protocol::accepting`] does for a peer.
    pub fn handled_by<H>(self, handler: H) -> Accepted<P>
    where
        P: HandledBy<H>,
    {
        self.handled_by_shared(P::shared(handler))
    }

    /// As [`handled_by`](Self::handled_by), with a handler that is shared already.
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

/// The loop of a handler: one message after the other.
async fn handle<P: Dispatch>(mut inbox: Inbox<P>, handler: Arc<P::Handler>) -> Result {
    let peer = inbox.peer.clone();
    P::connected(&handler, &peer).await?;
    while let Ok(message) = inbox.recv().await {
        message.dispatch(&handler, &peer).await?;
    }
    Ok(())
}

impl<P: Protocol> fmt::Debug for Inbox<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// A peer that its protocol has accepted, with what will be done with its messages.
#[must_use = "return it, so that the peer is served"]
pub struct Accepted<P: Protocol> {
    pub(super) run: BoxFuture<'static, Result>,
    pub(super) farewell: Option<Farewell>,
    protocol: PhantomData<fn() -> P>,
}

/// What is called with the cause when the connection has ended.
pub(super) type Farewell = Box<dyn FnOnce(Cause) -> BoxFuture<'static, ()> + Send>;

impl<P: Protocol> Accepted<P> {
    /// Serves the peer with a future, which ends the connection when it is ready.
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
