//! A protocol together with its handler, and how one peer is served from beginning to end.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use super::inbox::Farewell;
use super::pending::Limits;
use super::race::{Either, catch_panic, either};
use super::{
    Accepted, BoxFuture, Cause, Channel, Connection, Escaped, HandlerError, Inbox, MessageInfo,
    Meter, Peer, Peers, Protocol, Queue, Result, StrayReplies, Version,
};
#[cfg(feature = "serde")]
use crate::identity::NodeId;
use crate::source::NodeSource;

/// How long an `accepting` function has unless set.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes of messages that may wait for a protocol unless set.
const QUEUE: u32 = 1024 * 1024;

/// A protocol and how it is served, to be passed to a server.
///
/// Created with [`Protocol::handled_by`], [`Protocol::accepting`] or [`Protocol::run`].
#[must_use = "nobody is served before a server, a node or a pipe has it"]
pub struct Service<P: Protocol> {
    start: Start<P>,
    peers: Peers<P>,
    /// The versions to offer, if not all.
    versions: Option<Vec<u64>>,
    handshake_timeout: Duration,
    queue: u32,
    pub(super) requests: Limits,
    pub(crate) sources: Vec<Arc<dyn NodeSource>>,
    #[cfg(feature = "serde")]
    pub(super) details: super::details::Details<P>,
}

type Start<P> =
    Box<dyn Fn(Peer<P>, Inbox<P>) -> BoxFuture<'static, Result<Accepted<P>>> + Send + Sync>;

impl<P: Protocol> Service<P> {
    pub(super) fn new(
        start: impl Fn(Peer<P>, Inbox<P>) -> BoxFuture<'static, Result<Accepted<P>>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            start: Box::new(start),
            peers: Peers::default(),
            versions: None,
            handshake_timeout: HANDSHAKE_TIMEOUT,
            queue: QUEUE,
            requests: Limits::default(),
            sources: Vec::new(),
            #[cfg(feature = "serde")]
            details: super::details::Details::default(),
        }
    }

    /// The protocol's peers, once it is served.
    pub fn peers(&self) -> Peers<P> {
        self.peers.clone()
    }

    /// The versions of the protocol to offer to peers, in any order; all of them by default.
    ///
    /// Two peers speak the highest version that both offer, which [`Peer::version`] returns.
    /// A peer that shares no version of any protocol is refused as useless (0x03).
    ///
    /// A server does not start if the protocol lacks one of the versions, or if there are none.
    ///
    /// ```
    /// # use p2p::{Protocol, Service};
    /// # #[derive(Protocol)]
    /// # #[protocol(name = "chat", versions = 1..=3)]
    /// # enum Message { #[message(code = 0)] Text(String) }
    /// # fn service() -> Service<Message> { Message::run(|_, _| async { Ok(()) }) }
    /// let service: Service<Message> = service().versions([2, 3]);
    /// ```
    pub fn versions(mut self, versions: impl IntoIterator<Item = u64>) -> Self {
        self.versions = Some(versions.into_iter().collect());
        self
    }

    /// How long a function given to [`Protocol::accepting`] may take for a peer; 5 seconds by default.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// How many bytes of messages may wait for this protocol, for each peer; 1 MiB by default, and at
    /// least 1 KiB.
    ///
    /// When the queue is full, nothing more is read from that peer's connection. A message larger than
    /// the queue is accepted when the queue is empty. At worst a peer costs a few times this
    /// much memory, because buffers grow in steps, plus one message of 16 MiB, or of the largest `max_size`.
    /// Messages already passed to a handler come on top; for requests, up to
    /// [`max_concurrent`](Self::max_concurrent) of them.
    pub fn queue_size(mut self, bytes: u32) -> Self {
        self.queue = bytes.max(1024);
        self
    }

    /// How many requests to one peer may wait for replies at the same time; 64 by default, and at least
    /// one.
    ///
    /// Further requests wait until one is answered, times out or is cancelled. Replies bypass the queue: at
    /// worst a peer costs this many unread replies of the largest size.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.requests.in_flight = requests;
        self
    }

    /// How many requests from one peer are handled concurrently; 16 by default, and at least one.
    ///
    /// Further requests wait in the queue, with notifications behind them. If the handlers of two nodes send
    /// each other more requests than this at once, they block each other until they time out. Each may
    /// hold a message of the request's `max_size`.
    pub fn max_concurrent(mut self, requests: usize) -> Self {
        self.requests.concurrent = requests;
        self
    }

    /// How long to wait for a reply if neither the request's message nor
    /// [`Request::within`](super::Request::within) says so; 10 seconds by default.
    ///
    /// The time starts when the request is queued for sending.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.requests.timeout = timeout;
        self
    }

    /// A source of nodes that are likely to speak this protocol. A server with this service dials them when
    /// there is room. It may be called several times. None by default.
    ///
    /// They share a part of the peers with the nodes of all other sources; see
    /// `Builder::dial_candidates`.
    pub fn dial_candidates(mut self, source: impl NodeSource + 'static) -> Self {
        self.sources.push(Arc::new(source));
        self
    }

    /// What to do with unexpected replies; by default they are counted and dropped.
    pub fn stray_replies(mut self, strays: StrayReplies) -> Self {
        self.requests.strays = strays;
        self
    }
}

impl<P: Protocol> fmt::Debug for Service<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("protocol", &P::NAME)
            .field("versions", &self.offered())
            .finish_non_exhaustive()
    }
}

/// A [`Service`] of whichever protocol.
pub(crate) trait AnyService: fmt::Debug + Send + Sync {
    fn name(&self) -> &'static str;
    /// The versions that the protocol has.
    fn spoken(&self) -> &'static [Version];
    /// The numbers of those to offer, or of others by mistake.
    fn offered(&self) -> Vec<u64>;
    /// The protocol's `Peers<P>`.
    fn peers(&self) -> Arc<dyn Any + Send + Sync>;
    fn handshake_timeout(&self) -> Duration;
    /// This protocol's share of a connection that speaks this version, with these message IDs.
    fn channel(&self, version: u64, ids: Range<u64>, meter: Arc<Meter>) -> Channel;
    /// The protocol's table of messages.
    fn messages(&self) -> &'static [MessageInfo];
    /// What the program tells of the protocol.
    #[cfg(feature = "serde")]
    fn node_details(&self) -> Option<serde_json::Value>;
    /// What the program tells of a peer that the protocol has accepted.
    #[cfg(feature = "serde")]
    fn peer_details(&self, id: &NodeId) -> Option<serde_json::Value>;
    /// Begins to serve a channel of this protocol, once it is polled.
    fn start(&self, connection: &Arc<Connection>, channel: usize) -> Starting<'_>;
}

/// A peer that its protocol has yet to accept.
pub(crate) type Starting<'a> = BoxFuture<'a, Result<Started>>;

/// An accepted peer, without the protocol's type.
pub(crate) struct Started {
    run: BoxFuture<'static, Result>,
    farewell: Option<Farewell>,
    /// Its place among the protocol's peers.
    listed: Box<dyn Any + Send>,
}

impl<P: Protocol> AnyService for Service<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn spoken(&self) -> &'static [Version] {
        P::VERSIONS
    }

    fn offered(&self) -> Vec<u64> {
        match &self.versions {
            Some(versions) => versions.clone(),
            None => P::VERSIONS.iter().map(|version| version.number).collect(),
        }
    }

    fn peers(&self) -> Arc<dyn Any + Send + Sync> {
        Arc::new(self.peers.clone())
    }

    fn handshake_timeout(&self) -> Duration {
        self.handshake_timeout
    }

    fn channel(&self, version: u64, ids: Range<u64>, meter: Arc<Meter>) -> Channel {
        let inbox = Arc::new(Queue::new(self.queue));
        let peers = self.peers.clone();
        Channel::new(version, ids, inbox, peers, self.requests, meter)
    }

    fn messages(&self) -> &'static [MessageInfo] {
        P::MESSAGES
    }

    #[cfg(feature = "serde")]
    fn node_details(&self) -> Option<serde_json::Value> {
        self.told_of_node()
    }

    #[cfg(feature = "serde")]
    fn peer_details(&self, id: &NodeId) -> Option<serde_json::Value> {
        self.told_of_peer(id)
    }

    fn start(&self, connection: &Arc<Connection>, channel: usize) -> Starting<'_> {
        let peer = Peer::<P>::of(connection.clone(), channel);
        Box::pin(async move {
            let inbox = Inbox::new(peer.clone());
            let Accepted { run, farewell, .. } = (self.start)(peer.clone(), inbox).await?;
            Ok(Started {
                run,
                farewell,
                listed: Box::new(Listed::new(peer)),
            })
        })
    }
}

/// A peer's place among its protocol's peers.
struct Listed<P: Protocol>(Peer<P>);

impl<P: Protocol> Listed<P> {
    fn new(peer: Peer<P>) -> Self {
        peer.peers().insert(peer.clone());
        Self(peer)
    }
}

impl<P: Protocol> Drop for Listed<P> {
    fn drop(&mut self) {
        self.0.peers().remove(&self.0);
    }
}

/// Serves one channel of a connection until the connection has ended; a protocol that ends, ends it.
///
/// `accepting` bounds the time until the peer is accepted, and what `leaving` returns that of `disconnected`.
pub(crate) async fn serve<L: Future<Output = ()>>(
    service: &dyn AnyService,
    connection: &Arc<Connection>,
    channel: usize,
    accepting: impl Future<Output = ()>,
    leaving: impl FnOnce() -> L,
) {
    let serving = Serving {
        service,
        connection,
        channel,
    };
    // What is needed only at the begin and at the end takes up no room between.
    let Some(started) = Box::pin(serving.accept(accepting)).await else {
        return;
    };
    let Started {
        run,
        farewell,
        listed,
    } = started;
    connection.protocol_accepted();
    // The handler goes first, so that its `connected` is called if its `disconnected` will be.
    let done = either(pin!(catch_panic(run)), pin!(connection.ended())).await;
    match done {
        Either::First(Ok(Ok(()))) => {
            let protocol = service.name();
            connection.protocol_ended(Cause::ProtocolEnded { protocol });
        }
        Either::First(Ok(Err(error))) => serving.returned(error),
        Either::First(Err(text)) => serving.panicked(text),
        Either::Second(_) => {}
    }
    Box::pin(serving.leave(listed, farewell, leaving)).await;
}

/// A channel that is served.
struct Serving<'a> {
    service: &'a dyn AnyService,
    connection: &'a Arc<Connection>,
    channel: usize,
}

impl Serving<'_> {
    /// Waits until the protocol has accepted the peer; if it does not, the connection has ended.
    async fn accept(&self, accepting: impl Future<Output = ()>) -> Option<Started> {
        let starting = catch_panic(self.service.start(self.connection, self.channel));
        let (ended, accepting) = (pin!(self.connection.ended()), pin!(accepting));
        let stop = pin!(either(ended, accepting));
        let done = either(pin!(starting), stop).await;
        match done {
            Either::First(Ok(Ok(started))) => return Some(started),
            Either::First(Ok(Err(error))) => self.returned(error),
            Either::First(Err(text)) => self.panicked(text),
            Either::Second(Either::First(_)) => {}
            Either::Second(Either::Second(())) => {
                let protocol = self.service.name();
                self.connection
                    .protocol_ended(Cause::HandshakeTimeout { protocol });
            }
        }
        None
    }

    /// Waits for the connection's end, and tells the handler.
    async fn leave<L: Future<Output = ()>>(
        &self,
        listed: Box<dyn Any + Send>,
        farewell: Option<Farewell>,
        leaving: impl FnOnce() -> L,
    ) {
        let cause = self.connection.ended().await.clone();
        drop(listed);
        let Some(farewell) = farewell else { return };
        let protocol = self.service.name();
        let left = either(pin!(catch_panic(farewell(cause))), pin!(leaving())).await;
        match left {
            Either::First(Ok(())) => {}
            Either::First(Err(text)) => {
                tracing::error!(protocol, panic = %Escaped(text), "disconnected() panicked");
            }
            Either::Second(()) => {
                tracing::warn!(protocol, "disconnected() took too long and was dropped");
            }
        }
    }

    fn message(&self) -> Option<&'static str> {
        let channel = &self.connection.channels[self.channel];
        channel.name_of(channel.handling()?)
    }

    fn returned(&self, error: HandlerError) {
        self.connection.protocol_ended(Cause::Handler {
            protocol: self.service.name(),
            message: self.message(),
            error: Arc::new(error),
        });
    }

    fn panicked(&self, text: Arc<str>) {
        self.connection.protocol_ended(Cause::Panicked {
            protocol: self.service.name(),
            message: self.message(),
            text,
        });
    }
}
