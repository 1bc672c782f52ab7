//! Whom to dial and when: a state machine that is given time, randomness and the peers.
//!
//! ```text
//!            add                  take_static            finished
//! (unknown) -----> static node ----------------> dialed ----------> static node, not again
//!                                                  ^                 before its time
//!                                 take_candidate   |     finished
//!                  a source's node ----------------+ ------------> (forgotten, not again
//!                                                                   before its time)
//! ```

mod statics;

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::SetOnce;

use super::admission::{Obstacle, Table};
use super::schedule::statics::Static;
use crate::connection::Connection;
use crate::driver::error::{ConnectError, Refusal};
use crate::enode::Enode;
use crate::identity::NodeId;
use crate::network::{Network, is_allowed};

/// The nodes that may be dialed, the dials under way, and those of a short while ago.
#[derive(Debug)]
pub(super) struct Schedule {
    settings: Settings,
    /// In order, so that chance alone decides who is picked.
    statics: BTreeMap<NodeId, Static>,
    dialing: HashMap<NodeId, Dial>,
    /// When each node that was dialed may be dialed again; `None` is never.
    history: HashMap<NodeId, Option<Instant>>,
}

/// What holds for every dial.
#[derive(Debug)]
pub(super) struct Settings {
    /// The time between two dials of one node.
    pub(super) interval: Duration,
    /// The most that is added to it, at random, so that two nodes that refuse each other's dials get
    /// out of step.
    pub(super) jitter: Duration,
    /// The most dials under way, but for those that the user asks for.
    pub(super) slots: usize,
    /// The only networks that are dialed; none is all.
    pub(super) restrict: Vec<Network>,
    /// Whether a node with TCP port 0 may be dialed: the port means nothing to a dialer of the user's.
    pub(super) any_port: bool,
    /// The time between two attempts to find a node's new address, first and at most.
    pub(super) resolve: (Duration, Duration),
}

/// A dial under way.
#[derive(Debug)]
struct Dial {
    kind: Kind,
    enode: Enode,
    outcome: Arc<Outcome>,
    /// The address, if it is not to be resolved.
    ip: Option<IpAddr>,
}

/// What has become of a dial.
pub(super) type Outcome = SetOnce<Result<Arc<Connection>, ConnectError>>;

/// A dial under way that somebody asks for once more.
#[derive(Debug)]
pub(super) struct UnderWay {
    pub(super) outcome: Arc<Outcome>,
    /// Whether it is what is asked for: at the same address, and not for the share of sources.
    pub(super) is_same: bool,
}

/// Why a node is dialed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Static,
    Candidate,
    Asked,
}

impl Schedule {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            statics: BTreeMap::new(),
            dialing: HashMap::new(),
            history: HashMap::new(),
        }
    }

    /// Adds a static node, or gives a known one another address, at which it may be dialed at once.
    pub(super) fn add(&mut self, enode: Enode) {
        let id = enode.public_key().node_id();
        match self.statics.get_mut(&id) {
            Some(node) if *node.configured() == enode => {}
            Some(node) => {
                node.configure(enode);
                self.history.remove(&id);
            }
            None => {
                let node = Static::new(enode, self.settings.resolve.0);
                self.statics.insert(id, node);
            }
        }
    }

    /// Removes a static node. A dial that is under way ends as it may.
    pub(super) fn remove(&mut self, id: &NodeId) {
        self.statics.remove(id);
    }

    /// The static nodes to be dialed now, picked at random. A dial lasts until
    /// [`finished`](Self::finished).
    ///
    /// Twice as many are under way as there is room for peers, because some dials fail; trusted nodes
    /// need no room.
    pub(super) fn take_static(
        &mut self,
        now: Instant,
        table: &Table,
        mut random: impl FnMut() -> u32,
    ) -> Vec<Enode> {
        let mut pool: Vec<NodeId> = self
            .statics
            .iter()
            .filter(|(id, node)| self.check(id, node.next(), now, table).is_ok())
            .map(|(id, _)| *id)
            .collect();
        let mut taken = Vec::new();
        while !pool.is_empty() && self.free_slots() > 0 {
            let id = pool.swap_remove(pick(pool.len(), random()));
            let has_room = self.limited(Kind::Static, table) < table.room().saturating_mul(2);
            if has_room || table.is_trusted(&id) {
                let Some(node) = self.statics.get(&id) else {
                    continue;
                };
                let enode = node.next().clone();
                self.start(&enode, Kind::Static, now, random());
                taken.push(enode);
            }
        }
        taken
    }

    /// Whether this is a static node that is not dialed for want of room alone.
    pub(super) fn waits_for_room(&self, id: &NodeId, table: &Table) -> bool {
        let is_full = table.room() == 0 && !table.is_trusted(id);
        let node = self.statics.get(id).filter(|_| is_full);
        node.is_some_and(|node| {
            let enode = node.next();
            let is_reachable = self.has_port(enode) && !self.is_restricted(enode);
            let is_dialed = self.dialing.contains_key(id);
            is_reachable && !is_dialed && table.obstacle(id, enode.ip()).is_none()
        })
    }

    /// The static nodes that can't be dialed at all as they are configured, and why; each is told once.
    pub(super) fn take_hopeless(&mut self, table: &Table) -> Vec<(Enode, Refusal)> {
        let Settings {
            restrict, any_port, ..
        } = &self.settings;
        let mut hopeless = Vec::new();
        for (id, node) in &mut self.statics {
            if !node.is_to_be_checked() {
                continue;
            }
            let enode = node.configured();
            let refusal = match enode.ip() {
                _ if table.is_own(id) => Some(Refusal::ConnectedToSelf),
                _ if enode.tcp_port() == 0 && !any_port => Some(Refusal::NoPort),
                Some(address) if !is_allowed(restrict, address) => {
                    Some(Refusal::Restricted { address })
                }
                _ => None,
            };
            hopeless.extend(refusal.map(|refusal| (enode.clone(), refusal)));
        }
        hopeless
    }

    /// How many nodes of sources may be dialed beside the dials under way: twice as many as there is
    /// room for in their share of the peers.
    pub(super) fn candidate_slots(&self, table: &Table) -> usize {
        let dialed = self.limited(Kind::Candidate, table);
        let share = table
            .room_for_candidates()
            .saturating_mul(2)
            .saturating_sub(dialed);
        share.min(self.free_slots())
    }

    /// How many more dials may be under way. Those that the user asks for take up none: calls to hosts that
    /// are down would stop all others.
    fn free_slots(&self) -> usize {
        let dials = self.dialing.values();
        let counted = dials.filter(|dial| dial.kind != Kind::Asked).count();
        self.settings.slots.saturating_sub(counted)
    }

    /// Begins to dial a node that a source names, unless there is an obstacle.
    pub(super) fn take_candidate(
        &mut self,
        enode: &Enode,
        now: Instant,
        table: &Table,
        random: impl FnOnce() -> u32,
    ) -> Result<(), Obstacle> {
        let id = enode.public_key().node_id();
        self.check(&id, enode, now, table)?;
        if self.candidate_slots(table) == 0 {
            return Err(Obstacle::NoRoom);
        }
        if self.is_crowded(&id, enode, table) {
            return Err(Obstacle::Crowded);
        }
        self.start(enode, Kind::Candidate, now, random());
        Ok(())
    }

    /// Whether a node of a source would be one too many near its address, if all dials succeed.
    fn is_crowded(&self, id: &NodeId, enode: &Enode, table: &Table) -> bool {
        let Some(ip) = enode.ip().filter(|_| !table.is_trusted(id)) else {
            return false;
        };
        let limits = table.limits().addresses;
        let dialed = || {
            let dials = self.dialing.values();
            dials.filter(|dial| dial.kind == Kind::Candidate)
        };
        let dialed = || dialed().filter_map(|dial| dial.ip);
        let peers = table.addresses().chain(dialed());
        limits.check_pending(ip, dialed()).is_err() || limits.check_peer(ip, peers).is_err()
    }

    /// Begins to dial a node that the user asks for, whatever room and time there is, or gives the dial of
    /// it that is under way.
    pub(super) fn ask(
        &mut self,
        enode: &Enode,
        now: Instant,
        random: impl FnOnce() -> u32,
    ) -> Option<UnderWay> {
        let under_way = self.dialing.get(&enode.public_key().node_id());
        if let Some(dial) = under_way {
            return Some(UnderWay {
                outcome: dial.outcome.clone(),
                is_same: dial.enode == *enode && dial.kind != Kind::Candidate,
            });
        }
        self.start(enode, Kind::Asked, now, random());
        None
    }

    /// Notes that a dial has ended, and how, for those who wait for it. `false` if the node was static and
    /// is no more.
    pub(super) fn finished(
        &mut self,
        id: &NodeId,
        outcome: Result<Arc<Connection>, ConnectError>,
    ) -> bool {
        let Some(dial) = self.dialing.remove(id) else {
            return true;
        };
        // Who gave a reason was there.
        let was_missed = !matches!(outcome, Ok(_) | Err(ConnectError::Disconnected(_)));
        // It is set once, here.
        let _ = dial.outcome.set(outcome);
        let Some(node) = self.statics.get_mut(id) else {
            return dial.kind != Kind::Static;
        };
        if dial.kind == Kind::Static && was_missed {
            node.missed();
        }
        true
    }

    /// Whether to look for the address of a static node that could not be reached. If so, it is given as it
    /// is configured, and the outcome is to be told to [`resolved`](Self::resolved).
    pub(super) fn to_resolve(&self, id: &NodeId, now: Instant) -> Option<Enode> {
        let node = self.statics.get(id).filter(|node| node.may_resolve(now));
        node.map(|node| node.configured().clone())
    }

    /// Notes what was found for a static node that was configured so. The next attempt is later each time
    /// that nothing is. `true` if it has an address now that is to be dialed at once.
    pub(super) fn resolved(
        &mut self,
        configured: &Enode,
        found: Option<&Enode>,
        now: Instant,
    ) -> bool {
        let found = found
            .filter(|enode| enode.public_key() == configured.public_key())
            .filter(|enode| self.has_port(enode) && !self.is_restricted(enode));
        let node = self.statics.get_mut(&configured.public_key().node_id());
        // The user may have removed it, or given it another address, while it was looked for.
        let Some(node) = node.filter(|node| node.configured() == configured) else {
            return false;
        };
        node.resolved(found, self.settings.resolve, now);
        found.is_some()
    }

    /// Notes what the name of a static node stands for.
    pub(super) fn keep_addresses(&mut self, enode: &Enode, addresses: &[SocketAddr]) {
        if let Some(node) = self.statics.get_mut(&enode.public_key().node_id()) {
            node.keep_addresses(enode, addresses);
        }
    }

    /// What the name of a static node stood for when it was looked up last.
    pub(super) fn last_addresses(&self, enode: &Enode) -> Option<Vec<SocketAddr>> {
        let node = self.statics.get(&enode.public_key().node_id());
        node?.last_addresses(enode).map(<[SocketAddr]>::to_vec)
    }

    /// When the next static node may be dialed that was dialed too short a while ago.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        let ids = self.statics.keys();
        ids.filter(|id| !self.dialing.contains_key(*id))
            .filter_map(|id| self.history.get(id).copied().flatten())
            .filter(|due| *due > now)
            .min()
    }

    /// Why a node is not to be dialed now, if there is a reason.
    fn check(
        &self,
        id: &NodeId,
        enode: &Enode,
        now: Instant,
        table: &Table,
    ) -> Result<(), Obstacle> {
        if !self.has_port(enode) {
            Err(Obstacle::NoPort)
        } else if self.dialing.contains_key(id) {
            Err(Obstacle::Dialing)
        } else if let Some(obstacle) = table.obstacle(id, enode.ip()) {
            Err(obstacle)
        } else if self.is_restricted(enode) {
            Err(Obstacle::Restricted)
        } else if self.is_recent(id, now) {
            Err(Obstacle::Recent)
        } else {
            Ok(())
        }
    }

    fn has_port(&self, enode: &Enode) -> bool {
        self.settings.any_port || enode.tcp_port() != 0
    }

    fn is_recent(&self, id: &NodeId, now: Instant) -> bool {
        let until = self.history.get(id);
        until.is_some_and(|until| until.is_none_or(|until| until > now))
    }

    /// A name may stand for an address that is allowed: it is known when it is dialed.
    fn is_restricted(&self, enode: &Enode) -> bool {
        enode
            .ip()
            .is_some_and(|ip| !is_allowed(&self.settings.restrict, ip))
    }

    /// The dials of a kind under way that need room.
    fn limited(&self, kind: Kind, table: &Table) -> usize {
        let dialing = self.dialing.iter();
        dialing
            .filter(|(id, dial)| dial.kind == kind && !table.is_trusted(id))
            .count()
    }

    fn start(&mut self, enode: &Enode, kind: Kind, now: Instant, random: u32) {
        let (id, ip) = (enode.public_key().node_id(), enode.ip());
        self.history
            .retain(|_, until| until.is_none_or(|until| until > now));
        let Settings {
            interval, jitter, ..
        } = &self.settings;
        let share = f64::from(random) / f64::from(u32::MAX);
        let jitter = Duration::try_from_secs_f64(jitter.as_secs_f64() * share).unwrap_or(*jitter);
        let wait = interval.checked_add(jitter);
        let until = wait.and_then(|wait| now.checked_add(wait));
        self.history.insert(id, until);
        let dial = Dial {
            kind,
            enode: enode.clone(),
            outcome: Arc::default(),
            ip,
        };
        self.dialing.insert(id, dial);
    }
}

/// One of so many positions, by a random number.
fn pick(positions: usize, random: u32) -> usize {
    usize::try_from(random).unwrap_or(usize::MAX) % positions.max(1)
}

#[cfg(test)]
mod tests;
