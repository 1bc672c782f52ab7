//! Setting up a server: everything is checked before anything starts.

mod addresses;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::config::{Config, Rule};
use super::core::{Core, Parts};
use super::error::StartError;
use super::{Dialer, Events, Server, counts, dialer, known, listener};
use crate::capability::Capability;
use crate::discovery::NodeDatabase;
use crate::enode::Enode;
use crate::identity::{NodeKey, PublicKey};
use crate::network::Network;
use crate::peer::Rejection;
use crate::protocol::{AnyService, MessageInfo, PeerInfo, Protocol, Service};
use crate::rlp::Encode;
use crate::session::{Hello, MAX_HELLO, Offer, P2P_VERSION};
use crate::source::NodeSource;

/// The settings of a [`Server`], by the names that go-ethereum's `p2p.Config` gave them.
///
/// Only [`private_key`](Self::private_key) and one [`protocol`](Self::protocol) are needed.
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

    /// The name and version of the software, which every peer is told, as `foobar/v1.0.0`. The default
    /// names this crate. With all capabilities it must fit into a Hello of 2 KiB.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds a protocol and who serves it, with its sources of nodes to dial. Each peer costs the protocol's
    /// [`queue_size`](Service::queue_size) at worst, and one message.
    pub fn protocol<P: Protocol>(mut self, service: Service<P>) -> Self {
        self.config.sources.extend_from_slice(service.sources());
        self.services.push(Arc::new(service));
        self
    }

    /// The most peers at a time; 50 unless set, at least 1.
    ///
    /// An idle peer costs some KiB. At worst one costs its protocols' queues and the send queue, 1 MiB
    /// each unless set, and beside them a message of 16 MiB that is being received, one in each queue,
    /// and one that is being written: limit what handlers leave waiting, not only the peers.
    pub fn max_peers(mut self, peers: usize) -> Self {
        self.config.max_peers = peers;
        self
    }

    /// The most peers at a time that have connected to this node; unless set, all of
    /// [`max_peers`](Self::max_peers) but the share that [`dial_ratio`](Self::dial_ratio) leaves to dialing.
    /// At most as many as those.
    pub fn max_inbound(mut self, peers: usize) -> Self {
        self.config.max_inbound = Some(peers);
        self
    }

    /// The most connections at a time, in each direction, that are not peers yet; 50 unless set, at
    /// least 1. Each costs some KiB. Of those that come, one more may be accepted, and waits for its turn. Of those
    /// that are dialed, it bounds static nodes and what sources name; what the program asks for by
    /// [`Server::connect`] is dialed beside them, without a bound.
    pub fn max_pending_peers(mut self, connections: usize) -> Self {
        self.config.max_pending_peers = connections;
        self
    }

    /// The time in which one connection is accepted from one address; 30 seconds unless set, 0 for no
    /// limit. IPv6 addresses of one subnet ([`subnet_prefixes`](Self::subnet_prefixes)) are one. Addresses of
    /// this machine and of private networks are not limited. Turn it off where many nodes come from one
    /// address, as behind a proxy.
    pub fn inbound_interval(mut self, interval: Duration) -> Self {
        self.config.inbound_interval = interval;
        self
    }

    /// A rule of one's own: it is asked of every node, trusted ones too, that every other rule admits,
    /// when Hello was exchanged. It must not block. What takes longer belongs into the protocol's own
    /// handshake ([`Protocol::accepting`]). A node at which it panics is refused. Another rule replaces the
    /// one before.
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

    /// The address to listen at: `127.0.0.1:30303`, `[::]:30303`, or `:30303` for every IPv4 address.
    /// Port 0 takes any free port, which [`Server::listen_addr`] tells. Without it, the server only
    /// dials.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "text and addresses alike, without a sign"
    )]
    pub fn listen_addr(mut self, address: impl ToString) -> Self {
        self.listen_addr = Some(address.to_string());
        self
    }

    /// Nodes that are dialed, and again whenever they are not connected. They count among
    /// [`max_peers`](Self::max_peers), and not among the share of [`dial_ratio`](Self::dial_ratio). None
    /// unless set.
    pub fn static_nodes(mut self, nodes: impl IntoIterator<Item = Enode>) -> Self {
        self.config.static_nodes.extend(nodes);
        self
    }

    /// Nodes that are admitted above every limit of peers, when they connect or are dialed. None unless set.
    ///
    /// Until its handshake nobody knows who has connected: [`inbound_interval`](Self::inbound_interval) and the
    /// limits of connections that are not peers yet hold for trusted nodes too.
    pub fn trusted_nodes(mut self, keys: impl IntoIterator<Item = PublicKey>) -> Self {
        self.config.trusted_nodes.extend(keys);
        self
    }

    /// A source of nodes to dial when there is room; may be called several times, and each source gets
    /// its turn. None unless set. Each keeps one node waiting at most.
    pub fn dial_candidates(mut self, source: impl NodeSource + 'static) -> Self {
        self.config.sources.push(Arc::new(source));
        self
    }

    /// Where the nodes that this server meets are remembered, so that it finds them again when it restarts;
    /// none unless set. It is a source of nodes to dial too, beside those of
    /// [`dial_candidates`](Self::dial_candidates). Another replaces the one before.
    ///
    /// A database in a file is written in the background, and once more when the server shuts down. The
    /// file is in use until the server and all its handles are dropped, and all handles to the database.
    pub fn node_database(mut self, database: NodeDatabase) -> Self {
        self.config.database = Some(database);
        self
    }

    /// How much of [`max_peers`](Self::max_peers) is for nodes that sources name: one part of so many; 3
    /// unless set, at least 1. The rest is for those who connect; each gets one place at least. Without a
    /// source nothing is set apart. Twice as many dials are under way as there are free places.
    pub fn dial_ratio(mut self, ratio: usize) -> Self {
        self.config.dial_ratio = ratio;
        self
    }

    /// Whether to dial nobody, static nodes neither, but for [`Server::connect`]; no unless set.
    pub fn no_dial(mut self, no_dial: bool) -> Self {
        self.config.no_dial = no_dial;
        self
    }

    /// Opens connections in place of TCP. A node at an IP address is held to
    /// [`net_restrict`](Self::net_restrict) and the limits of addresses before it is dialed; a name is the dialer's
    /// to resolve, and so is what it stands for. TCP unless set; another dialer replaces the one before.
    pub fn dialer(mut self, dialer: impl Dialer) -> Self {
        self.config.dialer = Some(Box::new(dialer));
        self
    }

    /// The only networks whose nodes are dialed and may connect, trusted ones too; every network unless
    /// set. A host name is held to it when it is resolved.
    pub fn net_restrict(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.config.net_restrict.extend(networks);
        self
    }

    /// How long to wait before a source is asked again for the address of a static node that can't be
    /// reached: first, and at most; 60 seconds and 1 hour unless set. It doubles each time that no
    /// source knows.
    pub fn resolve_backoff(mut self, first: Duration, most: Duration) -> Self {
        self.config.resolve_backoff = (first, most);
        self
    }

    /// How long a connection may take to open; 15 seconds unless set. A name's addresses are tried one after
    /// the other, and each has an equal share of what is left of it.
    pub fn dial_timeout(mut self, timeout: Duration) -> Self {
        self.config.dial_timeout = timeout;
        self
    }

    /// How long a host name may take to resolve; 5 seconds unless set.
    pub fn resolve_timeout(mut self, timeout: Duration) -> Self {
        self.config.resolve_timeout = timeout;
        self
    }

    /// The time between two dials of one node; 35 seconds unless set. go-ethereum refuses
    /// whoever comes back from one address within 30.
    pub fn redial_interval(mut self, interval: Duration) -> Self {
        self.config.redial_interval = interval;
        self
    }

    /// The most that is added to the redial interval, at random; 10 seconds unless set. It breaks the
    /// step of two nodes that dial each other at once and refuse each other's connection.
    pub fn redial_jitter(mut self, most: Duration) -> Self {
        self.config.redial_jitter = most;
        self
    }

    /// How long the encryption handshake may take, and again the exchange of Hello; 5 seconds unless
    /// set.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).handshake = timeout;
        self
    }

    /// The time between two pings; 15 seconds unless set.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).ping_interval = interval;
        self
    }

    /// How long nothing complete may come from a peer before it is dropped; 30 seconds unless set.
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).read_timeout = timeout;
        self
    }

    /// How long a peer may take for one write, of up to 256 KiB or one message; 20 seconds unless set.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).write_timeout = timeout;
        self
    }

    /// How long a protocol may leave its queue full before its peer is dropped; 10 seconds unless set.
    /// Peers give up on a node that does not read after 15 to 20.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).stall_timeout = timeout;
        self
    }

    /// How long handlers may take to finish when the server stops, and `disconnected` at any
    /// connection's end; 5 seconds unless set.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).shutdown_timeout = timeout;
        self
    }

    /// How long a dropped peer may take to read what was sent before and why it is dropped; 2 seconds
    /// unless set.
    pub fn linger_timeout(mut self, timeout: Duration) -> Self {
        Arc::make_mut(&mut self.config.timing).linger = timeout;
        self
    }

    /// How many bytes of messages may wait to be sent to a peer, and as many of replies beside them; 1 MiB
    /// unless set, at least 1 KiB. A larger message is taken when the queue is empty.
    pub fn send_queue_size(mut self, bytes: u32) -> Self {
        self.config.send_queue_size = bytes.max(1024);
        self
    }

    /// How many events a subscriber may be behind before it loses some; 256 unless set, from 1 to 1,000,000.
    /// Memory for all is taken at the start, some hundred bytes each.
    pub fn event_capacity(mut self, events: usize) -> Self {
        self.config.event_capacity = events.max(1);
        self
    }

    /// Whether there is an event for each message that is sent or received
    /// ([`Event::MessageSent`](super::Event::MessageSent)); no unless set. Each takes a lock: it is for
    /// looking closely, with an [`event_capacity`](Self::event_capacity) that suits the traffic.
    pub fn message_events(mut self, wanted: bool) -> Self {
        self.config.message_events = wanted;
        self
    }

    /// Whether it is measured how long each message is handled, as `p2p_handler_duration_seconds`
    /// ([`metrics`](crate::metrics)); no unless set. It looks at the clock twice a message.
    #[cfg(feature = "metrics")]
    pub fn handler_times(mut self, wanted: bool) -> Self {
        self.config.handler_times = wanted;
        self
    }

    /// How many connections that are no more are remembered for [`Server::why`], and as many again of
    /// those who connected and became no peer; 1,024 unless set. Each costs some hundred bytes, and what its cause says.
    pub fn record_capacity(mut self, records: usize) -> Self {
        self.config.record_capacity = records;
        self
    }

    /// Checks the settings, listens, and begins to dial.
    ///
    /// It has to be called on a tokio runtime with I/O and time.
    ///
    /// # Errors
    ///
    /// [`StartError`] says what is wrong; nothing is running then.
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
            mut config,
        } = self;
        let key = private_key.ok_or(StartError::NoPrivateKey)?;
        config.check()?;
        let (offers, offered_by) = offers(&services)?;
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
        if let Some(database) = &config.database {
            known::renew_local(database, &hello, listen_addr).await;
            config.sources.push(Arc::new(database.clone()));
        }
        let (core, tasks) = Core::new(Parts {
            key,
            config,
            hello,
            offers,
            services,
            offered_by,
            listen_addr,
        });
        let events = core.events.subscribe();
        if let Some(listener) = listener {
            core.spawn(listener::run(core.clone(), listener));
        }
        core.spawn(dialer::run(core.clone()));
        if cfg!(feature = "metrics") {
            core.spawn(counts::sample(core.clone()));
        }
        core.spawn(known::run(core.clone()));
        Ok((Server::new(core, tasks), events))
    }
}

/// What Hello offers, and for each offer the position of its service.
fn offers(services: &[Arc<dyn AnyService>]) -> Result<(Vec<Offer>, Vec<usize>), StartError> {
    if services.is_empty() {
        return Err(StartError::NoProtocol);
    }
    let mut offers: Vec<Offer> = Vec::new();
    let mut offered_by = Vec::new();
    for (index, service) in services.iter().enumerate() {
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
            if offers.iter().any(|offer| offer.capability == capability) {
                return Err(StartError::Duplicate { capability });
            }
            if let Some(code) = service
                .highest_code(version.number)
                .filter(|code| code.0 >= version.length)
            {
                return Err(StartError::Length {
                    capability,
                    length: version.length,
                    code,
                });
            }
            offers.push(offer(capability, version.length, service.messages()));
            offered_by.push(index);
        }
    }
    Ok((offers, offered_by))
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
