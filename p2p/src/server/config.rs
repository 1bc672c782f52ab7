//! The settings that hold while a server runs.

use std::collections::HashSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::admission::PeerLimits;
use super::error::StartError;
use crate::discovery::{NodeDatabase, NodeSource};
use crate::enode::Enode;
use crate::identity::NodeId;
use crate::network::Network;
use crate::peer::{Rejection, Timing};
use crate::protocol::PeerInfo;

/// The settings that hold while a server runs.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) max_peers: usize,
    pub(super) max_inbound: Option<usize>,
    pub(super) max_pending_peers: usize,
    pub(super) max_pending_by_address: usize,
    pub(super) dial_ratio: usize,
    pub(super) no_dial: bool,
    pub(super) sources: Vec<Arc<dyn NodeSource>>,
    pub(super) database: Option<NodeDatabase>,
    pub(super) static_nodes: Vec<Enode>,
    pub(super) trusted_nodes: HashSet<NodeId>,
    pub(super) net_restrict: Vec<Network>,
    pub(super) dial_timeout: Duration,
    pub(super) resolve_timeout: Duration,
    pub(super) redial_interval: Duration,
    pub(super) redial_jitter: Duration,
    pub(super) resolve_backoff: (Duration, Duration),
    pub(super) send_queue_size: u32,
    pub(super) event_capacity: usize,
    pub(super) record_capacity: usize,
    pub(super) inbound_interval: Duration,
    pub(super) rule: Option<Rule>,
    pub(super) timing: Timing,
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
            max_pending_by_address: 10,
            dial_ratio: 3,
            no_dial: false,
            sources: Vec::new(),
            database: None,
            static_nodes: Vec::new(),
            trusted_nodes: HashSet::new(),
            net_restrict: Vec::new(),
            dial_timeout: Duration::from_secs(15),
            resolve_timeout: Duration::from_secs(5),
            redial_interval: Duration::from_secs(35),
            redial_jitter: Duration::from_secs(10),
            resolve_backoff: (Duration::from_secs(60), Duration::from_secs(3600)),
            send_queue_size: 1024 * 1024,
            event_capacity: 256,
            record_capacity: 1024,
            inbound_interval: Duration::from_secs(30),
            rule: None,
            timing: Timing::default(),
        }
    }
}

impl Config {
    /// Refuses settings with which no connection could be.
    pub(super) fn check(&self) -> Result<(), StartError> {
        let timing = &self.timing;
        let zeros = [
            ("max_peers", self.max_peers == 0),
            ("max_pending_peers", self.max_pending_peers == 0),
            ("max_pending_by_address", self.max_pending_by_address == 0),
            ("dial_ratio", self.dial_ratio == 0),
            ("dial_timeout", self.dial_timeout.is_zero()),
            ("resolve_timeout", self.resolve_timeout.is_zero()),
            ("handshake_timeout", timing.handshake.is_zero()),
            ("ping_interval", timing.ping_interval.is_zero()),
            ("read_timeout", timing.read_timeout.is_zero()),
            ("write_timeout", timing.write_timeout.is_zero()),
            ("stall_timeout", timing.stall_timeout.is_zero()),
        ];
        match zeros.into_iter().find(|(_, is_zero)| *is_zero) {
            Some((setting, _)) => Err(StartError::Zero { setting }),
            None => Ok(()),
        }
    }

    /// How the peers are shared between those who connect and those that are dialed.
    pub(super) fn limits(&self) -> PeerLimits {
        let peers = self.max_peers;
        let dialed = match self.no_dial || (self.sources.is_empty() && self.database.is_none()) {
            true => 0,
            false => peers.checked_div(self.dial_ratio).unwrap_or(0).max(1),
        };
        let inbound = self.max_inbound.unwrap_or((peers - dialed).max(1));
        PeerLimits {
            peers,
            inbound,
            dialed,
        }
    }
}
