//! Which nodes are added, refused and dialed.

use super::*;
use crate::connection::queue::Queue;
use crate::disconnect::DisconnectReason;
use crate::identity::NodeKey;
use crate::server::limits::AddressLimits;

fn id(n: u8) -> NodeId {
    NodeId::new([n; 32])
}

/// A connection with this node.
pub(in crate::server) fn connection(id: NodeId, origin: Origin) -> Arc<Connection> {
    connection_at(id, origin, None)
}

/// A connection with this node at this address.
pub(in crate::server) fn connection_at(
    id: NodeId,
    origin: Origin,
    ip: Option<[u8; 4]>,
) -> Arc<Connection> {
    let public_key = *NodeKey::from_bytes(&[1; 32]).expect("valid").public_key();
    let info = PeerInfo {
        public_key,
        node_id: id,
        client: String::new(),
        capabilities: Vec::new(),
        p2p_version: 5,
        direction: origin.direction(),
        remote_addr: ip.map(|ip| (ip, 30303).into()),
        local_addr: None,
    };
    let outbox = Arc::new(Queue::new(1024));
    let connection = Connection::new(Arc::new(info), outbox, true, Vec::new(), Arc::default());
    Arc::new(connection)
}

fn add(table: &mut PeerTable, n: u8, origin: Origin) -> Result<Arc<Connection>, Refusal> {
    let connection = connection(id(n), origin);
    table
        .add(&connection, origin, Instant::now())
        .map(|()| connection)
}

/// A table for 4 peers, 2 of them inbound and 1 from sources, on node 1, which trusts node 9.
fn table() -> PeerTable {
    PeerTable::new(Rules {
        own: id(1),
        limits: PeerLimits {
            peers: 4,
            inbound: 2,
            dialed: 1,
            addresses: AddressLimits::default(),
        },
        trusted: [id(9)].into(),
    })
}

use Origin::{Asked, Candidate, Inbound, Static};

#[test]
fn limits_come_first_and_spare_trusted_nodes() {
    let mut table = table();
    add(&mut table, 2, Inbound).expect("room");
    add(&mut table, 3, Inbound).expect("room");
    let limit = Refusal::TooManyInbound { limit: 2 };
    assert_eq!(table.check(&id(4), Inbound, None), Err(limit.clone()));
    assert_eq!(table.check(&id(2), Inbound, None), Err(limit.clone()));
    assert_eq!(table.check(&id(1), Inbound, None), Err(limit.clone()));
    add(&mut table, 4, Static).expect("room");
    add(&mut table, 5, Asked).expect("room");
    let limit = Refusal::TooManyPeers { limit: 4 };
    assert_eq!(table.check(&id(6), Static, None), Err(limit.clone()));
    assert_eq!(table.check(&id(2), Inbound, None), Err(limit.clone()));
    add(&mut table, 9, Inbound).expect("trusted");
    assert_eq!(
        table.check(&id(9), Inbound, None),
        Err(Refusal::AlreadyConnected)
    );
    assert_eq!(table.len(), 5);
}

#[test]
fn the_candidate_share_bounds_candidates_only() {
    let mut table = table();
    assert_eq!((table.room(), table.room_for_candidates()), (4, 1));
    add(&mut table, 2, Candidate).expect("room");
    assert_eq!((table.room(), table.room_for_candidates()), (3, 0));
    add(&mut table, 3, Static).expect("not of that share");
    add(&mut table, 4, Asked).expect("not of that share");
    assert_eq!((table.room(), table.room_for_candidates()), (1, 0));
}

#[test]
fn reached_candidates_may_exceed_their_share() {
    let mut table = table();
    for n in 2..=5 {
        add(&mut table, n, Candidate).expect("room");
    }
    assert_eq!((table.room(), table.room_for_candidates()), (0, 0));
    let limit = Refusal::TooManyPeers { limit: 4 };
    assert_eq!(table.check(&id(6), Candidate, None), Err(limit));
    assert_eq!(table.check(&id(9), Candidate, None), Ok(()));
}

#[test]
fn trust_can_change_later() {
    let mut table = table();
    for n in 2..=5 {
        add(&mut table, n, Static).expect("room");
    }
    let limit = Refusal::TooManyPeers { limit: 4 };
    assert_eq!(table.check(&id(6), Inbound, None), Err(limit.clone()));
    table.trust(id(6));
    assert_eq!(table.check(&id(6), Inbound, None), Ok(()));
    table.distrust(&id(6));
    assert_eq!(table.check(&id(6), Inbound, None), Err(limit.clone()));
}

#[test]
fn connected_and_own_nodes_are_refused() {
    let mut table = table();
    add(&mut table, 2, Inbound).expect("room");
    assert_eq!(
        table.check(&id(2), Asked, None),
        Err(Refusal::AlreadyConnected)
    );
    assert_eq!(
        table.check(&id(1), Asked, None),
        Err(Refusal::ConnectedToSelf)
    );
}

#[test]
fn a_removed_peer_makes_room() {
    let mut table = table();
    let first = add(&mut table, 2, Inbound).expect("room");
    add(&mut table, 3, Inbound).expect("room");
    table.remove(&first);
    add(&mut table, 4, Inbound).expect("room again");
    assert!(table.find(&id(2)).is_none());
}

#[test]
fn a_node_that_is_arriving_is_not_dialed() {
    let mut table = table();
    let one = IpAddr::from([192, 0, 2, 1]);
    let other = IpAddr::from([192, 0, 2, 2]);
    let arriving = Err(Obstacle::Arriving);
    assert_eq!(table.check_dial(&id(2), Some(one)), Ok(()));
    table.arrive(id(2), Some(one));
    assert_eq!(table.check_dial(&id(2), Some(one)), arriving);
    let mapped = "::ffff:192.0.2.1".parse().expect("an address");
    assert_eq!(table.check_dial(&id(2), Some(mapped)), arriving);
    // An arrival from elsewhere need not be that node.
    assert_eq!(table.check_dial(&id(2), Some(other)), Ok(()));
    assert_eq!(table.check_dial(&id(2), None), Ok(()));
    table.arrived(id(2), Some(one));
    assert_eq!(table.check_dial(&id(2), Some(one)), Ok(()));
    // A stream that the user passes in without an address may be from anywhere.
    table.arrive(id(2), None);
    assert_eq!(table.check_dial(&id(2), Some(one)), arriving);
    table.arrived(id(2), None);
    assert_eq!(
        table.check_dial(&id(1), None),
        Err(Refusal::ConnectedToSelf.into())
    );
    table.stop();
    assert_eq!(
        table.check_dial(&id(2), None),
        Err(Refusal::Stopping.into())
    );
}

#[test]
fn bans_expire_and_spare_trusted_nodes() {
    let mut table = table();
    let start = Instant::now();
    let end = start + std::time::Duration::from_secs(60);
    table.ban(id(2), end);
    table.ban(id(9), end);
    table.expire_bans(start);
    assert_eq!(table.check(&id(2), Inbound, None), Err(Refusal::Banned));
    assert_eq!(table.check_dial(&id(2), None), Err(Refusal::Banned.into()));
    assert_eq!(table.check(&id(9), Inbound, None), Ok(()));
    assert_eq!(table.check_dial(&id(9), None), Ok(()));
    assert_eq!(table.next_unban(), Some(end));
    table.expire_bans(end);
    assert_eq!(table.check(&id(2), Inbound, None), Ok(()));
    assert_eq!(table.next_unban(), None);
    table.ban(id(2), end);
    assert!(table.unban(&id(2)));
    assert_eq!(table.check(&id(2), Inbound, None), Ok(()));
    assert!(!table.unban(&id(2)));
}

#[test]
fn subnets_limit_inbound_peers_and_candidates() {
    let mut table = table();
    table.rules.limits.addresses.peers_by_subnet = 1;
    let near = |n: u8| Some([192, 0, 2, n]);
    let neighbour = connection_at(id(2), Static, near(2));
    table
        .add(&neighbour, Static, Instant::now())
        .expect("static nodes are not held to it");
    let refusal = Refusal::TooManyNear {
        network: "192.0.2.0/24".parse().expect("a network"),
        limit: 1,
    };
    for origin in [Inbound, Candidate] {
        let connection = connection_at(id(3), origin, near(3));
        let added = table.add(&connection, origin, Instant::now());
        assert_eq!(added, Err(refusal.clone()));
        assert_eq!(refusal.reason(), DisconnectReason::TooManyPeers);
        let elsewhere = Some([192, 0, 3, 3].into());
        assert_eq!(table.check(&id(3), origin, elsewhere), Ok(()));
        let ip = near(9).map(IpAddr::from);
        assert_eq!(table.check(&id(9), origin, ip), Ok(()), "trusted");
    }
    for origin in [Static, Asked] {
        let ip = near(3).map(IpAddr::from);
        assert_eq!(table.check(&id(3), origin, ip), Ok(()));
    }
}
