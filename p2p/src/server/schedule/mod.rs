//! Which nodes to dial, and when: a state machine. Its caller passes in the time, random numbers and the peers.
//!
//! ```text
//!            add                  take_static            finished
//! (unknown) -----> static node ----------------> dialed ----------> static node, rests for the
//!                                                  ^                 redial interval
//!                                 take_candidate   |     finished
//!                  a source's node ----------------+ ------------> (forgotten, but rests too)
//! ```

mod static_node;

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::SetOnce;

use self::static_node::StaticNode;
use crate::connection::Connection;
use crate::driver::error::{ConnectError, Refusal};
use crate::enode::Enode;
use crate::identity::NodeId;
use crate::network::{Network, is_allowed};
use crate::server::admission::{Obstacle, Origin, PeerTable};

/// The static nodes, the dials under way, and the recent dials.
#[derive(Debug)]
pub(super) struct Schedule {
    settings: DialSettings,
    /// Sorted, so that the random numbers alone decide which nodes are picked.
    statics: BTreeMap<NodeId, StaticNode>,
    dialing: HashMap<NodeId, Dial>,
    /// When each recently dialed node may be dialed again; `None` for never.
    history: HashMap<NodeId, Option<Instant>>,
}

/// The settings for dials.
#[derive(Debug)]
pub(super) struct DialSettings {
    /// The time between two dials of one node.
    pub(super) interval: Duration,
    /// The most that is added to the interval, at random. It desynchronises two nodes that refuse each other's
    /// dials.
    pub(super) jitter: Duration,
    /// The most dials under way, apart from those that the user asks for.
    pub(super) slots: usize,
    /// The only networks that are dialed; all if it is empty.
    pub(super) restrict: Vec<Network>,
    /// True to dial nodes with TCP port 0: to the user's own dialer the port may mean nothing.
    pub(super) any_port: bool,
    /// The initial and the maximum delay between two searches for a static node's address.
    pub(super) resolve: (Duration, Duration),
}

/// A dial under way.
#[derive(Debug)]
struct Dial {
    origin: Origin,
    enode: Enode,
    outcome: Arc<DialOutcome>,
}

/// The result of a dial, once there is one.
pub(super) type DialOutcome = SetOnce<Result<Arc<Connection>, ConnectError>>;

/// A dial under way of a node that the user asks for.
#[derive(Debug)]
pub(super) struct OngoingDial {
    pub(super) outcome: Arc<DialOutcome>,
    /// True if the user may take this dial's failure as the answer: it goes to the same address, and is not limited by
    /// the share for sources.
    pub(super) is_same: bool,
}

/// The next step of the task that dials.
#[derive(Debug, Default)]
pub(super) struct DialPlan {
    /// Static nodes that can never be dialed as they are configured, and why. Each is reported once.
    pub(super) hopeless: Vec<(Enode, Refusal)>,
    /// Static nodes to dial now.
    pub(super) statics: Vec<Enode>,
    /// When to make the next plan, at the latest.
    pub(super) next: Option<Instant>,
    /// True if there is room for a node from a source.
    pub(super) wants_candidate: bool,
}

impl DialSettings {
    /// Checks the port and the address in a node's URL. A host name is checked when it is resolved.
    fn check_url(&self, enode: &Enode) -> Result<(), Refusal> {
        if enode.tcp_port() == 0 && !self.any_port {
            return Err(Refusal::NoPort);
        }
        match enode.ip() {
            Some(address) if !is_allowed(&self.restrict, address) => {
                Err(Refusal::Restricted { address })
            }
            _ => Ok(()),
        }
    }
}

impl Schedule {
    pub(super) fn new(settings: DialSettings) -> Self {
        Self {
            settings,
            statics: BTreeMap::new(),
            dialing: HashMap::new(),
            history: HashMap::new(),
        }
    }

    /// Adds a static node, or replaces its URL. A node with a new URL may be dialed at once.
    pub(super) fn add(&mut self, enode: Enode) {
        let id = enode.public_key().node_id();
        match self.statics.get_mut(&id) {
            Some(node) if *node.configured() == enode => {}
            Some(node) => {
                node.configure(enode);
                self.history.remove(&id);
            }
            None => {
                let node = StaticNode::new(enode, self.settings.resolve.0);
                self.statics.insert(id, node);
            }
        }
    }

    /// Removes a static node. A dial of it that is under way goes on.
    pub(super) fn remove(&mut self, id: &NodeId) {
        self.statics.remove(id);
    }

    /// Decides what to dial now, and when to decide again.
    pub(super) fn plan(
        &mut self,
        now: Instant,
        table: &PeerTable,
        random: impl FnMut() -> u32,
    ) -> DialPlan {
        DialPlan {
            hopeless: self.take_hopeless(table),
            statics: self.take_static(now, table, random),
            next: self
                .next_due(now)
                .into_iter()
                .chain(table.next_unban())
                .min(),
            wants_candidate: self.candidate_slots(table) > 0,
        }
    }

    /// Picks static nodes to dial now, at random. A dial lasts until [`finished`](Self::finished).
    ///
    /// Up to twice as many dials run as there is room for peers, because some fail. Trusted nodes need no room.
    fn take_static(
        &mut self,
        now: Instant,
        table: &PeerTable,
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
            let has_room =
                self.untrusted_dials(Origin::Static, table) < table.room().saturating_mul(2);
            if has_room || table.is_trusted(&id) {
                let Some(node) = self.statics.get(&id) else {
                    continue;
                };
                let enode = node.next().clone();
                self.start(&enode, Origin::Static, now, random());
                taken.push(enode);
            }
        }
        taken
    }

    /// Returns whether this is a static node that only a lack of room keeps from being dialed.
    pub(super) fn waits_for_room(&self, id: &NodeId, table: &PeerTable) -> bool {
        let is_full = table.room() == 0 && !table.is_trusted(id);
        let node = self.statics.get(id).filter(|_| is_full);
        node.is_some_and(|node| {
            let enode = node.next();
            let is_dialed = self.dialing.contains_key(id);
            let checked = self.settings.check_url(enode);
            checked.is_ok() && !is_dialed && table.check_dial(id, enode.ip()).is_ok()
        })
    }

    /// The static nodes that can never be dialed as they are configured, and why. Each is returned once.
    fn take_hopeless(&mut self, table: &PeerTable) -> Vec<(Enode, Refusal)> {
        let mut hopeless = Vec::new();
        for (id, node) in &mut self.statics {
            if !node.is_to_be_checked() {
                continue;
            }
            let enode = node.configured();
            let checked = if table.is_own(id) {
                Err(Refusal::ConnectedToSelf)
            } else {
                self.settings.check_url(enode)
            };
            hopeless.extend(checked.err().map(|refusal| (enode.clone(), refusal)));
        }
        hopeless
    }

    /// How many more nodes of sources may be dialed now. Up to twice as many dials run as there is room in their
    /// share of the peers.
    fn candidate_slots(&self, table: &PeerTable) -> usize {
        let dialed = self.untrusted_dials(Origin::Candidate, table);
        let share = table
            .room_for_candidates()
            .saturating_mul(2)
            .saturating_sub(dialed);
        share.min(self.free_slots())
    }

    /// How many more dials may run. Those that the user asks for take no slot: calls for hosts that are down
    /// would stop all other dials.
    fn free_slots(&self) -> usize {
        let dials = self.dialing.values();
        let counted = dials.filter(|dial| dial.origin != Origin::Asked).count();
        self.settings.slots.saturating_sub(counted)
    }

    /// Starts to dial a node that a source has named, unless there is an obstacle.
    pub(super) fn take_candidate(
        &mut self,
        enode: &Enode,
        now: Instant,
        table: &PeerTable,
        random: impl FnOnce() -> u32,
    ) -> Result<(), Obstacle> {
        let id = enode.public_key().node_id();
        self.check(&id, enode, now, table)?;
        if self.candidate_slots(table) == 0 {
            return Err(Obstacle::NoRoom);
        }
        self.check_crowd(&id, enode, table)?;
        self.start(enode, Origin::Candidate, now, random());
        Ok(())
    }

    /// Checks the limits per address and subnet as if all dials under way had already succeeded.
    fn check_crowd(&self, id: &NodeId, enode: &Enode, table: &PeerTable) -> Result<(), Refusal> {
        let Some(ip) = enode.ip().filter(|_| !table.is_trusted(id)) else {
            return Ok(());
        };
        let limits = table.limits().addresses;
        let dials = self.dialing.values();
        let candidates = dials.filter(|dial| dial.origin == Origin::Candidate);
        let dialed: Vec<IpAddr> = candidates.filter_map(|dial| dial.enode.ip()).collect();
        limits.check_pending(ip, dialed.iter().copied())?;
        limits.check_peer(ip, table.addresses().chain(dialed))
    }

    /// Starts to dial a node that the user asks for, whatever the limits say. If a dial of it is under way,
    /// returns that one instead.
    pub(super) fn ask(
        &mut self,
        enode: &Enode,
        now: Instant,
        random: impl FnOnce() -> u32,
    ) -> Option<OngoingDial> {
        if let Some(dial) = self.dialing.get(&enode.public_key().node_id()) {
            return Some(OngoingDial {
                outcome: dial.outcome.clone(),
                is_same: dial.enode == *enode && dial.origin != Origin::Candidate,
            });
        }
        self.start(enode, Origin::Asked, now, random());
        None
    }

    /// Records the outcome of a dial, for those who wait for it. Returns `false` if it was dialed as a static
    /// node and has been removed since.
    pub(super) fn finished(
        &mut self,
        id: &NodeId,
        outcome: Result<Arc<Connection>, ConnectError>,
    ) -> bool {
        let Some(dial) = self.dialing.remove(id) else {
            return true;
        };
        // A node that sent Disconnect was reachable.
        let was_missed = !matches!(outcome, Ok(_) | Err(ConnectError::Disconnected(_)));
        // This is the only place that sets it, and the dial was just removed.
        let _ = dial.outcome.set(outcome);
        let Some(node) = self.statics.get_mut(id) else {
            return dial.origin != Origin::Static;
        };
        if dial.origin == Origin::Static && was_missed {
            node.missed();
        }
        true
    }

    /// The configured URL of a static node, if its address may be searched for now. The caller passes the result
    /// to [`resolved`](Self::resolved).
    pub(super) fn to_resolve(&self, id: &NodeId, now: Instant) -> Option<Enode> {
        let node = self.statics.get(id).filter(|node| node.may_resolve(now));
        node.map(|node| node.configured().clone())
    }

    /// Records the result of a search for a static node's address. Each search that finds nothing doubles the
    /// delay to the next. Returns `true` if the address found is to be dialed at once.
    pub(super) fn resolved(
        &mut self,
        configured: &Enode,
        found: Option<&Enode>,
        now: Instant,
    ) -> bool {
        let found = found
            .filter(|enode| enode.public_key() == configured.public_key())
            .filter(|enode| self.settings.check_url(enode).is_ok());
        let node = self.statics.get_mut(&configured.public_key().node_id());
        // The user may have removed it, or replaced its URL, during the search.
        let Some(node) = node.filter(|node| node.configured() == configured) else {
            return false;
        };
        node.resolved(found, self.settings.resolve, now);
        found.is_some()
    }

    /// Records the addresses to which the host name of a static node has resolved.
    pub(super) fn keep_addresses(&mut self, enode: &Enode, addresses: &[SocketAddr]) {
        if let Some(node) = self.statics.get_mut(&enode.public_key().node_id()) {
            node.keep_addresses(enode, addresses);
        }
    }

    /// The addresses to which the host name of a static node resolved the last time.
    pub(super) fn last_addresses(&self, enode: &Enode) -> Option<Vec<SocketAddr>> {
        let node = self.statics.get(&enode.public_key().node_id());
        node?.last_addresses(enode).map(<[SocketAddr]>::to_vec)
    }

    /// The earliest end of a redial interval among the static nodes.
    fn next_due(&self, now: Instant) -> Option<Instant> {
        let ids = self.statics.keys();
        ids.filter(|id| !self.dialing.contains_key(*id))
            .filter_map(|id| self.history.get(id).copied().flatten())
            .filter(|due| *due > now)
            .min()
    }

    /// Checks whether a node could be dialed now if there were room.
    fn check(
        &self,
        id: &NodeId,
        enode: &Enode,
        now: Instant,
        table: &PeerTable,
    ) -> Result<(), Obstacle> {
        self.settings.check_url(enode)?;
        if self.dialing.contains_key(id) {
            return Err(Obstacle::Dialing);
        }
        table.check_dial(id, enode.ip())?;
        if self.is_recent(id, now) {
            return Err(Obstacle::Recent);
        }
        Ok(())
    }

    fn is_recent(&self, id: &NodeId, now: Instant) -> bool {
        let until = self.history.get(id);
        until.is_some_and(|until| until.is_none_or(|until| until > now))
    }

    /// How many dials of an origin are under way, without those of trusted nodes, which need no room.
    fn untrusted_dials(&self, origin: Origin, table: &PeerTable) -> usize {
        let dialing = self.dialing.iter();
        dialing
            .filter(|(id, dial)| dial.origin == origin && !table.is_trusted(id))
            .count()
    }

    fn start(&mut self, enode: &Enode, origin: Origin, now: Instant, random: u32) {
        let id = enode.public_key().node_id();
        self.history
            .retain(|_, until| until.is_none_or(|until| until > now));
        let interval = self.settings.interval;
        let most = self.settings.jitter;
        let share = f64::from(random) / f64::from(u32::MAX);
        let jitter = Duration::try_from_secs_f64(most.as_secs_f64() * share).unwrap_or(most);
        let wait = interval.checked_add(jitter);
        let until = wait.and_then(|wait| now.checked_add(wait));
        self.history.insert(id, until);
        let dial = Dial {
            origin,
            enode: enode.clone(),
            outcome: Arc::default(),
        };
        self.dialing.insert(id, dial);
    }
}

/// Picks one of this many positions by a random number.
fn pick(positions: usize, random: u32) -> usize {
    usize::try_from(random).unwrap_or(usize::MAX) % positions.max(1)
}

#[cfg(test)]
mod tests;
