//! The known nodes: a bounded table. Its caller passes in the time and random numbers.
//!
//! ```text
//!               heard                 contact, full
//! (unknown) -------------> claimed -----------------> proven ---+
//!     |                       | 3 failures             ^ |  ^   | failed: one failure more
//!     |                       v                        | |  +---+ contact, full, seen: none
//!     |                  (forgotten) <-----------------|-+
//!     |      contact, full              too old, or    |
//!     +------------------------------------------------+
//!                                       the worst if there are too many, in total or near each other
//! ```

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use crate::enode::Enode;
use crate::identity::NodeId;
use crate::network::{Network, Share, is_local};
use crate::nodes::database::known::{DialFailure, KnownNode};
use crate::nodes::database::local::LocalRecord;

/// After this many failed dials, a node that was never confirmed is forgotten.
const MAX_UNPROVEN_FAILURES: u32 = 3;

/// The most unconfirmed nodes near each other. It keeps the owner of a few addresses from filling the database.
const CLAIMED: Share = Share {
    by_address: 4,
    by_subnet: 10,
    ipv4_prefix: Share::IPV4_PREFIX,
    ipv6_prefix: Share::IPV6_PREFIX,
};

/// The most confirmed nodes near each other, the same as the defaults for peers. Source: go-ethereum's
/// `p2p/discover`, `tableIPLimit`.
const PROVEN: Share = Share {
    by_address: 5,
    by_subnet: 10,
    ipv4_prefix: Share::IPV4_PREFIX,
    ipv6_prefix: Share::IPV6_PREFIX,
};

/// The limits on what is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// The most nodes. A quarter of them may be unconfirmed.
    pub(super) capacity: usize,
    /// How long nodes are kept without contact.
    pub(super) forget_after: Duration,
}

/// The known nodes, and which of them have changed since the file was last written.
#[derive(Debug)]
pub(super) struct NodeTable {
    bounds: Bounds,
    /// When this process opened the database.
    started: SystemTime,
    nodes: HashMap<NodeId, KnownNode>,
    /// The own records of the nodes that have run with this database, by node ID.
    locals: HashMap<NodeId, LocalRecord>,
    /// The nodes whose rows the file lacks.
    changed: HashSet<NodeId>,
    /// The local records that the file lacks.
    changed_locals: HashSet<NodeId>,
    /// True if the file's contents are unknown, after a failed write.
    all_changed: bool,
    /// The nodes still to be named in this round, the next one last; `None` before the first call.
    round: Option<Vec<NodeId>>,
}

/// The changes to write to the file.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// True to remove everything else.
    pub(super) all: bool,
    /// The nodes to write, or to remove where it is `None`.
    pub(super) nodes: Vec<(NodeId, Option<KnownNode>)>,
    pub(super) locals: Vec<(NodeId, LocalRecord)>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        !self.all && self.nodes.is_empty() && self.locals.is_empty()
    }
}

impl NodeTable {
    /// A table with the contents of a file.
    pub(super) fn new(
        bounds: Bounds,
        nodes: Vec<KnownNode>,
        locals: HashMap<NodeId, LocalRecord>,
        now: SystemTime,
    ) -> Self {
        let by_id = |node: KnownNode| (node.enode.public_key().node_id(), node);
        let mut table = Self {
            bounds,
            started: now,
            nodes: nodes.into_iter().map(by_id).collect(),
            locals,
            changed: HashSet::new(),
            changed_locals: HashSet::new(),
            all_changed: false,
            round: None,
        };
        table.prune();
        table
    }

    pub(super) fn node(&self, id: &NodeId) -> Option<&KnownNode> {
        self.nodes.get(id)
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &KnownNode> {
        self.nodes.values()
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Records that a dialed node became a peer, or would have if it had room. If it was useless before, its
    /// failures stay until it is [`seen`](Self::seen).
    ///
    /// Old nodes are forgotten only here: after a long pause they may be the only ones left to dial.
    pub(super) fn contact(&mut self, enode: &Enode, is_full: bool, now: SystemTime) {
        let id = enode.public_key().node_id();
        let new = KnownNode::new(enode.clone(), now);
        let node = self.nodes.entry(id).or_insert(new);
        node.enode = enode.clone();
        node.last_attempt = Some(now);
        node.last_contact = Some(now);
        let is_in_doubt = matches!(
            node.last_failure,
            Some(DialFailure::Unwanted | DialFailure::Useless)
        );
        if is_full || !is_in_doubt {
            node.failures = 0;
            node.last_failure = is_full.then_some(DialFailure::Full);
        }
        self.changed.insert(id);
        self.expire(now);
        if let Some(ip) = enode.ip().filter(|ip| !is_local(*ip)) {
            for (network, limit) in PROVEN.around(ip) {
                self.thin(network, limit);
            }
        }
        self.prune();
    }

    /// Records that a dialed node is, or was until now, a peer that every protocol has accepted.
    pub(super) fn seen(&mut self, id: &NodeId, now: SystemTime) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.last_contact = Some(now);
            node.failures = 0;
            node.last_failure = None;
            self.changed.insert(*id);
        }
    }

    /// Records a failed dial. It changes nothing for a node that is unknown, or known at another address.
    pub(super) fn failed(&mut self, enode: &Enode, failure: DialFailure, now: SystemTime) {
        let id = enode.public_key().node_id();
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if !is_same_place(&node.enode, enode) {
            return;
        }
        node.last_attempt = Some(now);
        node.failures = node.failures.saturating_add(1);
        node.last_failure = Some(failure);
        let is_hopeless = !node.is_proven() && node.failures >= MAX_UNPROVEN_FAILURES;
        self.changed.insert(id);
        if is_hopeless {
            self.nodes.remove(&id);
        }
    }

    /// Records a claim of where a node listens. It never changes a node that was confirmed to listen elsewhere.
    pub(super) fn heard(&mut self, enode: &Enode, now: SystemTime) {
        let id = enode.public_key().node_id();
        let is_old_news = self
            .nodes
            .get(&id)
            .is_some_and(|node| node.is_proven() || node.enode == *enode);
        let others = self.nodes.iter().filter(|(other, _)| **other != id);
        let claims = others.filter(|(_, node)| !node.is_proven());
        let claimed = claims.filter_map(|(_, node)| node.enode.ip());
        let ip = enode.ip().filter(|ip| !is_local(*ip));
        let is_crowded = ip.is_some_and(|ip| CLAIMED.full(ip, claimed).is_some());
        if is_old_news || is_crowded {
            return;
        }
        let node = KnownNode::new(enode.clone(), now);
        self.nodes.insert(id, node);
        self.changed.insert(id);
        self.prune();
    }

    /// Forgets a node. Returns `false` if it is not known.
    pub(super) fn forget(&mut self, id: &NodeId) -> bool {
        let was_known = self.nodes.remove(id).is_some();
        if was_known {
            self.changed.insert(*id);
        }
        was_known
    }

    /// Forgets nodes without contact for too long.
    fn expire(&mut self, now: SystemTime) {
        let Self {
            nodes,
            changed,
            bounds,
            ..
        } = self;
        nodes.retain(|id, node| {
            let is_kept = node.age(now) <= bounds.forget_after;
            if !is_kept {
                changed.insert(*id);
            }
            is_kept
        });
    }

    /// Forgets the worst confirmed nodes in a network until at most `limit` are left.
    fn thin(&mut self, network: Network, limit: usize) {
        let nodes = self.nodes.iter();
        let mut near: Vec<_> = nodes
            .filter(|(_, node)| node.is_proven() && is_in(&node.enode, network))
            .map(|(id, node)| (Reverse(node.failures), node.last_good(), *id))
            .collect();
        near.sort_unstable();
        let excess = near.len().saturating_sub(limit);
        for (.., id) in near.into_iter().take(excess) {
            self.forget(&id);
        }
    }

    /// Forgets the worst nodes while there are too many, unconfirmed or in total.
    fn prune(&mut self) {
        let claims = self.nodes.values().filter(|node| !node.is_proven()).count();
        let excess_claims = claims.saturating_sub(self.bounds.capacity.div_ceil(4));
        let excess = self.nodes.len().saturating_sub(self.bounds.capacity);
        let count = excess_claims.max(excess);
        if count == 0 {
            return;
        }
        let mut ranks: Vec<_> = self
            .nodes
            .iter()
            .map(|(id, node)| {
                let failures = Reverse(node.failures);
                (node.is_proven(), failures, node.last_good(), *id)
            })
            .collect();
        ranks.sort_unstable();
        for (.., id) in ranks.into_iter().take(count) {
            self.forget(&id);
        }
    }

    /// The next node to dial; `None` when this round has named all that are due.
    pub(super) fn next(&mut self, now: SystemTime, random: impl FnMut() -> u32) -> Option<Enode> {
        if self.round.is_none() {
            self.round = Some(self.seeds(now, random));
        }
        let round = self.round.as_mut()?;
        while let Some(id) = round.pop() {
            let node = self.nodes.get(&id);
            if let Some(node) = node.filter(|node| node.is_due(self.started, now)) {
                return Some(node.enode.clone());
            }
        }
        None
    }

    /// Starts a new round, which names all due nodes again.
    pub(super) fn begin_round(&mut self) {
        self.round = None;
    }

    /// The nodes to dial, the best last. It is a weighted random draw without replacement (Efraimidis and
    /// Spirakis), with [`KnownNode::promise`] as the weight. All unconfirmed nodes come after the confirmed ones.
    fn seeds(&self, now: SystemTime, mut random: impl FnMut() -> u32) -> Vec<NodeId> {
        let nodes = self.nodes.iter();
        let mut lots: Vec<(bool, f64, NodeId)> = nodes
            .filter(|(_, node)| node.is_due(self.started, now))
            .map(|(id, node)| {
                let share = (f64::from(random()) + 1.0) / (f64::from(u32::MAX) + 1.0);
                (node.is_proven(), share.ln() / node.promise(now), *id)
            })
            .collect();
        lots.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        lots.into_iter().map(|(.., id)| id).collect()
    }

    pub(super) fn local(&self, id: &NodeId) -> Option<LocalRecord> {
        self.locals.get(id).copied()
    }

    /// The sequence number of a local record with this digest: a new number if the digest has changed.
    pub(super) fn renew_local(&mut self, id: NodeId, digest: [u8; 32], now: SystemTime) -> u64 {
        let before = self.locals.get(&id);
        let record = LocalRecord::renew(before, digest, now);
        if before != Some(&record) {
            self.locals.insert(id, record);
            self.changed_locals.insert(id);
        }
        record.sequence
    }

    /// Takes the changes to write. They count as written unless [`all_changed`](Self::all_changed) is called.
    pub(super) fn take_changes(&mut self) -> Changes {
        let all = std::mem::take(&mut self.all_changed);
        let mut changed = std::mem::take(&mut self.changed);
        let mut changed_locals = std::mem::take(&mut self.changed_locals);
        if all {
            changed = self.nodes.keys().copied().collect();
            changed_locals = self.locals.keys().copied().collect();
        }
        let nodes = changed.into_iter();
        let locals = changed_locals.into_iter();
        Changes {
            all,
            nodes: nodes.map(|id| (id, self.nodes.get(&id).cloned())).collect(),
            locals: locals
                .filter_map(|id| Some((id, *self.locals.get(&id)?)))
                .collect(),
        }
    }

    /// Records that the changes taken could not be written.
    pub(super) fn all_changed(&mut self) {
        self.all_changed = true;
    }
}

/// Returns whether a node's address is in a network. Host names are in none.
fn is_in(enode: &Enode, network: Network) -> bool {
    enode.ip().is_some_and(|ip| network.contains(ip))
}

fn is_same_place(one: &Enode, other: &Enode) -> bool {
    one.host() == other.host() && one.tcp_port() == other.tcp_port()
}

#[cfg(test)]
mod tests;
