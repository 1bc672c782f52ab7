//! The handle to a running server.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

use super::ambient::{after, now};
use super::core::{Core, Never};
use super::dial;
use super::info::{NodeInfo, NodeProtocol, PeerStatus, Ports};
use super::limits::PeerLimits;
use super::records::{Explanation, Record};
use crate::connection::cause::Cause;
use crate::connection::info::PeerInfo;
use crate::disconnect::DisconnectReason;
use crate::driver::error::ConnectError;
use crate::driver::event::Events;
use crate::enode::Enode;
use crate::identity::{NodeId, PublicKey};
use crate::protocol::Protocol;
use crate::serve::peers::Peers;

/// The extra time that a shutdown gets on a busy machine.
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
/// # use p2p::{NodeKey, Protocol, ServeExt, Server};
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

/// Stops the server when it is dropped.
#[derive(Debug)]
struct Handle {
    core: Arc<Core>,
    /// Closes when the last task of the server has ended.
    tasks: Mutex<mpsc::Receiver<Never>>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.core.stop();
    }
}

impl Server {
    pub(super) fn new(core: Arc<Core>, tasks: mpsc::Receiver<Never>) -> Self {
        let tasks = Mutex::new(tasks);
        let handle = Arc::new(Handle { core, tasks });
        Self { handle }
    }

    pub(super) fn core(&self) -> &Arc<Core> {
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

    /// The most bytes that peers can make this node hold.
    #[cfg(feature = "cli")]
    pub(crate) fn most_memory(&self) -> usize {
        self.core().most_memory()
    }

    /// The address that the server listens on, with the actual port if 0 was requested.
    pub fn listen_addr(&self) -> Option<SocketAddr> {
        self.core().listen_addr
    }

    /// The URL at which others reach this node.
    ///
    /// If the server listens on all addresses, the URL has the loopback address, for want of a better one; if it does
    /// not listen, the port is 0. Servers with a [`Dialer`](crate::Dialer) accept such a URL as a static node.
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

    /// The identities of all connected peers: key, software, capabilities and addresses, in no particular order.
    /// They do not change during a connection. A handler reads its own peer's from
    /// [`Peer::info`](crate::Peer::info).
    ///
    /// [`peers_info`](Self::peers_info) adds what this server knows, as a summary for a console or an RPC.
    /// [`protocol`](Self::protocol) returns handles that send.
    pub fn peers(&self) -> Vec<PeerInfo> {
        self.core().table().infos().cloned().collect()
    }

    /// A summary of each peer, ordered by ID, like go-ethereum's `admin.peers`.
    ///
    /// Besides what [`peers`](Self::peers) returns, it says which protocols are spoken, whether the peer is trusted
    /// or static, and how long it has been a peer.
    pub fn peers_info(&self) -> Vec<PeerStatus> {
        let statuses = self.core().table().statuses(now());
        // The table is unlocked first, because the program's own code may call the server.
        #[cfg(feature = "serde")]
        let statuses = self.with_details(statuses);
        statuses
    }

    /// How long a node has been a peer; `None` if it is not one.
    pub fn lifetime(&self, id: &NodeId) -> Option<Duration> {
        let since = self.core().table().since(id)?;
        Some(now().duration_since(since))
    }

    /// The number of connected peers.
    pub fn peer_count(&self) -> usize {
        self.core().table().len()
    }

    /// Handles to the peers that have been accepted by protocol `P`, for sending to one or many; `None` if this
    /// server does not speak it.
    ///
    /// It is the same as [`Service::peers`](crate::Service::peers), which the program can call before the server
    /// starts, and [`Peer::peers`](crate::Peer::peers) in a handler.
    pub fn protocol<P: Protocol>(&self) -> Option<Peers<P>> {
        self.core()
            .services
            .iter()
            .find_map(|service| service.peers().downcast_ref::<Peers<P>>().cloned())
    }

    /// Subscribes to the events from now on: peers that are added, dropped or refused.
    pub fn events(&self) -> Events {
        self.core().events.subscribe()
    }

    /// Explains why a node is or is not a peer, with the records of its past connections, as data and as a sentence.
    ///
    /// ```
    /// # fn tell(server: &p2p::Server, node: &p2p::NodeId) {
    /// println!("{}", server.why(node));
    /// # }
    /// ```
    pub fn why(&self, id: &NodeId) -> Explanation {
        self.core().why(id)
    }

    /// The records of past connections, including those of unknown nodes, most recent first.
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
        table.ban(*id, after(time));
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
    ///
    /// It does at run time what [`static_nodes`](crate::Builder::static_nodes) does at the start.
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
    /// [`trusted_nodes`](crate::Builder::trusted_nodes).
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
    /// [`redial_interval`](crate::Config::redial_interval) has passed. If the node is already being dialed, as a static
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
        dial::connect(self.core(), enode.clone()).await
    }

    /// Disconnects a peer with this reason. Returns `false` if it is not connected.
    pub fn disconnect(&self, id: &NodeId, reason: DisconnectReason) -> bool {
        let connection = self.core().table().find(id);
        connection
            .map(|connection| connection.end(Cause::Requested(reason)))
            .is_some()
    }

    /// Stops the server: it admits no more peers, handlers finish what has arrived within a time limit, and
    /// every peer is sent a reason. Returns when everything is done and the node database is written.
    ///
    /// The limit is [`shutdown_timeout`](crate::Config::shutdown_timeout) for handlers, and then the same again for
    /// `disconnected`, or three times [`linger_timeout`](crate::Config::linger_timeout) if that is longer. A handler
    /// that is still running after that never yields, and is abandoned with its connection. On a
    /// single-threaded runtime nothing else runs in the meantime.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the shutdown goes on.
    pub async fn shutdown(&self) {
        self.core().stop();
        let ended = async {
            // Nothing is ever sent. It returns `None` when the last task has dropped its sender.
            while self.handle.tasks.lock().await.recv().await.is_some() {}
        };
        let bound = self.core().timing.longest_end();
        if timeout(bound.saturating_add(GRACE), ended).await.is_err() {
            tracing::warn!("a handler never yields, and is left behind with its connection");
        }
        #[cfg(feature = "database")]
        self.core().node_log.write().await;
        self.core().events.close();
    }

    #[cfg(feature = "serde")]
    fn with_details(&self, mut statuses: Vec<PeerStatus>) -> Vec<PeerStatus> {
        for status in &mut statuses {
            for service in &self.core().services {
                // If several services have versions of one protocol, only one of them knows the peer.
                if let Some(protocol) = status.protocols.get_mut(service.name())
                    && let Some(details) = service.peer_info_json(&status.id)
                {
                    protocol.details = Some(details);
                }
            }
        }
        statuses
    }

    /// A summary of this node, like go-ethereum's `admin.nodeInfo`.
    pub fn node_info(&self) -> NodeInfo {
        let enode = self.enode();
        let ip = enode.ip().unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let mut protocols = BTreeMap::<String, NodeProtocol>::new();
        for service in &self.core().services {
            let protocol = protocols.entry(service.name().to_owned()).or_default();
            protocol.versions.extend(service.offered());
            protocol.versions.sort_unstable();
            #[cfg(feature = "serde")]
            if protocol.details.is_none() {
                protocol.details = service.node_info_json();
            }
        }
        NodeInfo {
            id: self.public_key().node_id(),
            name: self.name().to_owned(),
            ip,
            ports: Ports {
                // There is no discovery yet. The URL does not say so, to be easier to pass on without a query.
                discovery: 0,
                listener: enode.tcp_port(),
            },
            listen_addr: self.listen_addr(),
            protocols,
            enode,
        }
    }
}
