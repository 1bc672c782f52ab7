//! Setting up a server: everything is checked before anything starts.

use std::sync::Arc;

use super::config::Config;
use super::core::Core;
use super::error::StartError;
use super::handle::Server;
use super::listen::listen;
#[cfg(feature = "database")]
use super::node_log;
use super::parts::{Offered, Parts, Rule};
use super::stream::Dialer;
use super::{accept, dial, sample};
use crate::capability::Capability;
use crate::connection::account::MemoryLimits;
use crate::connection::info::PeerInfo;
use crate::driver::event::Events;
use crate::driver::rejection::Rejection;
use crate::enode::Enode;
use crate::identity::{NodeKey, PublicKey};
#[cfg(feature = "database")]
use crate::nodes::database::NodeDatabase;
use crate::protocol::Protocol;
use crate::protocol::table::MessageInfo;
use crate::rlp::Encode;
use crate::serve::service::{AnyService, Service};
use crate::session::{Hello, MAX_HELLO, Offer, P2P_VERSION};
use crate::source::NodeSource;

/// Sets up a [`Server`]: its [`Config`], and what is not data.
///
/// Only [`private_key`](Self::private_key) and one [`protocol`](Self::protocol) are required.
#[derive(Debug, Default)]
#[must_use = "nothing runs before start is called"]
pub struct Builder {
    pub(crate) private_key: Option<NodeKey>,
    services: Vec<Arc<dyn AnyService>>,
    pub(crate) config: Config,
    pub(super) parts: Parts,
}

impl Builder {
    /// Replaces all settings that are data, those of the shorthands below too: call it before them.
    /// [`configure`](Self::configure) changes some of them.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Changes settings in place.
    ///
    /// ```
    /// # use p2p::Server;
    /// let builder = Server::builder().configure(|config| {
    ///     config.max_inbound = Some(5);
    ///     config.no_dial = true;
    /// });
    /// # let _ = builder;
    /// ```
    pub fn configure(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// The node's key, which is its identity. There is no default.
    pub fn private_key(mut self, key: NodeKey) -> Self {
        self.private_key = Some(key);
        self
    }

    /// Adds a protocol with its service and its sources of nodes to dial. At worst, each peer costs the
    /// protocol's [`queue_size`](Service::queue_size) and one message.
    pub fn protocol<P: Protocol>(mut self, service: Service<P>) -> Self {
        self.parts.sources.extend_from_slice(&service.sources);
        self.services.push(Arc::new(service));
        self
    }

    /// Sets [`Config::name`].
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.config.name = name.into();
        self
    }

    /// Sets [`Config::listen_addr`].
    #[expect(
        clippy::needless_pass_by_value,
        reason = "text and addresses alike, without a sign"
    )]
    pub fn listen_addr(mut self, address: impl ToString) -> Self {
        self.config.listen_addr = Some(address.to_string());
        self
    }

    /// Sets [`Config::max_peers`].
    pub fn max_peers(mut self, peers: usize) -> Self {
        self.config.max_peers = peers;
        self
    }

    /// Adds to [`Config::static_nodes`], the nodes to keep a connection to.
    pub fn static_nodes(mut self, nodes: impl IntoIterator<Item = Enode>) -> Self {
        self.config.static_nodes.extend(nodes);
        self
    }

    /// Adds to [`Config::trusted_nodes`], which no limit on peers applies to.
    pub fn trusted_nodes(mut self, keys: impl IntoIterator<Item = PublicKey>) -> Self {
        self.config.trusted_nodes.extend(keys);
        self
    }

    /// Your own admission rule. It is called after the exchange of Hello for every node that all other rules
    /// admit, including trusted nodes. It must not block; anything that takes longer belongs in the protocol's
    /// own handshake ([`ServeExt::accepting`](crate::ServeExt::accepting)). If it panics, the node is refused. Setting another rule
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
        self.parts.rule = Some(Rule(Arc::new(rule)));
        self
    }

    /// A source of nodes to dial when there is room. It may be called several times; the sources take
    /// turns. None by default. For each source at most one node is kept waiting.
    pub fn dial_candidates(mut self, source: impl NodeSource + 'static) -> Self {
        self.parts.sources.push(Arc::new(source));
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
        self.parts.database = Some(database);
        self
    }

    /// Opens connections in place of TCP. A node with an IP address is checked against
    /// [`net_restrict`](Config::net_restrict) and the address limits before it is dialed. Resolving a host name,
    /// and what it stands for, is up to the dialer. TCP by default; another dialer replaces the previous one.
    pub fn dialer(mut self, dialer: impl Dialer) -> Self {
        self.parts.dialer = Some(Box::new(dialer));
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
    pub(super) fn limits(&self) -> super::limits::PeerLimits {
        self.config.limits(self.parts.has_sources())
    }

    /// As [`start`](Self::start), with all events from the first on.
    pub(crate) async fn start_watched(self) -> Result<(Server, Events), StartError> {
        let Self {
            private_key,
            services,
            config,
            parts,
        } = self;
        let key = private_key.ok_or(StartError::NoPrivateKey)?;
        config.check()?;
        let offered = offered(services)?;
        let hello = Hello {
            version: P2P_VERSION,
            client: config.name.clone(),
            capabilities: offered
                .offers
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
        check_memory(&config, &offered.offers)?;
        let listener = match &config.listen_addr {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let (listener, listen_addr) = listener.unzip();
        #[cfg(feature = "database")]
        let parts = node_log::prepare(parts, &hello, listen_addr).await;
        let (core, tasks) = Core::new(key, config, parts, hello, offered, listen_addr);
        let events = core.events.subscribe();
        if let Some(listener) = listener {
            core.spawn(accept::run(core.clone(), listener));
        }
        core.spawn(dial::run(core.clone()));
        core.spawn(sample::run(core.clone()));
        #[cfg(feature = "database")]
        core.spawn(core.clone().keep_node_log());
        Ok((Server::new(core, tasks), events))
    }
}

impl Server {
    /// Starts to configure a server.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

/// The offers of Hello: each version of each protocol.
fn offered(services: Vec<Arc<dyn AnyService>>) -> Result<Offered, StartError> {
    if services.is_empty() {
        return Err(StartError::NoProtocol);
    }
    let mut offers: Vec<Offer> = Vec::new();
    let mut offered_by = Vec::new();
    for service in &services {
        let name = service.name();
        let versions = service.offered();
        if versions.is_empty() {
            return Err(StartError::NoVersion { name });
        }
        for number in versions {
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
            offers.push(offer);
            offered_by.push(service.clone());
        }
    }
    Ok(Offered {
        offers,
        offered_by,
        services,
    })
}

/// Checks that every message has room in memory, even the largest.
fn check_memory(config: &Config, offers: &[Offer]) -> Result<(), StartError> {
    let limits = config.memory_limits();
    for offer in offers {
        let max_size = offer.max_size;
        let least = MemoryLimits::least_server(max_size);
        if limits.server < least {
            return Err(StartError::Memory {
                capability: offer.capability.clone(),
                max_size,
                least,
                memory: limits.server,
            });
        }
    }
    Ok(())
}

/// Offers a version of a protocol, with the limits of the messages that it has.
fn offer(capability: Capability, length: u64, messages: &[MessageInfo]) -> Offer {
    let rows = messages
        .iter()
        .filter(|row| row.is_in(capability.version()));
    let largest = rows.map(|row| row.max_size).max();
    let mut offer = Offer::new(capability, length);
    offer.max_size = largest.map_or(offer.max_size, |largest| largest.min(offer.max_size));
    offer
}
