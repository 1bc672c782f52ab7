//! Who is added, and who is not.

use super::*;
use crate::connection::queue::Queue;
use crate::disconnect::DisconnectReason;
use crate::identity::NodeKey;

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
    let connection = Connection::new(Arc::new(info), outbox, true, Vec::new());
    Arc::new(connection)
}

fn add(table: &mut Table, n: u8, origin: Origin) -> Result<Arc<Connection>, Refusal> {
    let connection = connection(id(n), origin);
    table
        .add(&connection, origin, Instant::now())
        .map(|()| connection)
}

/// A table for 4 peers, 2 of them inbound and 1 from sources, on node 1, which trusts node 9.
fn table() -> Table {
    Table::new(Rules {
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
fn limits_come_before_everything_and_do_not_hold_for_trusted_nodes() {
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
fn the_share_of_candidates_bounds_neither_static_nodes_nor_those_asked_for() {
    let mut table = table();
    assert_eq!((table.room(), table.room_for_candidates()), (4, 1));
    add(&mut table, 2, Candidate).expect("room");
    assert_eq!((table.room(), table.room_for_candidates()), (3, 0));
    add(&mut table, 3, Static).expect("not of that share");
    add(&mut table, 4, Asked).expect("not of that share");
    assert_eq!((table.room(), table.room_for_candidates()), (1, 0));
}

#[test]
fn candidates_that_were_reached_are_kept_beyond_their_share_while_there_is_room() {
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
fn a_node_that_is_trusted_later_is_admitted_until_it_is_not() {
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
fn a_known_node_is_refused_and_so_is_this_node_itself() {
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
    let (one, other): (IpAddr, IpAddr) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
    assert_eq!(table.obstacle(&id(2), Some(one)), None);
    table.arrive(id(2), Some(one));
    assert_eq!(table.obstacle(&id(2), Some(one)), Some(Obstacle::Arriving));
    let mapped = "::ffff:192.0.2.1".parse().expect("an address");
    assert_eq!(
        table.obstacle(&id(2), Some(mapped)),
        Some(Obstacle::Arriving)
    );
    // Who says so from elsewhere need not be that node.
    assert_eq!(table.obstacle(&id(2), Some(other)), None);
    assert_eq!(table.obstacle(&id(2), None), None);
    table.arrived(id(2), Some(one));
    assert_eq!(table.obstacle(&id(2), Some(one)), None);
    // Over a stream of the user's nobody comes by himself.
    table.arrive(id(2), None);
    assert_eq!(table.obstacle(&id(2), Some(one)), Some(Obstacle::Arriving));
    table.arrived(id(2), None);
    assert_eq!(table.obstacle(&id(1), None), Some(Obstacle::Own));
    table.stop();
    assert_eq!(table.obstacle(&id(2), None), Some(Obstacle::Stopping));
}

#[test]
fn a_banned_node_is_refused_until_its_time_unless_it_is_trusted() {
    let (mut table, start) = (table(), Instant::now());
    let end = start + std::time::Duration::from_secs(60);
    table.ban(id(2), end);
    table.ban(id(9), end);
    table.pass(start);
    assert_eq!(table.check(&id(2), Inbound, None), Err(Refusal::Banned));
    assert_eq!(table.obstacle(&id(2), None), Some(Obstacle::Banned));
    assert_eq!(table.check(&id(9), Inbound, None), Ok(()));
    assert_eq!(table.obstacle(&id(9), None), None);
    assert_eq!(table.next_unban(), Some(end));
    table.pass(end);
    assert_eq!(table.check(&id(2), Inbound, None), Ok(()));
    assert_eq!(table.next_unban(), None);
    table.ban(id(2), end);
    assert!(table.unban(&id(2)));
    assert_eq!(table.check(&id(2), Inbound, None), Ok(()));
    assert!(!table.unban(&id(2)));
}

#[test]
fn one_subnet_has_only_its_share_of_those_who_connect_or_are_named_by_sources() {
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
