//! The settings that hold while a server runs.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::addresses::AddressLimits;
use super::admission::PeerLimits;
use super::error::StartError;
use super::stream::AnyDialer;
#[cfg(feature = "database")]
use crate::discovery::NodeDatabase;
use crate::enode::Enode;
use crate::identity::PublicKey;
use crate::network::Network;
use crate::peer::{Rejection, Timing};
use crate::protocol::PeerInfo;
use crate::source::NodeSource;

/// More is a mistake: memory is taken for each event at once.
const MOST_EVENTS: usize = 1_000_000;

/// The settings that hold while a server runs.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) max_peers: usize,
    pub(crate) max_inbound: Option<usize>,
    pub(crate) max_pending_peers: usize,
    pub(crate) addresses: AddressLimits,
    pub(crate) dial_ratio: usize,
    pub(crate) no_dial: bool,
    pub(crate) sources: Vec<Arc<dyn NodeSource>>,
    #[cfg(feature = "database")]
    pub(super) database: Option<NodeDatabase>,
    pub(crate) static_nodes: Vec<Enode>,
    pub(crate) trusted_nodes: Vec<PublicKey>,
    pub(crate) net_restrict: Vec<Network>,
    pub(crate) dial_timeout: Duration,
    pub(crate) resolve_timeout: Duration,
    pub(crate) redial_interval: Duration,
    pub(crate) redial_jitter: Duration,
    pub(crate) resolve_backoff: (Duration, Duration),
    pub(crate) send_queue_size: u32,
    pub(crate) event_capacity: usize,
    pub(super) message_events: bool,
    pub(super) handler_times: bool,
    pub(crate) record_capacity: usize,
    pub(crate) inbound_interval: Duration,
    pub(super) rule: Option<Rule>,
    pub(super) dialer: Option<Box<dyn AnyDialer>>,
    pub(crate) timing: Arc<Timing>,
    /// What is asked for addresses instead of the system.
    #[cfg(test)]
    pub(super) names: Option<super::tests::Names>,
}

/// What the user admits.
#[derive(Clone)]
pub(super) struct Rule(pub(super) Arc<RuleFn>);

type RuleFn = dyn Fn(&PeerInfo) -> Result<(), Rejection> + Send + Sync;

impl Rule {
    /// Whether the user admits this node. A rule that panics does not.
    pub(super) fn ask(&self, info: &PeerInfo) -> Result<(), Rejection> {
        let asked = catch_unwind(AssertUnwindSafe(|| (self.0)(info)));
        asked.unwrap_or_else(|_| Err("the rule panicked".into()))
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rule")
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_peers: 50,
            max_inbound: None,
            max_pending_peers: 50,
            addresses: AddressLimits::default(),
            dial_ratio: 3,
            no_dial: false,
            sources: Vec::new(),
            #[cfg(feature = "database")]
            database: None,
            static_nodes: Vec::new(),
            trusted_nodes: Vec::new(),
            net_restrict: Vec::new(),
            dial_timeout: Duration::from_secs(15),
            resolve_timeout: Duration::from_secs(5),
            redial_interval: Duration::from_secs(35),
            redial_jitter: Duration::from_secs(10),
            resolve_backoff: (Duration::from_secs(60), Duration::from_secs(3600)),
            send_queue_size: 1024 * 1024,
            event_capacity: 256,
            message_events: false,
            handler_times: false,
            record_capacity: 1024,
            inbound_interval: Duration::from_secs(30),
            rule: None,
            dialer: None,
            timing: Arc::default(),
            #[cfg(test)]
            names: None,
        }
    }
}

impl Config {
    /// Refuses settings with which no connection could be.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let (timing, addresses) = (&self.timing, &self.addresses);
        let zeros = [
            ("max_peers", self.max_peers == 0),
            ("max_pending_peers", self.max_pending_peers == 0),
            ("max_peers_by_address", addresses.peers_by_address == 0),
            ("max_peers_by_subnet", addresses.peers_by_subnet == 0),
            ("max_pending_by_address", addresses.pending_by_address == 0),
            ("max_pending_by_subnet", addresses.pending_by_subnet == 0),
            ("the prefix of IPv4 subnets", addresses.ipv4_prefix == 0),
            ("the prefix of IPv6 subnets", addresses.ipv6_prefix == 0),
            ("dial_ratio", self.dial_ratio == 0),
            ("dial_timeout", self.dial_timeout.is_zero()),
            ("resolve_timeout", self.resolve_timeout.is_zero()),
            ("handshake_timeout", timing.handshake.is_zero()),
            ("ping_interval", timing.ping_interval.is_zero()),
            ("read_timeout", timing.read_timeout.is_zero()),
            ("write_timeout", timing.write_timeout.is_zero()),
            ("stall_timeout", timing.stall_timeout.is_zero()),
        ];
        if let Some((setting, _)) = zeros.into_iter().find(|(_, is_zero)| *is_zero) {
            return Err(StartError::Zero { setting });
        }
        if self.event_capacity > MOST_EVENTS {
            return Err(StartError::TooLarge {
                setting: "event_capacity",
                value: self.event_capacity,
                most: MOST_EVENTS,
            });
        }
        let prefixes = [(addresses.ipv4_prefix, 32), (addresses.ipv6_prefix, 128)];
        if let Some((prefix, most)) = prefixes.into_iter().find(|(prefix, most)| prefix > most) {
            return Err(StartError::Prefix { prefix, most });
        }
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

    /// Whether there is anything to dial besides static nodes.
    fn has_sources(&self) -> bool {
        #[cfg(feature = "database")]
        if self.database.is_some() {
            return true;
        }
        !self.sources.is_empty()
    }

    /// How the peers are shared between those who connect and those that are dialed.
    pub(super) fn limits(&self) -> PeerLimits {
        let peers = self.max_peers;
        let share = match self.no_dial {
            true => 0,
            false => peers.checked_div(self.dial_ratio).unwrap_or(0).max(1),
        };
        let dialed = if self.has_sources() { share } else { 0 };
        // Whether or not there is a source: static nodes, which may be added at any time, need room too.
        let inbound = self
            .max_inbound
            .unwrap_or(peers.saturating_sub(share).max(1));
        PeerLimits {
            peers,
            inbound,
            dialed,
            addresses: self.addresses,
        }
    }
}
