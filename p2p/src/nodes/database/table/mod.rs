//! The nodes that are known: a bounded table that is given time and randomness.
//!
//! ```text
//!               heard                 contact, full
//! (unknown) -------------> claimed -----------------> proven ---+
//!     |                       | 3 failures             ^ |  ^   | failed: one failure more
//!     |                       v                        | |  +---+ contact, full, seen: none
//!     |                  (forgotten) <-----------------|-+
//!     |      contact, full              too old, or    |
//!     +------------------------------------------------+
//!                                       the worst of too many, in all or near each other
//! ```

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use super::known::{KnownNode, Trouble};
use super::local::LocalRecord;
use super::share::{self, is_in};
use crate::enode::Enode;
use crate::identity::NodeId;
use crate::network::Network;

/// How often a node that never proved to be there is dialed in vain before it is forgotten.
const PATIENCE: u32 = 3;

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Nodes; a quarter of them may be unproven.
    pub(super) capacity: usize,
    /// How long nodes are kept without contact.
    pub(super) forget_after: Duration,
}

/// The nodes that are known, and what of it is not in the file yet.
#[derive(Debug)]
pub(super) struct Table {
    bounds: Bounds,
    /// When this run began.
    began: SystemTime,
    nodes: HashMap<NodeId, KnownNode>,
    locals: HashMap<NodeId, LocalRecord>,
    changed: HashSet<NodeId>,
    changed_locals: HashSet<NodeId>,
    /// Whether the file may hold anything.
    all_changed: bool,
    /// The nodes that are still to be named in this round.
    round: Option<Vec<NodeId>>,
}

/// What the file lacks. What is `None` is to be removed.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Whether everything else is to be removed.
    pub(super) all: bool,
    pub(super) nodes: Vec<(NodeId, Option<KnownNode>)>,
    pub(super) locals: Vec<(NodeId, LocalRecord)>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        !self.all && self.nodes.is_empty() && self.locals.is_empty()
    }
}

impl Table {
    /// A table of what was kept.
    pub(super) fn new(
        bounds: Bounds,
        nodes: Vec<KnownNode>,
        locals: HashMap<NodeId, LocalRecord>,
        now: SystemTime,
    ) -> Self {
        let by_id = |node: KnownNode| (node.enode.public_key().node_id(), node);
        let mut table = Self {
            bounds,
            began: now,
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

    /// Notes that a node that was dialed has become a peer, or would have if it had room. If it was of no
    /// use before, whether it is now is only known when it is [`seen`](Self::seen).
    ///
    /// Only now are those forgotten that are too old: they may be all that there is to begin with.
    pub(super) fn contact(&mut self, enode: &Enode, is_full: bool, now: SystemTime) {
        let id = enode.public_key().node_id();
        let new = KnownNode::new(enode.clone(), now);
        let node = self.nodes.entry(id).or_insert(new);
        node.enode = enode.clone();
        node.last_attempt = Some(now);
        node.last_contact = Some(now);
        let is_in_doubt = matches!(node.trouble, Some(Trouble::Unwanted | Trouble::Useless));
        if is_full || !is_in_doubt {
            node.failures = 0;
            node.trouble = is_full.then_some(Trouble::Full);
        }
        self.changed.insert(id);
        self.expire(now);
        for (network, most) in share::PROVEN.around(enode) {
            self.thin(network, most);
        }
        self.prune();
    }

    /// Notes that a node that was dialed is still a peer that every protocol accepts, or was until now.
    pub(super) fn seen(&mut self, id: &NodeId, now: SystemTime) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.last_contact = Some(now);
            node.failures = 0;
            node.trouble = None;
            self.changed.insert(*id);
        }
    }

    /// Notes that a node was dialed in vain. One that is unknown, or known at another address, is none the
    /// worse for it.
    pub(super) fn failed(&mut self, enode: &Enode, trouble: Trouble, now: SystemTime) {
        let id = enode.public_key().node_id();
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if !is_same_place(&node.enode, enode) {
            return;
        }
        node.last_attempt = Some(now);
        node.failures = node.failures.saturating_add(1);
        node.trouble = Some(trouble);
        let is_hopeless = !node.is_proven() && node.failures >= PATIENCE;
        self.changed.insert(id);
        if is_hopeless {
            self.nodes.remove(&id);
        }
    }

    /// Notes where a node is said to listen. It changes nothing of one that proved to listen elsewhere.
    pub(super) fn heard(&mut self, enode: &Enode, now: SystemTime) {
        let id = enode.public_key().node_id();
        let is_old_news = self
            .nodes
            .get(&id)
            .is_some_and(|node| node.is_proven() || node.enode == *enode);
        let claims = || {
            let others = self.nodes.iter().filter(|(other, _)| **other != id);
            others.filter(|(_, node)| !node.is_proven())
        };
        let mut around = share::CLAIMED.around(enode);
        let is_crowded = around.any(|(network, most)| {
            let near = claims().filter(|(_, node)| is_in(&node.enode, network));
            near.count() >= most
        });
        if is_old_news || is_crowded {
            return;
        }
        let node = KnownNode::new(enode.clone(), now);
        self.nodes.insert(id, node);
        self.changed.insert(id);
        self.prune();
    }

    /// Forgets a node. `false` if it is not known.
    pub(super) fn forget(&mut self, id: &NodeId) -> bool {
        let was_known = self.nodes.remove(id).is_some();
        if was_known {
            self.changed.insert(*id);
        }
        was_known
    }

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

    /// Forgets the worst of those that proved to be in a network, as long as there are too many.
    fn thin(&mut self, network: Network, most: usize) {
        let nodes = self.nodes.iter();
        let mut near: Vec<_> = nodes
            .filter(|(_, node)| node.is_proven() && is_in(&node.enode, network))
            .map(|(id, node)| (Reverse(node.failures), node.last_good(), *id))
            .collect();
        near.sort_unstable();
        let excess = near.len().saturating_sub(most);
        for (.., id) in near.into_iter().take(excess) {
            self.forget(&id);
        }
    }

    /// Forgets the worst as long as there are too many: of the unproven, or of all.
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

    /// The next node to dial; `None` when all that are worth it were named in this round.
    pub(super) fn next(&mut self, now: SystemTime, random: impl FnMut() -> u32) -> Option<Enode> {
        if self.round.is_none() {
            self.round = Some(self.seeds(now, random));
        }
        let round = self.round.as_mut()?;
        while let Some(id) = round.pop() {
            let node = self.nodes.get(&id);
            if let Some(node) = node.filter(|node| node.is_due(self.began, now)) {
                return Some(node.enode.clone());
            }
        }
        None
    }

    /// Names all again that are worth it.
    pub(super) fn begin_round(&mut self) {
        self.round = None;
    }

    /// The nodes to dial, the best last. Each has a chance by its promise to stand before others: it is a
    /// draw without putting back (Efraimidis and Spirakis). Claims stand behind all that is proven.
    fn seeds(&self, now: SystemTime, mut random: impl FnMut() -> u32) -> Vec<NodeId> {
        let nodes = self.nodes.iter();
        let mut lots: Vec<(bool, f64, NodeId)> = nodes
            .filter(|(_, node)| node.is_due(self.began, now))
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

    /// The sequence number of a local record with this digest, a new one if it is another than before.
    pub(super) fn renew_local(&mut self, id: NodeId, digest: [u8; 32], now: SystemTime) -> u64 {
        let before = self.locals.get(&id);
        let record = LocalRecord::renew(before, digest, now);
        if before != Some(&record) {
            self.locals.insert(id, record);
            self.changed_locals.insert(id);
        }
        record.sequence
    }

    /// What the file lacks, which it is taken to have then.
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

    /// Notes that changes that were taken did not come into the file.
    pub(super) fn all_changed(&mut self) {
        self.all_changed = true;
    }
}

fn is_same_place(one: &Enode, other: &Enode) -> bool {
    one.host() == other.host() && one.tcp_port() == other.tcp_port()
}

#[cfg(test)]
mod tests;
