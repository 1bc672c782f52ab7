//! Who may be a peer, and who is.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::identity::NodeId;
use crate::peer::Refusal;
use crate::protocol::{Connection, Direction, PeerInfo};

/// The connected peers, and the rules for adding one.
#[derive(Debug)]
pub(super) struct Table {
    rules: Rules,
    peers: HashMap<NodeId, Arc<Connection>>,
    /// Nodes that have connected to us and are about to exchange Hello.
    arriving: Vec<NodeId>,
    inbound: usize,
    stopping: bool,
}

/// What decides who may be a peer.
#[derive(Debug)]
pub(super) struct Rules {
    /// This node, which is never its own peer.
    pub(super) own: NodeId,
    pub(super) max_peers: usize,
    pub(super) max_inbound: usize,
    /// Nodes for which these limits don't hold.
    pub(super) trusted: HashSet<NodeId>,
}

impl Table {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            peers: HashMap::new(),
            arriving: Vec::new(),
            inbound: 0,
            stopping: false,
        }
    }

    /// Whether this node may be added now.
    ///
    /// The order decides which reason a peer is told, and is go-ethereum's.
    pub(super) fn check(&self, id: &NodeId, direction: Direction) -> Result<(), Refusal> {
        let Rules {
            own,
            max_peers,
            max_inbound,
            trusted,
        } = &self.rules;
        let limited = !trusted.contains(id);
        let inbound = direction == Direction::Inbound;
        if self.stopping {
            Err(Refusal::Stopping)
        } else if limited && self.peers.len() >= *max_peers {
            Err(Refusal::TooManyPeers { limit: *max_peers })
        } else if limited && inbound && self.inbound >= *max_inbound {
            Err(Refusal::TooManyInbound {
                limit: *max_inbound,
            })
        } else if self.peers.contains_key(id) {
            Err(Refusal::AlreadyConnected)
        } else if id == own {
            Err(Refusal::ConnectedToSelf)
        } else {
            Ok(())
        }
    }

    /// Adds a peer if it may be added.
    pub(super) fn add(&mut self, connection: &Arc<Connection>) -> Result<(), Refusal> {
        let info = &connection.info;
        self.check(&info.node_id, info.direction)?;
        self.peers.insert(info.node_id, connection.clone());
        self.inbound += usize::from(info.direction == Direction::Inbound);
        Ok(())
    }

    /// Removes a peer that was added.
    pub(super) fn remove(&mut self, connection: &Connection) {
        let info = &connection.info;
        if self.peers.remove(&info.node_id).is_some() {
            self.inbound -= usize::from(info.direction == Direction::Inbound);
        }
    }

    /// Notes that a node has connected to us and is about to exchange Hello.
    pub(super) fn arrive(&mut self, id: NodeId) {
        self.arriving.push(id);
    }

    /// Notes that such a node is a peer now, or will not be one.
    pub(super) fn arrived(&mut self, id: &NodeId) {
        if let Some(index) = self.arriving.iter().position(|one| one == id) {
            self.arriving.swap_remove(index);
        }
    }

    /// Whether there is a point in dialing this node.
    pub(super) fn wants(&self, id: &NodeId) -> bool {
        !self.arriving.contains(id) && self.check(id, Direction::Outbound).is_ok()
    }

    /// Refuses everyone from now on.
    pub(super) fn stop(&mut self) {
        self.stopping = true;
    }

    pub(super) fn len(&self) -> usize {
        self.peers.len()
    }

    pub(super) fn find(&self, id: &NodeId) -> Option<Arc<Connection>> {
        self.peers.get(id).cloned()
    }

    pub(super) fn infos(&self) -> Vec<PeerInfo> {
        let connections = self.peers.values();
        connections.map(|one| one.info.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::NodeKey;
    use crate::protocol::Queue;

    fn id(n: u8) -> NodeId {
        NodeId::new([n; 32])
    }

    fn connection(n: u8, direction: Direction) -> Arc<Connection> {
        let public_key = *NodeKey::from_bytes(&[n; 32]).expect("valid").public_key();
        let info = PeerInfo {
            public_key,
            node_id: id(n),
            client: String::new(),
            capabilities: Vec::new(),
            p2p_version: 5,
            direction,
            remote_addr: None,
            local_addr: None,
        };
        let outbox = Arc::new(Queue::new(1024));
        Arc::new(Connection::new(info, outbox, true, Vec::new()))
    }

    /// A table for 3 peers, 2 of them inbound, on node 1, which trusts node 9.
    fn table() -> Table {
        Table::new(Rules {
            own: id(1),
            max_peers: 3,
            max_inbound: 2,
            trusted: [id(9)].into(),
        })
    }

    use Direction::{Inbound, Outbound};

    #[test]
    fn limits_come_before_everything_and_do_not_hold_for_trusted_nodes() {
        let mut table = table();
        table.add(&connection(2, Inbound)).expect("room");
        table.add(&connection(3, Inbound)).expect("room");
        let limit = Refusal::TooManyInbound { limit: 2 };
        assert_eq!(table.check(&id(4), Inbound), Err(limit));
        assert_eq!(table.check(&id(2), Inbound), Err(limit));
        assert_eq!(table.check(&id(1), Inbound), Err(limit));
        table.add(&connection(4, Outbound)).expect("room");
        let limit = Refusal::TooManyPeers { limit: 3 };
        assert_eq!(table.check(&id(5), Outbound), Err(limit));
        assert_eq!(table.check(&id(2), Inbound), Err(limit));
        table.add(&connection(9, Inbound)).expect("trusted");
        assert_eq!(table.check(&id(9), Inbound), Err(Refusal::AlreadyConnected));
        assert_eq!(table.len(), 4);
    }

    #[test]
    fn a_known_node_is_refused_and_so_is_this_node_itself() {
        let mut table = table();
        table.add(&connection(2, Inbound)).expect("room");
        assert_eq!(
            table.check(&id(2), Outbound),
            Err(Refusal::AlreadyConnected)
        );
        assert_eq!(table.check(&id(1), Outbound), Err(Refusal::ConnectedToSelf));
    }

    #[test]
    fn a_removed_peer_makes_room() {
        let mut table = table();
        let first = connection(2, Inbound);
        table.add(&first).expect("room");
        table.add(&connection(3, Inbound)).expect("room");
        table.remove(&first);
        table.add(&connection(4, Inbound)).expect("room again");
        assert!(table.find(&id(2)).is_none());
    }

    #[test]
    fn a_node_that_is_arriving_is_not_dialed() {
        let mut table = table();
        assert!(table.wants(&id(2)));
        table.arrive(id(2));
        assert!(!table.wants(&id(2)));
        table.arrived(&id(2));
        assert!(table.wants(&id(2)));
        assert!(!table.wants(&id(1)));
        table.stop();
        assert!(!table.wants(&id(2)));
    }
}
