//! A protocol together with its handler and settings.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "serde")]
use serde::Serialize;
#[cfg(feature = "serde")]
use serde_json::Value;

use super::handling::{Accepted, OnEnd};
use super::inbox::Inbox;
use super::peer::Peer;
use super::peers::Peers;
use crate::connection::Connection;
#[cfg(feature = "cli")]
use crate::connection::account::SMALL;
use crate::connection::channel::{Channel, Ids};
use crate::connection::handler_error::Result;
use crate::connection::messages::{Messages, Metering};
use crate::connection::pending::{RequestLimits, StrayReplies};
use crate::connection::queue::Queue;
use crate::future::BoxFuture;
#[cfg(feature = "serde")]
use crate::identity::NodeId;
use crate::protocol::Protocol;
use crate::protocol::numbers::Version;
use crate::protocol::table::MessageInfo;
use crate::source::NodeSource;
use crate::timer;

/// The default time limit of an `accepting` function.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// The default size of a protocol's queue in bytes.
const QUEUE: u32 = 1024 * 1024;

/// A protocol and how it is served, to be passed to a server.
///
/// Created with [`ServeExt::handled_by`](crate::ServeExt::handled_by), [`ServeExt::accepting`](crate::ServeExt::accepting) or [`ServeExt::run`](crate::ServeExt::run).
#[must_use = "nobody is served before a server, a node or a pipe has it"]
pub struct Service<P: Protocol> {
    start: Start<P>,
    peers: Peers<P>,
    /// The versions to offer; all if `None`.
    versions: Option<Vec<u64>>,
    handshake_timeout: Duration,
    queue: u32,
    pub(super) requests: RequestLimits,
    pub(crate) sources: Vec<Arc<dyn NodeSource>>,
    #[cfg(feature = "serde")]
    details: Details<P>,
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
            requests: RequestLimits::default(),
            sources: Vec::new(),
            #[cfg(feature = "serde")]
            details: Details::default(),
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
    /// # use p2p::{Protocol, ServeExt, Service};
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

    /// How long a function given to [`ServeExt::accepting`](crate::ServeExt::accepting) may take for a peer; 5 seconds by default.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.handshake_timeout = timeout;
        self
    }

    /// How many bytes of messages may wait for this protocol, for each peer; 1 MiB by default, and at
    /// least 1 KiB.
    ///
    /// When the queue is full, nothing more is read from that peer's connection. A message larger than
    /// the queue is accepted when the queue is empty, if the peer's account has room for it.
    /// [`what_a_peer_can_cost`](crate::what_a_peer_can_cost) has the sums.
    pub fn queue_size(mut self, bytes: u32) -> Self {
        self.queue = bytes.max(1024);
        self
    }

    /// How many requests to one peer may wait for replies at the same time; 64 by default, and at least
    /// one.
    ///
    /// Further requests wait until one is answered, times out or is cancelled; their own time passes meanwhile.
    /// Replies bypass the queue, and have room of their own: see
    /// [`what_a_peer_can_cost`](crate::what_a_peer_can_cost).
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.requests.in_flight = requests;
        self
    }

    /// How many requests from one peer are handled concurrently; 16 by default, and at least one.
    ///
    /// Further requests wait in the queue, with notifications behind them. If the handlers of two nodes send
    /// each other more requests than this at once, they block each other until they time out. A request is handled
    /// when there is room for its reply: see [`what_a_peer_can_cost`](crate::what_a_peer_can_cost).
    pub fn max_concurrent(mut self, requests: usize) -> Self {
        self.requests.concurrent = requests;
        self
    }

    /// How long a request may take if neither its message nor
    /// [`Request::timeout`](crate::Request::timeout) says so; 10 seconds by default.
    ///
    /// The time counts from the call of [`Peer::request`](crate::Peer::request), before the request is sent.
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

#[cfg(feature = "serde")]
impl<P: Protocol> Service<P> {
    /// Sets what `Server::node_info` reports for this protocol instead of the
    /// versions, which are the default. `tell` is called on each request, and must not block.
    ///
    /// If `tell` panics, or its value serialises to nothing (`None`) or fails to serialise, it is left out.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::sync::Arc;
    ///
    /// # use p2p::{Protocol, ServeExt, Service};
    /// # #[derive(Protocol)]
    /// # #[protocol(name = "chain", version = 1)]
    /// # enum Message { Head(u64) }
    /// # fn service() -> Service<Message> { Message::run(|_, _| async { Ok(()) }) }
    /// let height = Arc::new(AtomicU64::new(0));
    /// let told = height.clone();
    /// let service: Service<Message> = service()
    ///     .node_info(move || told.load(Ordering::Relaxed))
    ///     .peer_info(|peer| peer.info().p2p_version);
    /// # let _ = service;
    /// ```
    pub fn node_info<T: Serialize>(mut self, tell: impl Fn() -> T + Send + Sync + 'static) -> Self {
        self.details.node = Some(Box::new(move || value::<P, T>(&tell)));
        self
    }

    /// Sets what `Server::peers_info` reports for this protocol and a peer instead
    /// of the version. Like [`node_info`](Self::node_info), but called for each peer that the protocol has accepted.
    pub fn peer_info<T: Serialize>(
        mut self,
        tell: impl Fn(&Peer<P>) -> T + Send + Sync + 'static,
    ) -> Self {
        self.details.peer = Some(Box::new(move |peer| value::<P, T>(|| tell(peer))));
        self
    }
}

/// The program's own information about the protocol and each peer, for a console or an RPC.
#[cfg(feature = "serde")]
struct Details<P: Protocol> {
    node: Option<Box<dyn Fn() -> Option<Value> + Send + Sync>>,
    peer: Option<Box<TellOfPeer<P>>>,
}

#[cfg(feature = "serde")]
type TellOfPeer<P> = dyn Fn(&Peer<P>) -> Option<Value> + Send + Sync;

#[cfg(feature = "serde")]
impl<P: Protocol> Default for Details<P> {
    fn default() -> Self {
        Self {
            node: None,
            peer: None,
        }
    }
}

/// Serialises the program's value; `None` if it is null or fails.
#[cfg(feature = "serde")]
fn value<P: Protocol, T: Serialize>(tell: impl Fn() -> T) -> Option<Value> {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    let protocol = P::NAME;
    match catch_unwind(AssertUnwindSafe(|| serde_json::to_value(tell()))) {
        Ok(Ok(Value::Null)) => None,
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            tracing::warn!(protocol, %error, "the program's information about a protocol does not serialise");
            None
        }
        Err(_) => {
            tracing::warn!(
                protocol,
                "the program's information about a protocol panicked"
            );
            None
        }
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

/// A [`Service`] without its protocol's type.
pub(crate) trait AnyService: fmt::Debug + Send + Sync {
    /// The protocol's name.
    fn name(&self) -> &'static str;
    /// The versions that the protocol has.
    fn spoken(&self) -> &'static [Version];
    /// The numbers of the versions to offer. The user may name some that the protocol lacks.
    fn offered(&self) -> Vec<u64>;
    /// The protocol's `Peers<P>`.
    fn peers(&self) -> Arc<dyn Any + Send + Sync>;
    fn handshake_timeout(&self) -> Duration;
    /// The protocol's table of messages, of all versions.
    fn messages(&self) -> &'static [MessageInfo];
    /// The messages of one version, to be shared by all connections that speak it.
    fn messages_of(&self, version: u64, metering: Metering) -> Messages;
    /// This protocol's share of a connection, with these message IDs.
    fn channel(&self, messages: Arc<Messages>, ids: Ids) -> Channel;
    /// The most bytes that a peer can make its channel hold beside the account.
    #[cfg(feature = "cli")]
    fn most_memory(&self) -> usize;
    /// The program's own information about the protocol.
    #[cfg(feature = "serde")]
    fn node_info_json(&self) -> Option<Value>;
    /// The program's own information about a peer that the protocol has accepted.
    #[cfg(feature = "serde")]
    fn peer_info_json(&self, id: &NodeId) -> Option<Value>;
    /// Starts to serve a channel of this protocol, once the future is polled.
    fn start(&self, connection: &Arc<Connection>, channel: u16) -> Starting<'_>;
}

/// Completes when the protocol accepts or rejects the peer.
pub(crate) type Starting<'a> = BoxFuture<'a, Result<Started>>;

/// An accepted peer, without the protocol's type.
pub(crate) struct Started {
    pub(super) run: BoxFuture<'static, Result>,
    pub(super) on_end: Option<OnEnd>,
    /// Its place among the protocol's peers.
    pub(super) listed: Box<dyn Any + Send>,
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

    fn messages(&self) -> &'static [MessageInfo] {
        P::MESSAGES
    }

    fn messages_of(&self, version: u64, metering: Metering) -> Messages {
        Messages::new::<P>(version, metering)
    }

    #[cfg(feature = "cli")]
    fn most_memory(&self) -> usize {
        let methods = self.requests.concurrent.max(1).saturating_add(1);
        (self.queue as usize).saturating_add(methods.saturating_mul(SMALL))
    }

    fn channel(&self, messages: Arc<Messages>, ids: Ids) -> Channel {
        let inbox = Arc::new(Queue::new(self.queue));
        let peers = Arc::new(self.peers.clone());
        Channel::new(messages, ids, inbox, peers, self.requests, timer::now())
    }

    #[cfg(feature = "serde")]
    fn node_info_json(&self) -> Option<Value> {
        self.details.node.as_ref()?()
    }

    #[cfg(feature = "serde")]
    fn peer_info_json(&self, id: &NodeId) -> Option<Value> {
        let tell = self.details.peer.as_ref()?;
        tell(&self.peers.find(id)?)
    }

    fn start(&self, connection: &Arc<Connection>, channel: u16) -> Starting<'_> {
        let peer = Peer::<P>::of(connection.clone(), channel);
        Box::pin(async move {
            let inbox = Inbox::new(peer.clone());
            let Accepted { run, on_end, .. } = (self.start)(peer.clone(), inbox).await?;
            Ok(Started {
                run,
                on_end,
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
