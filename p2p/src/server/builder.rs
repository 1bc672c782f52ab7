//! Setting up a server: everything is checked before anything starts.

mod addresses;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::config::{Config, Rule};
use super::core::Core;
use super::error::StartError;
#[cfg(feature = "database")]
use super::known;
use super::{Dialer, Events, Server, counts, dialer, listener};
use crate::capability::Capability;
#[cfg(feature = "database")]
use crate::discovery::NodeDatabase;
use crate::enode::Enode;
use crate::identity::{NodeKey, PublicKey};
use crate::network::Network;
use crate::peer::Rejection;
use crate::protocol::{AnyService, MessageInfo, PeerInfo, Protocol, Service};
use crate::rlp::Encode;
use crate::session::{Hello, MAX_HELLO, Offer, P2P_VERSION};
use crate::source::NodeSource;

/// The settings of a [`Server`], under the names of go-ethereum's `p2p.Config`.
///
/// Only [`private_key`](Self::private_key) and one [`protocol`](Self::protocol) are required.
#[derive(Debug, Default)]
#[must_use = "nothing runs before start is called"]
pub struct Builder {
    pub(crate) private_key: Option<NodeKey>,
    pub(crate) name: Option<String>,
    pub(crate) listen_addr: Option<String>,
    services: Vec<Arc<dyn AnyService>>,
    pub(crate) config: Config,
}

impl Builder {
    /// The node's key, which is its identity. There is no default.
    pub fn private_key(mut self, key: NodeKey) -> Self {
        self.private_key = Some(key);
        self
    }

    /// The name and version of the software, sent to every peer, such as `foobar/v1.0.0`. The default
    /// names this crate. Together with all capabilities it must fit into a Hello of 2 KiB.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a protocol with its service and its sources of nodes to dial. At worst, each peer costs the
    /// protocol's [`queue_size`](Service::queue_size) and one message.
    pub fn protocol<P: Protocol>(mut self, service: Service<P>) -> Self {
        self.config.sources.extend_from_slice(&service.sources);
        self.services.push(Arc::new(service));
        self
    }

    /// The maximum number of peers; 50 by default, at least 1.
    ///
    /// An idle peer costs a few KiB. At worst a peer costs its protocols' queues and the send queue, 1 MiB
    /// each by default, plus a message of 16 MiB that is being received, one in each queue,
    /// and one that is being written. Limit what handlers leave waiting, not only the number of peers.
    pub fn max_peers(mut self, peers: usize) -> Self {
        self.config.max_peers = peers;
        self
    }

    /// The maximum number of inbound peers. The default is [`max_peers`](Self::max_peers) minus the share
    /// that [`dial_ratio`](Self::dial_ratio) reserves for dialing. It must not exceed `max_peers`.
    pub fn max_inbound(mut self, peers: usize) -> Self {
        self.config.max_inbound = Some(peers);
        self
    }

    /// The maximum number of connections, in each direction, that are not peers yet; 50 by default, at
    /// least 1. Each costs a few KiB. One more inbound connection may be accepted, and waits for its turn.
    /// For outbound connections the limit covers static nodes and nodes from sources; dials that the program
    /// requests with [`Server::connect`] come on top, without a limit.
    pub fn max_pending_peers(mut self, connections: usize) -> Self {
        self.config.max_pending_peers = connections;
        self
    }

    /// The time in which at most one connection is accepted from an address; 30 seconds by default, 0 for no
    /// limit. All IPv6 addresses that share their first 64 bits count as one.
    /// Addresses of this machine and of private networks are not limited. Turn it off if many nodes connect
    /// from one address, for example from behind a proxy.
    pub fn inbound_interval(mut self, interval: Duration) -> Self {
        self.config.inbound_interval = interval;
        self
    }

    /// Your own admission rule. It is called after the exchange of Hello for every node that all other rules
    /// admit, including trusted nodes. It must not block; anything that takes longer belongs in the protocol's
    /// own handshake ([`Protocol::accepting`]). If it panics, the node is refused. Setting another rule
    /// replaces the previous one.
    ///
    /// ```
    /// # use p2p::Server;
    /// let builder = Server::builder().admit(|peer| match peer.client.starts_with("Geth/") {
    ///     true => Ok(()),
    ///     false => Err("only geth is wanted".into()),
    /// });
    /// # let _ = builder;
    /// ```
    pub fn admit(
        mut self,
        rule: impl Fn(&PeerInfo) -> Result<(), Rejection> + Send + Sync + 'static,
    ) -> Self {
        self.config.rule = Some(Rule(Arc::new(rule)));
        self
    }

    /// The address to listen on: `127.0.0.1:30303`, `[::]:30303`, or `:30303` for all IPv4 addresses.
    /// Port 0 picks a free port, which [`Server::listen_addr`] returns. Without an address, the server only
    /// dials.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "text and addresses alike, without a sign"
    )]
    pub fn listen_addr(mut self, address: impl ToString) -> Self {
        self.listen_addr = Some(address.to_string());
        self
    }

    /// Nodes to dial, and to redial whenever they are not connected. They count towards
    /// [`max_peers`](Self::max_peers), but not towards the share of [`dial_ratio`](Self::dial_ratio). None
    /// by default.
    pub fn static_nodes(mut self, nodes: impl IntoIterator<Item = Enode>) -> Self {
        self.config.static_nodes.extend(nodes);
        self
    }

    /// Nodes that are exempt from every limit on peers, whether they connect or are dialed. None by default.
    ///
    /// A connecting node is unknown until the handshake, so [`inbound_interval`](Self::inbound_interval) and the
    /// limits on connections that are not peers yet apply to trusted nodes too.
    pub fn trusted_nodes(mut self, keys: impl IntoIterator<Item = PublicKey>) -> Self {
        self.config.trusted_nodes.extend(keys);
        self
    }

    /// A source of nodes to dial when there is room. It may be called several times; the sources take
    /// turns. None by default. For each source at most one node is kept waiting.
    pub fn dial_candidates(mut self, source: impl NodeSource + 'static) -> Self {
        self.config.sources.push(Arc::new(source));
        self
    }

    /// Remembers the nodes that this server meets, so that it finds them again after a restart; none by
    /// default. The database is also a source of nodes to dial, in addition to
    /// [`dial_candidates`](Self::dial_candidates). Another database replaces the previous one.
    ///
    /// A database in a file is written in the background, and once more when the server shuts down. The
    /// file is in use until the server, all its handles, and all handles to the database are dropped.
    #[cfg(feature = "database")]
    pub fn node_database(mut self, database: NodeDatabase) -> Self {
        self.config.database = Some(database);
        self
    }

    /// Reserves one in this many of [`max_peers`](Self::max_peers) for dialed nodes; 3 by default, at least 1.
    /// The rest is for inbound peers; each side gets at least one slot. With [`no_dial`](Self::no_dial) nothing
    /// is reserved. Nodes from sources are dialed until that share is full, up to twice as many at once as it has
    /// free slots; all that succeed are kept, up to `max_peers`. Static nodes may take any slot that is free.
    pub fn dial_ratio(mut self, ratio: usize) -> Self {
        self.config.dial_ratio = ratio;
        self
    }

    /// Whether to dial nobody, not even static nodes, except with [`Server::connect`]; off by default.
    pub fn no_dial(mut self, no_dial: bool) -> Self {
        self.config.no_dial = no_dial;
        self
    }

    /// Opens connections in place of TCP. A node with an IP address is checked against
    /// [`net_restrict`](Self::net_restrict) and the address limits before it is dialed. Resolving a host name,
    /// and what it stands for, is up to the dialer. TCP by default; another dialer replaces the previous one.
    pub fn dialer(mut self, dialer: impl Dialer) -> Self {
        self.config.dialer = Some(Box::new(dialer));
        self
    }

    /// The only networks whose nodes are dialed and may connect, even trusted ones; every network by
    /// default. A host name is checked when it is resolved.
    pub fn net_restrict(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.config.net_restrict.extend(networks);
        self
    }

    /// How long to wait before asking a source again for the address of a static node that can't be
    /// reached: the initial delay and the maximum; 60 seconds and 1 hour by default. The delay doubles each
    /// time that no source knows.
    pub fn resolve_backoff(mut self, first: Duration, most: Duration) -> Self {
        self.config.resolve_backoff = (first, most);
        self
    }

    /// How long a connection may take to open; 15 seconds by default. The addresses of a host name are tried
    /// one after another, each with an equal share of the remaining time.
    pub fn dial_timeout(mut self, timeout: Duration) -> Self {
        self.config.dial_timeout = timeout;
        self
    }

    /// How long a host name may take to resolve; 5 seconds by default.
    pub fn resolve_timeout(mut self, timeout: Duration) -> Self {
        self.config.resolve_timeout = timeout;
        self
    }

    /// The time between two dials of the same node; 35 seconds by default. go-ethereum refuses a second
    /// connection from the same address within 30.
    pub fn redial_interval(mut self, interval: Duration) -> Self {
        self.config.redial_interval = interval;
        self
    }

    /// The maximum random addition to the redial interval; 10 seconds by default. It desynchronises two
    /// nodes that dial each other at the same time and refuse each other's connection.
    pub fn redial_jitter(mut self, most: Duration) -> Self {
        self.config.redial_jitter = most;
        self
    }

    /// How long the encryption handshake may take, and separately the exchange of Hello; 5 seconds by
    /// default.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).handshake = timeout;
        self
    }

    /// The time between two pings; 15 seconds by default.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).ping_interval = interval;
        self
    }

    /// How long a peer may go without sending anything complete before it is dropped; 30 seconds by default.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).read_timeout = timeout;
        self
    }

    /// How long a peer may take to accept one write, of up to 256 KiB or one message; 20 seconds by default.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).write_timeout = timeout;
        self
    }

    /// How long a protocol may leave its queue full before its peer is dropped; 10 seconds by default.
    /// Peers give up on a node that does not read after 15 to 20.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).stall_timeout = timeout;
        self
    }

    /// How long handlers may take to finish when the server stops, and `disconnected` when any connection
    /// ends; 5 seconds by default.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).shutdown_timeout = timeout;
        self
    }

    /// How long a dropped peer may take to read what was sent before, and the reason; 2 seconds by default.
    pub fn linger_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).linger = timeout;
        self
    }

    /// How many bytes of messages may wait to be sent to a peer, and separately how many bytes of replies;
    /// 1 MiB by default, at least 1 KiB. A larger message is accepted when the queue is empty.
    pub fn send_queue_size(mut self, bytes: u32) -> Self {
        self.config.send_queue_size = bytes.max(1024);
        self
    }

    /// How many events a subscriber may lag behind before it loses some; 256 by default, from 1 to 1,000,000.
    /// Memory for all of them is allocated at the start, a few hundred bytes each.
    pub fn event_capacity(mut self, events: usize) -> Self {
        self.config.event_capacity = events.max(1);
        self
    }

    /// Whether each message sent or received produces an event
    /// ([`Event::MessageSent`](super::Event::MessageSent)); off by default. Each event takes a lock. Use it
    /// for close inspection, with an [`event_capacity`](Self::event_capacity) that suits the traffic.
    pub fn message_events(mut self, wanted: bool) -> Self {
        self.config.message_events = wanted;
        self
    }

    /// Whether to measure how long each message is handled, as `p2p_handler_duration_seconds`
    /// ([`metrics`](crate::metrics)); off by default. It reads the clock twice per message.
    pub fn handler_times(mut self, wanted: bool) -> Self {
        self.config.handler_times = wanted;
        self
    }

    /// How many closed connections are remembered for [`Server::why`], and separately how many inbound
    /// connections that never became a peer; 1,024 by default. Each costs a few hundred bytes plus its cause.
    pub fn record_capacity(mut self, records: usize) -> Self {
        self.config.record_capacity = records;
        self
    }

    /// Checks the settings, listens, and starts to dial.
    ///
    /// Call it on a tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    ///
    /// [`StartError`] says what is wrong; nothing is left running.
    pub async fn start(self) -> Result<Server, StartError> {
        self.start_watched().await.map(|(server, _)| server)
    }

    #[cfg(test)]
    pub(super) fn limits(&self) -> super::PeerLimits {
        self.config.limits()
    }

    /// As [`start`](Self::start), with all events from the first on.
    pub(crate) async fn start_watched(self) -> Result<(Server, Events), StartError> {
        let Self {
            private_key,
            name,
            listen_addr,
            services,
            config,
        } = self;
        let key = private_key.ok_or(StartError::NoPrivateKey)?;
        config.check()?;
        let (offers, offered_by): (Vec<_>, _) = offers(&services)?.into_iter().unzip();
        let hello = Hello {
            version: P2P_VERSION,
            client: name.unwrap_or_else(|| concat!("p2p/v", env!("CARGO_PKG_VERSION")).into()),
            capabilities: offers
                .iter()
                .map(|offer| offer.capability.clone())
                .collect(),
            listen_port: 0,
            public_key: *key.public_key(),
        };
        if hello.length() > MAX_HELLO {
            return Err(StartError::HelloTooLarge {
                size: hello.length(),
            });
        }
        let listener = match &listen_addr {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let (listener, listen_addr) = listener.unzip();
        #[cfg(feature = "database")]
        let config = known::prepare(config, &hello, listen_addr).await;
        let (core, tasks) = Core::new(
            key,
            config,
            hello,
            offers,
            services,
            offered_by,
            listen_addr,
        );
        let events = core.events.subscribe();
        if let Some(listener) = listener {
            core.spawn(listener::run(core.clone(), listener));
        }
        core.spawn(dialer::run(core.clone()));
        core.spawn(counts::sample(core.clone()));
        #[cfg(feature = "database")]
        core.spawn(known::run(core.clone()));
        Ok((Server::new(core, tasks), events))
    }
}

/// An offer of Hello, and the service that it is of.
type Offered = (Offer, Arc<dyn AnyService>);

/// What Hello offers.
fn offers(services: &[Arc<dyn AnyService>]) -> Result<Vec<Offered>, StartError> {
    if services.is_empty() {
        return Err(StartError::NoProtocol);
    }
    let mut offers: Vec<Offered> = Vec::new();
    for service in services {
        let name = service.name();
        let offered = service.offered();
        if offered.is_empty() {
            return Err(StartError::NoVersion { name });
        }
        for number in offered {
            let spoken = service.spoken();
            let Some(version) = spoken.iter().find(|version| version.number == number) else {
                return Err(StartError::UnknownVersion {
                    name,
                    version: number,
                    spoken: spoken.iter().map(|version| version.number).collect(),
                });
            };
            let capability = Capability::new(name, version.number)?;
            if offers
                .iter()
                .any(|(offer, _)| offer.capability == capability)
            {
                return Err(StartError::Duplicate { capability });
            }
            let rows = service.messages().iter();
            let rows = rows.filter(|row| row.is_in(version.number) && row.code.0 >= version.length);
            if let Some(code) = rows.map(|row| row.code).max() {
                return Err(StartError::Length {
                    capability,
                    length: version.length,
                    code,
                });
            }
            let offer = offer(capability, version.length, service.messages());
            offers.push((offer, service.clone()));
        }
    }
    Ok(offers)
}

/// Offers a version of a protocol, with the limits of the messages that it has.
fn offer(capability: Capability, length: u64, messages: &[MessageInfo]) -> Offer {
    let rows = messages
        .iter()
        .filter(|row| row.is_in(capability.version()));
    let mut sizes: Vec<_> = rows.map(|row| (row.code.0, row.max_size)).collect();
    sizes.sort_unstable();
    let mut offer = Offer::new(capability, length);
    let largest = sizes.iter().map(|(_, size)| *size).max();
    offer.max_size = largest.map_or(offer.max_size, |largest| largest.min(offer.max_size));
    sizes.retain(|(_, size)| *size < offer.max_size);
    offer.max_sizes = sizes.into();
    offer
}

/// Reads an address to listen at, which may leave out the host.
pub(crate) fn parse_listen_addr(text: &str) -> Result<SocketAddr, StartError> {
    let full = if text.starts_with(':') {
        format!("0.0.0.0{text}")
    } else {
        text.to_owned()
    };
    full.parse()
        .map_err(|_| StartError::ListenAddr { text: text.into() })
}

/// Listens at an address as [`Builder::listen_addr`] takes it, and tells the real one.
pub(crate) async fn listen(text: &str) -> Result<(TcpListener, SocketAddr), StartError> {
    let address = parse_listen_addr(text)?;
    let listened = async {
        let listener = TcpListener::bind(address).await?;
        let actual = listener.local_addr()?;
        Ok((listener, actual))
    };
    listened
        .await
        .map_err(|error| StartError::Listen { address, error })
}
