//! When to dial which static node: a state machine with time passed in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::enode::Enode;
use crate::identity::NodeId;

/// The static nodes, and when each may be dialed again.
#[derive(Debug)]
pub(super) struct Schedule {
    interval: Duration,
    nodes: HashMap<NodeId, Node>,
}

#[derive(Debug)]
struct Node {
    enode: Enode,
    /// Not before this time; `None` is never.
    due: Option<Instant>,
    dialing: bool,
}

impl Schedule {
    /// A node is not dialed again within `interval`.
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            nodes: HashMap::new(),
        }
    }

    /// Adds a node, or gives a known one another address; either is to be dialed at once.
    pub(super) fn add(&mut self, enode: Enode, now: Instant) {
        let id = enode.public_key().node_id();
        match self.nodes.get_mut(&id) {
            Some(node) if node.enode == enode => {}
            Some(node) => {
                node.enode = enode;
                node.due = Some(now);
            }
            None => {
                let node = Node {
                    enode,
                    due: Some(now),
                    dialing: false,
                };
                self.nodes.insert(id, node);
            }
        }
    }

    pub(super) fn remove(&mut self, id: &NodeId) {
        self.nodes.remove(id);
    }

    /// The nodes to be dialed now, of those that are `wanted`, so that at most `slots` attempts are
    /// under way. An attempt lasts until [`finished`](Self::finished).
    ///
    /// `jitter` gives what is added to the interval, so that two nodes that refuse each other's dials
    /// get out of step.
    pub(super) fn take_due(
        &mut self,
        now: Instant,
        slots: usize,
        mut wanted: impl FnMut(&NodeId) -> bool,
        mut jitter: impl FnMut() -> Duration,
    ) -> Vec<Enode> {
        let interval = self.interval;
        let busy = self.nodes.values().filter(|node| node.dialing).count();
        self.nodes
            .iter_mut()
            .filter(|(id, node)| {
                !node.dialing && node.due.is_some_and(|due| due <= now) && wanted(id)
            })
            .take(slots.saturating_sub(busy))
            .map(|(_, node)| {
                node.dialing = true;
                node.due = interval
                    .checked_add(jitter())
                    .and_then(|wait| now.checked_add(wait));
                node.enode.clone()
            })
            .collect()
    }

    /// Notes that an attempt has ended, however it did. `false` if the node was removed meanwhile.
    pub(super) fn finished(&mut self, id: &NodeId) -> bool {
        let node = self.nodes.get_mut(id);
        node.map(|node| node.dialing = false).is_some()
    }

    /// When the next node becomes due that was not due at `now`.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        let idle = self.nodes.values().filter(|node| !node.dialing);
        idle.filter_map(|node| node.due)
            .filter(|due| *due > now)
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::NodeKey;

    const INTERVAL: Duration = Duration::from_secs(35);
    const JITTER: Duration = Duration::from_secs(3);

    fn enode(n: u8) -> Enode {
        let key = NodeKey::from_bytes(&[n; 32]).expect("valid");
        Enode::new(*key.public_key(), ([127, 0, 0, 1], 30303).into())
    }

    fn id(n: u8) -> NodeId {
        enode(n).public_key().node_id()
    }

    fn take(schedule: &mut Schedule, now: Instant, slots: usize) -> Vec<NodeId> {
        let due = schedule.take_due(now, slots, |_| true, || JITTER);
        due.iter().map(|e| e.public_key().node_id()).collect()
    }

    #[test]
    fn a_node_is_dialed_at_once_and_not_again_until_its_time() {
        let start = Instant::now();
        let mut schedule = Schedule::new(INTERVAL);
        schedule.add(enode(1), start);
        assert_eq!(take(&mut schedule, start, 9), [id(1)]);
        schedule.finished(&id(1));
        let due = start + INTERVAL + JITTER;
        assert_eq!(schedule.next_due(start), Some(due));
        assert_eq!(take(&mut schedule, due - Duration::from_millis(1), 9), []);
        assert_eq!(take(&mut schedule, due, 9), [id(1)]);
    }

    #[test]
    fn a_node_is_not_dialed_twice_at_once_however_long_it_takes() {
        let start = Instant::now();
        let mut schedule = Schedule::new(INTERVAL);
        schedule.add(enode(1), start);
        assert_eq!(take(&mut schedule, start, 9), [id(1)]);
        assert_eq!(take(&mut schedule, start + 10 * INTERVAL, 9), []);
        assert_eq!(schedule.next_due(start), None);
    }

    #[test]
    fn only_wanted_nodes_are_dialed_and_the_others_stay_due() {
        let start = Instant::now();
        let mut schedule = Schedule::new(INTERVAL);
        schedule.add(enode(1), start);
        schedule.add(enode(2), start);
        let due = schedule.take_due(start, 9, |node| *node == id(2), || JITTER);
        assert_eq!(due, [enode(2)]);
        assert_eq!(take(&mut schedule, start, 9), [id(1)]);
    }

    #[test]
    fn slots_bound_the_attempts_under_way() {
        let start = Instant::now();
        let mut schedule = Schedule::new(INTERVAL);
        (1..=5).for_each(|n| schedule.add(enode(n), start));
        assert_eq!(take(&mut schedule, start, 2).len(), 2);
        assert_eq!(take(&mut schedule, start, 2).len(), 0);
        assert_eq!(take(&mut schedule, start, 3).len(), 1);
    }

    #[test]
    fn a_removed_node_is_forgotten_and_a_new_address_replaces_the_old() {
        let start = Instant::now();
        let mut schedule = Schedule::new(INTERVAL);
        schedule.add(enode(1), start);
        let moved = Enode::new(*enode(1).public_key(), ([127, 0, 0, 2], 1).into());
        schedule.add(moved.clone(), start);
        assert_eq!(schedule.take_due(start, 9, |_| true, || JITTER), [moved]);
        schedule.remove(&id(1));
        assert!(!schedule.finished(&id(1)));
        assert_eq!(take(&mut schedule, start + 10 * INTERVAL, 9), []);
    }
}
