//! The settings of a server that are plain data: each is written here once, with its documentation, its
//! default and its range.

use std::sync::Arc;
use std::time::Duration;

use super::error::StartError;
use super::limits::{AddressLimits, PeerLimits};
#[cfg(feature = "cli")]
use super::settings::{ListenAddr, Size};
use crate::connection::account::MemoryLimits;
use crate::driver::timing::Timing;
use crate::enode::Enode;
use crate::identity::PublicKey;
use crate::network::Network;

/// The settings of a [`Server`](crate::Server) that are plain data, under the names of go-ethereum's
/// `p2p.Config`.
///
/// ```
/// use p2p::{Config, Server};
///
/// let mut config = Config::default();
/// config.max_peers = 100;
/// config.max_inbound = Some(60);
/// let builder = Server::builder().config(config);
/// # let _ = builder;
/// ```
///
/// A [`Builder`](crate::Builder) adds what is not data: the key, the protocols, and the program's own rules
/// and sources of nodes. Each field but the last two is also a flag of a command-line node, and a key in its
/// settings file, mostly under the same name.
// The derive takes the comments below for `--help` and the settings file. The first paragraph is the line of
// the short help. Paragraphs that begin with "Default:" or "In code:" are for this page only.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "cli", derive(p2p_derive::Settings))]
#[cfg_attr(not(feature = "cli"), derive(p2p_derive::NoSettings))]
#[settings(crate = crate)]
#[non_exhaustive]
pub struct Config {
    /// Where to listen, for example `127.0.0.1:30303`, or `none` to only dial.
    ///
    /// `127.0.0.1` is reachable from this machine only; `:30303` listens on every IPv4 address, and
    /// `[::]:30303` on every address. Port 0 picks a free port.
    ///
    /// Default: none. A command-line node listens on any free port of this machine.
    ///
    /// In code: [`Server::listen_addr`](crate::Server::listen_addr) returns the actual address.
    #[setting(heading = "Essentials", flag = "listen", with = ListenAddr)]
    pub listen_addr: Option<String>,
    /// Nodes to dial, and to redial whenever they are not connected.
    ///
    /// They count towards [`max_peers`](Self::max_peers), but not towards the share of
    /// [`dial_ratio`](Self::dial_ratio).
    ///
    /// Default: none.
    ///
    /// In code: these are the nodes that [`Server::add_peer`](crate::Server::add_peer) adds at run time, and
    /// that the flag `--peer` names. The names are go-ethereum's; all three mean the same.
    #[setting(flag = "peer")]
    pub static_nodes: Vec<Enode>,
    /// The name and version of the software, which every peer sees.
    ///
    /// Together with the protocols' names it must fit into a message of 2 KiB.
    ///
    /// Default: the name and version of this crate. A command-line node has the protocol's name.
    #[setting(value_name = "NAME", example = "\"foobar/v1.0.0\"")]
    pub name: String,
    /// The maximum number of peers.
    ///
    /// Trusted nodes come on top. An idle peer costs a few KiB. With one protocol and the defaults, 50 peers can
    /// make the node hold at most 476 MiB, whatever they send: about 4.4 MiB each, and
    /// [`server_memory`](Self::server_memory).
    ///
    /// Default: 50. At least 1.
    ///
    /// In code: [`what_a_peer_can_cost`](crate::what_a_peer_can_cost) has the sum.
    pub max_peers: usize,

    /// Nodes that are exempt from every limit on peers, whether they connect or are dialed.
    ///
    /// Each is an enode URL, whose address is not used, or the 128 hex digits of a key. A connecting node is
    /// unknown until the handshake, so [`inbound_interval`](Self::inbound_interval) and the limits on
    /// connections that are not peers yet apply to trusted nodes too.
    ///
    /// Default: none.
    #[setting(heading = "Who may connect", flag = "trusted")]
    pub trusted_nodes: Vec<PublicKey>,
    /// Only dial and accept nodes in these networks, for example `10.0.0.0/8`.
    ///
    /// Applies to trusted nodes too. A host name is checked when it is resolved.
    ///
    /// Default: any network.
    pub net_restrict: Vec<Network>,
    /// The maximum number of inbound peers.
    ///
    /// At most [`max_peers`](Self::max_peers). If it is not set, inbound peers may take every slot that
    /// [`dial_ratio`](Self::dial_ratio) does not reserve for dialing.
    ///
    /// Default: none.
    pub max_inbound: Option<usize>,
    /// The maximum number of connections, in each direction, that are not peers yet.
    ///
    /// Each costs a few KiB. One more inbound connection may be accepted, and waits for its turn.
    ///
    /// Default: 50. At least 1.
    ///
    /// In code: the limit covers static nodes and nodes from sources; dials that the program requests with
    /// [`Server::connect`](crate::Server::connect) come on top, without a limit.
    pub max_pending_peers: usize,
    /// The maximum number of such connections per address.
    ///
    /// It keeps one address from taking all slots. Inbound connections beyond it are closed without a reason,
    /// because the node is not known yet. Addresses of this machine and of private networks are exempt, unless
    /// [`limit_local_addresses`](Self::limit_local_addresses) is set.
    ///
    /// Default: 10. At least 1.
    pub max_pending_by_address: usize,
    /// The maximum number of such connections per subnet.
    ///
    /// Default: 20. At least 1.
    pub max_pending_by_subnet: usize,
    /// The maximum number of peers with the same IP address.
    ///
    /// Applies to inbound peers and to nodes that are found. Static and trusted nodes are exempt, but count.
    /// So are addresses of this machine and of private networks, unless
    /// [`limit_local_addresses`](Self::limit_local_addresses) is set. Raise it if many nodes connect from one
    /// address, for example from behind a proxy.
    ///
    /// Default: 5. At least 1.
    ///
    /// In code: nodes passed to [`Server::connect`](crate::Server::connect) are exempt too.
    pub max_peers_by_address: usize,
    /// The maximum number of peers in the same subnet.
    ///
    /// The rules of [`max_peers_by_address`](Self::max_peers_by_address) apply. It keeps the owner of a subnet
    /// from surrounding this node.
    ///
    /// Default: 10. At least 1.
    pub max_peers_by_subnet: usize,
    /// How many leading bits the IPv4 addresses of a subnet share.
    ///
    /// Default: 24. From 1 to 32.
    #[setting(value_name = "BITS")]
    pub subnet_prefix_ipv4: u8,
    /// How many leading bits the IPv6 addresses of a subnet share.
    ///
    /// Default: 48. From 1 to 128.
    #[setting(value_name = "BITS")]
    pub subnet_prefix_ipv6: u8,
    /// Apply the limits per address and per subnet to this machine and private networks too.
    ///
    /// [`inbound_interval`](Self::inbound_interval) never applies to them.
    ///
    /// Default: false.
    pub limit_local_addresses: bool,
    /// The time in which at most one connection is accepted from an address; 0 for no limit.
    ///
    /// All IPv6 addresses that share their first 64 bits count as one. Addresses of this machine and of
    /// private networks are not limited. Turn it off if many nodes connect from one address, for example from
    /// behind a proxy.
    ///
    /// Default: 30s.
    pub inbound_interval: Duration,

    /// Dial nobody, not even static nodes.
    ///
    /// Default: false.
    ///
    /// In code: [`Server::connect`](crate::Server::connect) still dials.
    #[setting(heading = "Dialing")]
    pub no_dial: bool,
    /// Reserve one in this many of the peers for nodes that this one finds and dials.
    ///
    /// The rest of [`max_peers`](Self::max_peers) is for inbound peers; each side gets at least one slot. With
    /// [`no_dial`](Self::no_dial) nothing is reserved. Found nodes are dialed until that share is full, up to
    /// twice as many at once as it has free slots; all that succeed are kept, up to `max_peers`. Static nodes
    /// may take any slot that is free.
    ///
    /// Default: 3. At least 1.
    pub dial_ratio: usize,
    /// How long a connection may take to open.
    ///
    /// The addresses of a host name are tried one after another, each with an equal share of the remaining
    /// time.
    ///
    /// Default: 15s. More than 0.
    pub dial_timeout: Duration,
    /// How long a host name may take to resolve.
    ///
    /// Default: 5s. More than 0.
    pub resolve_timeout: Duration,
    /// The time between two dials of the same node.
    ///
    /// go-ethereum refuses a second connection from the same address within 30 seconds.
    ///
    /// Default: 35s.
    pub redial_interval: Duration,
    /// The maximum random addition to [`redial_interval`](Self::redial_interval).
    ///
    /// It desynchronises two nodes that dial each other at the same time and refuse each other's connection.
    ///
    /// Default: 10s.
    pub redial_jitter: Duration,
    /// How long to wait before looking for another address of a static node that can't be reached.
    ///
    /// The program's sources of nodes are asked. The delay doubles each time that none of them knows.
    ///
    /// Default: 1m.
    pub resolve_backoff: Duration,
    /// The maximum that [`resolve_backoff`](Self::resolve_backoff) grows to.
    ///
    /// Default: 1h.
    pub resolve_backoff_max: Duration,

    /// How long the encryption handshake may take, and separately the exchange of Hello.
    ///
    /// Default: 5s. More than 0.
    ///
    /// In code: [`Service::handshake_timeout`](crate::Service::handshake_timeout) is another: it limits a
    /// protocol's own handshake, which comes after Hello.
    #[setting(heading = "Times of a connection")]
    pub handshake_timeout: Duration,
    /// The time between two pings.
    ///
    /// Default: 15s. More than 0.
    pub ping_interval: Duration,
    /// How long a peer may go without sending anything complete before it is dropped.
    ///
    /// If it is not longer than [`ping_interval`](Self::ping_interval), peers that have nothing to say are
    /// dropped.
    ///
    /// Default: 30s. More than 0.
    pub read_timeout: Duration,
    /// How long a peer may take to accept one write, of up to 256 KiB or one message.
    ///
    /// Default: 20s. More than 0.
    pub write_timeout: Duration,
    /// How long a protocol may leave its queue full before its peer is dropped.
    ///
    /// Peers give up on a node that does not read after 15 to 20 seconds.
    ///
    /// Default: 10s. More than 0.
    pub stall_timeout: Duration,
    /// How long handlers may take to finish when the node stops.
    ///
    /// Default: 5s.
    ///
    /// In code: `disconnected` has the same time at the end of any connection.
    pub shutdown_timeout: Duration,
    /// How long a dropped peer may take to read what was sent before, and the reason.
    ///
    /// Default: 2s.
    pub linger_timeout: Duration,

    /// The most memory that one peer can make this node spend on large messages.
    ///
    /// A sixteenth for frames, and equal parts of the rest for messages that wait, for decoded messages, for replies to
    /// the peer, and for other messages to it; more where a message's largest size needs more. The page "What a peer
    /// can cost" explains it.
    ///
    /// Default: 64MiB. In bytes.
    #[setting(heading = "Memory", with = Size)]
    pub peer_memory: u32,
    /// What every peer has of that in any case, however busy the node is.
    ///
    /// Default: 1MiB. In bytes.
    #[setting(with = Size)]
    pub peer_floor: u32,
    /// The most memory that all peers together can make this node spend on large messages, beyond their floors.
    ///
    /// A quarter for frames, and equal parts of the rest as of [`peer_memory`](Self::peer_memory). It must hold one
    /// message of the largest size.
    ///
    /// Default: 256MiB. In bytes.
    #[setting(with = Size)]
    pub server_memory: u32,
    /// How much may wait to be sent to a peer, and separately how much of replies.
    ///
    /// At least 1KiB. A larger message is accepted when the queue is empty.
    ///
    /// Default: 1MiB. In bytes.
    #[setting(with = Size)]
    pub send_queue_size: u32,
    /// How many events the log may lag behind before it loses some.
    ///
    /// From 1 to 1,000,000. Memory for all of them is allocated at the start, a few hundred bytes each.
    ///
    /// Default: 256.
    ///
    /// In code: it holds for each subscriber of [`Server::events`](crate::Server::events).
    pub event_capacity: usize,
    /// How many closed connections are remembered, to say why they ended.
    ///
    /// As many inbound connections that never became a peer are remembered too. Each costs a few hundred bytes
    /// plus its cause.
    ///
    /// Default: 1024.
    ///
    /// In code: [`Server::why`](crate::Server::why) tells.
    pub record_capacity: usize,

    /// Whether each message sent or received produces an event
    /// ([`Event::MessageSent`](crate::Event::MessageSent)). Each event takes a lock. Use it for close
    /// inspection, with an [`event_capacity`](Self::event_capacity) that suits the traffic.
    ///
    /// Default: false.
    #[setting(skip)]
    pub message_events: bool,
    /// Whether to measure how long each message is handled, as `p2p_handler_duration_seconds`. It reads the
    /// clock twice per message.
    ///
    /// Default: false.
    #[setting(skip)]
    pub handler_times: bool,
}

impl Default for Config {
    fn default() -> Self {
        // Layers below have these of their own, as they also work without a server.
        let addresses = AddressLimits::default();
        let timing = Timing::default();
        Self {
            listen_addr: None,
            static_nodes: Vec::new(),
            name: concat!("p2p/v", env!("CARGO_PKG_VERSION")).into(),
            max_peers: 50,
            trusted_nodes: Vec::new(),
            net_restrict: Vec::new(),
            max_inbound: None,
            max_pending_peers: 50,
            max_pending_by_address: addresses.pending_by_address,
            max_pending_by_subnet: addresses.pending_by_subnet,
            max_peers_by_address: addresses.peers_by_address,
            max_peers_by_subnet: addresses.peers_by_subnet,
            subnet_prefix_ipv4: addresses.ipv4_prefix,
            subnet_prefix_ipv6: addresses.ipv6_prefix,
            limit_local_addresses: addresses.local,
            inbound_interval: Duration::from_secs(30),
            no_dial: false,
            dial_ratio: 3,
            dial_timeout: Duration::from_secs(15),
            resolve_timeout: Duration::from_secs(5),
            redial_interval: Duration::from_secs(35),
            redial_jitter: Duration::from_secs(10),
            resolve_backoff: Duration::from_secs(60),
            resolve_backoff_max: Duration::from_secs(3600),
            handshake_timeout: timing.handshake,
            ping_interval: timing.ping_interval,
            read_timeout: timing.read_timeout,
            write_timeout: timing.write_timeout,
            stall_timeout: timing.stall_timeout,
            shutdown_timeout: timing.shutdown_timeout,
            linger_timeout: timing.linger,
            peer_memory: 64 * 1024 * 1024,
            peer_floor: 1024 * 1024,
            server_memory: 256 * 1024 * 1024,
            send_queue_size: 1024 * 1024,
            event_capacity: 256,
            record_capacity: 1024,
            message_events: false,
            handler_times: false,
        }
    }
}

impl Config {
    /// Checks every range, as [`Builder::start`](crate::Builder::start) does first of all.
    ///
    /// # Errors
    ///
    /// The [`StartError`] for the first setting that is out of its range, or exceeds another one that bounds it.
    pub fn check(&self) -> Result<(), StartError> {
        self.check_ranges()?;
        match self.max_inbound {
            Some(inbound) if inbound > self.max_peers => Err(StartError::Exceeds {
                setting: "max_inbound",
                value: inbound,
                limit: "max_peers",
                most: self.max_peers,
            }),
            _ => Ok(()),
        }
    }

    /// Checks each setting by itself.
    pub(crate) fn check_ranges(&self) -> Result<(), StartError> {
        const ANY: usize = usize::MAX;
        let send_queue_size = usize::try_from(self.send_queue_size).unwrap_or(ANY);
        let numbers = [
            ("max_peers", self.max_peers, 1, ANY),
            ("max_pending_peers", self.max_pending_peers, 1, ANY),
            (
                "max_pending_by_address",
                self.max_pending_by_address,
                1,
                ANY,
            ),
            ("max_pending_by_subnet", self.max_pending_by_subnet, 1, ANY),
            ("max_peers_by_address", self.max_peers_by_address, 1, ANY),
            ("max_peers_by_subnet", self.max_peers_by_subnet, 1, ANY),
            ("subnet_prefix_ipv4", self.subnet_prefix_ipv4.into(), 1, 32),
            ("subnet_prefix_ipv6", self.subnet_prefix_ipv6.into(), 1, 128),
            ("dial_ratio", self.dial_ratio, 1, ANY),
            ("send_queue_size", send_queue_size, 1024, ANY),
            // Memory is allocated for each event at the start.
            ("event_capacity", self.event_capacity, 1, 1_000_000),
        ];
        for (setting, value, least, most) in numbers {
            if !(least..=most).contains(&value) {
                return Err(StartError::Range {
                    setting,
                    value,
                    least,
                    most,
                });
            }
        }
        let times = [
            ("dial_timeout", self.dial_timeout),
            ("resolve_timeout", self.resolve_timeout),
            ("handshake_timeout", self.handshake_timeout),
            ("ping_interval", self.ping_interval),
            ("read_timeout", self.read_timeout),
            ("write_timeout", self.write_timeout),
            ("stall_timeout", self.stall_timeout),
        ];
        match times.into_iter().find(|(_, time)| time.is_zero()) {
            Some((setting, _)) => Err(StartError::Zero { setting }),
            None => Ok(()),
        }
    }

    /// How the slots for peers are divided between inbound and dialed ones.
    pub(super) fn limits(&self, has_sources: bool) -> PeerLimits {
        let share = if self.no_dial {
            0
        } else {
            self.max_peers
                .checked_div(self.dial_ratio)
                .unwrap_or(0)
                .max(1)
        };
        // Reserved even without a source: static nodes, which may be added at any time, need room too.
        let rest = self.max_peers.saturating_sub(share).max(1);
        PeerLimits {
            peers: self.max_peers,
            inbound: self.max_inbound.unwrap_or(rest),
            dialed: if has_sources { share } else { 0 },
            addresses: self.address_limits(),
        }
    }

    pub(super) fn address_limits(&self) -> AddressLimits {
        AddressLimits {
            peers_by_address: self.max_peers_by_address,
            peers_by_subnet: self.max_peers_by_subnet,
            pending_by_address: self.max_pending_by_address,
            pending_by_subnet: self.max_pending_by_subnet,
            ipv4_prefix: self.subnet_prefix_ipv4,
            ipv6_prefix: self.subnet_prefix_ipv6,
            local: self.limit_local_addresses,
        }
    }

    /// The times that a connection's tasks keep to.
    pub(super) fn memory_limits(&self) -> MemoryLimits {
        let bytes = |size: u32| usize::try_from(size).unwrap_or(usize::MAX);
        MemoryLimits {
            peer: bytes(self.peer_memory),
            floor: bytes(self.peer_floor),
            server: bytes(self.server_memory),
        }
    }

    pub(super) fn timing(&self) -> Arc<Timing> {
        Arc::new(Timing {
            handshake: self.handshake_timeout,
            ping_interval: self.ping_interval,
            read_timeout: self.read_timeout,
            write_timeout: self.write_timeout,
            stall_timeout: self.stall_timeout,
            shutdown_timeout: self.shutdown_timeout,
            linger: self.linger_timeout,
        })
    }
}
