//! The server: it listens, dials, admits peers, and ends their connections.

mod addresses;
mod admission;
mod attach;
mod builder;
mod config;
mod connect;
mod core;
mod counts;
mod dialer;
mod error;
mod event;
mod gate;
mod info;
#[cfg(feature = "database")]
mod known;
mod listener;
mod mix;
mod open;
mod pending;
mod place;
mod record;
mod schedule;
mod stream;
mod throttle;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

pub use addresses::AddressLimits;
pub use admission::PeerLimits;
pub use builder::Builder;
#[cfg(feature = "cli")]
pub(crate) use builder::{listen, parse_listen_addr};
pub use error::StartError;
pub(crate) use event::Feed;
pub use event::{Event, EventError, Events, MessageEvent};
pub use info::{NodeInfo, NodeProtocol, PeerNetwork, PeerProtocol, PeerStatus, Ports};
pub use record::{Farewell, Outcome, Record, Why};
pub use stream::Dialer;

use self::core::{Core, Never};
use crate::disconnect::DisconnectReason;
use crate::enode::Enode;
use crate::identity::{NodeId, PublicKey};
use crate::peer::ConnectError;
use crate::protocol::{Cause, PeerInfo, Peers, Protocol};

/// What a busy machine may take beyond the bound of a shutdown.
const GRACE: Duration = Duration::from_secs(1);

/// A running node: it owns the connections to its peers.
///
/// Cheap to clone. When the last clone is dropped, the server shuts down in the background; call
/// [`shutdown`](Self::shutdown) to wait for it.
///
/// A handler that holds a clone of its own server keeps that server running: dropping the other handles no
/// longer stops it, and the handler is not freed even after `shutdown`. Let it hold a
/// [`Weak<Server>`](std::sync::Weak), and the program an `Arc<Server>`; most handlers need neither, as
/// [`Peer`](crate::Peer) sends, [disconnects](crate::Peer::disconnect) and knows the
/// [other peers](crate::Peer::peers), and an error [bans](crate::OrDisconnect::or_ban).
///
/// ```
/// # use p2p::{NodeKey, Protocol, Server};
/// # #[derive(Protocol)]
/// # #[protocol(name = "foobar", version = 1)]
/// # enum Message { Text(String) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Server::builder()
///     .private_key(NodeKey::random())
///     .name("example/v1")
///     .max_peers(25)
///     .listen_addr("127.0.0.1:0")
///     .protocol(Message::run(|peer, _inbox| async move {
///         peer.send(Message::Text("hello".into())).await?;
///         Ok(())
///     }))
///     .start()
///     .await?;
/// println!("{}", server.enode());
/// server.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a server stops when its last handle is dropped"]
pub struct Server {
    handle: Arc<Handle>,
}

/// What stops the server when it is dropped.
#[derive(Debug)]
struct Handle {
    core: Arc<Core>,
    /// Ends when the last task of the server has ended.
    tasks: Mutex<mpsc::Receiver<Never>>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.core.stop();
    }
}

impl Server {
    /// Starts to configure a server.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn new(core: Arc<Core>, tasks: mpsc::Receiver<Never>) -> Self {
        let tasks = Mutex::new(tasks);
        let handle = Arc::new(Handle { core, tasks });
        Self { handle }
    }

    fn core(&self) -> &Arc<Core> {
        &self.handle.core
    }

    /// The node's public key.
    pub fn public_key(&self) -> &PublicKey {
        self.core().key.public_key()
    }

    /// The software name that is sent to peers.
    pub fn name(&self) -> &str {
        &self.core().hello.client
    }

    /// The address that the server listens on, with the actual port if 0 was requested.
    pub fn listen_addr(&self) -> Option<SocketAddr> {
        self.core().listen_addr
    }

    /// The URL at which others reach this node.
    ///
    /// If the server listens on all addresses, the URL has the loopback address, for want of a better
    /// one; if it does not listen, the port is 0. Servers with a [`Dialer`] take such a URL as a static node.
    pub fn enode(&self) -> Enode {
        let mut address = self
            .listen_addr()
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        Enode::new(*self.public_key(), address)
    }

    /// How many peers there may be, and how they are divided between inbound and dialed ones.
    pub fn limits(&self) -> PeerLimits {
        self.core().table().limits()
    }

    /// All connected peers.
    pub fn peers(&self) -> Vec<PeerInfo> {
        self.core().table().infos()
    }

    /// How long a node has been a peer; `None` if it is not one.
    pub fn lifetime(&self, id: &NodeId) -> Option<Duration> {
        let since = self.core().table().since(id)?;
        Some(core::now().duration_since(since))
    }

    /// The number of connected peers.
    pub fn peer_count(&self) -> usize {
        self.core().table().len()
    }

    /// The peers that speak `P`, for sending to one or many; `None` if this server does not speak it.
    pub fn protocol<P: Protocol>(&self) -> Option<Peers<P>> {
        self.core()
            .services
            .iter()
            .find_map(|service| service.peers().downcast_ref::<Peers<P>>().cloned())
    }

    /// Subscribes to events from now on: peers that are added, dropped or refused.
    pub fn events(&self) -> Events {
        self.core().events.subscribe()
    }

    /// Why a node is or was not a peer: what became of its connections, as data and as a sentence.
    ///
    /// ```
    /// # fn tell(server: &p2p::Server, node: &p2p::NodeId) {
    /// println!("{}", server.why(node));
    /// # }
    /// ```
    pub fn why(&self, id: &NodeId) -> Why {
        self.core().why(id)
    }

    /// What became of past connections, including those of unknown nodes, most recent first.
    pub fn records(&self) -> Vec<Record> {
        self.core().records().all()
    }

    /// Refuses a node for this long, and disconnects it. A trusted node is still admitted.
    /// The reason sent is [`DisconnectReason::UselessPeer`].
    ///
    /// A handler bans its own peer with [`or_ban`](crate::OrDisconnect::or_ban): it needs no server, and its error
    /// stays the cause of the end. This one ends the connection at once, with [`Cause::Requested`].
    pub fn ban(&self, id: &NodeId, time: Duration) {
        let mut table = self.core().table();
        table.ban(*id, core::after(time));
        let is_trusted = table.is_trusted(id);
        drop(table);
        if !is_trusted {
            self.disconnect(id, DisconnectReason::UselessPeer);
        }
        self.core().dial_again.notify_one();
    }

    /// Lifts a ban early. Returns `false` if there is none.
    pub fn unban(&self, id: &NodeId) -> bool {
        let was_banned = self.core().table().unban(id);
        self.core().dial_again.notify_one();
        was_banned
    }

    /// Adds a static node, which is dialed now and redialed whenever it is not connected. If it was dialed
    /// recently, the usual redial interval applies.
    ///
    /// Another URL for the same key replaces the previous one, and is dialed at once.
    pub fn add_peer(&self, enode: Enode) {
        self.core().add_static(enode);
    }

    /// Removes a static node, and disconnects it. It can still connect to this node.
    pub fn remove_peer(&self, key: &PublicKey) {
        let id = key.node_id();
        self.core().schedule().remove(&id);
        self.disconnect(&id, DisconnectReason::Requested);
    }

    /// From now on, exempts a node from every limit on peers, whether it connects or is dialed, like
    /// [`trusted_nodes`](Builder::trusted_nodes).
    pub fn add_trusted_peer(&self, key: &PublicKey) {
        self.core().table().trust(key.node_id());
        // It may be a static node that waits for room.
        self.core().dial_again.notify_one();
    }

    /// Applies the limits to a node again. If it is a peer, it stays one.
    pub fn remove_trusted_peer(&self, key: &PublicKey) {
        self.core().table().distrust(&key.node_id());
    }

    /// Dials a node once, and waits until it is a peer and every protocol that both speak has accepted it.
    ///
    /// It is dialed at once, whatever else is being dialed, and is not redialed automatically until
    /// [`redial_interval`](Builder::redial_interval) has passed. If the node is already being dialed, as a static
    /// node or by another call, this waits for that dial instead of repeating it.
    ///
    /// # Errors
    ///
    /// A [`ConnectError`] that says why it did not become a peer.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the attempt goes on.
    pub async fn connect(&self, enode: &Enode) -> Result<PeerInfo, ConnectError> {
        dialer::connect(self.core(), enode.clone()).await
    }

    /// Disconnects a peer with this reason. Returns `false` if it is not connected.
    pub fn disconnect(&self, id: &NodeId, reason: DisconnectReason) -> bool {
        let connection = self.core().table().find(id);
        connection
            .map(|connection| connection.end(Cause::Requested(reason)))
            .is_some()
    }

    /// Stops the server: it accepts no more peers, handlers finish what has arrived within a time limit, and
    /// every peer is told. Returns when everything is done and the node database is written.
    ///
    /// The limit is [`shutdown_timeout`](Builder::shutdown_timeout) for handlers, and then the same again for
    /// `disconnected`, or three times [`linger_timeout`](Builder::linger_timeout) if that is longer. A handler
    /// that is still running after that never yields, and is abandoned with its connection. On a
    /// single-threaded runtime nothing else runs in the meantime.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the shutdown goes on.
    pub async fn shutdown(&self) {
        self.core().stop();
        let ended = async {
            // Nothing is ever sent: it ends when the last task drops its sender.
            while self.handle.tasks.lock().await.recv().await.is_some() {}
        };
        let bound = self.core().config.timing.longest_end();
        if timeout(bound.saturating_add(GRACE), ended).await.is_err() {
            tracing::warn!("a handler never yields, and is left behind with its connection");
        }
        #[cfg(feature = "database")]
        if let Some(database) = &self.core().config.database {
            known::write(database).await;
        }
        self.core().events.close();
    }
}

#[cfg(test)]
mod tests;
