//! The schedule with peers, outcomes and time passed in by hand. Each of go-ethereum's dial tests has a case.

mod resolving;

use super::*;
use crate::identity::NodeKey;
use crate::server::admission::Rules;
use crate::server::admission::tests::{connection, connection_at};
use crate::server::limits::{AddressLimits, PeerLimits};

const INTERVAL: Duration = Duration::from_secs(35);
const JITTER: Duration = Duration::from_secs(10);
const MINUTE: Duration = Duration::from_secs(60);

/// A schedule, the peers that it looks at, and the time.
struct World {
    schedule: Schedule,
    table: PeerTable,
    now: Instant,
    random: Vec<u32>,
}

fn node(n: u16) -> Enode {
    let mut bytes = [1; 32];
    bytes[..2].copy_from_slice(&n.to_be_bytes());
    let key = NodeKey::from_bytes(&bytes).expect("valid");
    Enode::new(*key.public_key(), ([127, 0, 0, 1], 30303).into())
}

fn at(n: u16, host: [u8; 4]) -> Enode {
    Enode::new(*node(n).public_key(), (host, 30303).into())
}

fn id(n: u16) -> NodeId {
    node(n).public_key().node_id()
}

/// How a dial ends that reaches nobody.
fn failure() -> Result<Arc<Connection>, ConnectError> {
    Err(ConnectError::Dialer {
        host: "nowhere".to_owned(),
        error: Arc::new(std::io::ErrorKind::NotFound.into()),
    })
}

/// The obstacle of a node that would be refused.
fn refused(refusal: Refusal) -> Result<(), Obstacle> {
    Err(Obstacle::Refused(refusal))
}

/// A world of node 0, which trusts node 9.
fn world(peers: usize, dialed: usize, slots: usize) -> World {
    let settings = DialSettings {
        interval: INTERVAL,
        jitter: JITTER,
        slots,
        restrict: Vec::new(),
        any_port: false,
        resolve: (MINUTE, 60 * MINUTE),
    };
    let limits = PeerLimits {
        peers,
        inbound: peers,
        dialed,
        addresses: AddressLimits::default(),
    };
    World {
        schedule: Schedule::new(settings),
        table: PeerTable::new(Rules {
            own: id(0),
            limits,
            trusted: [id(9)].into(),
        }),
        now: Instant::now(),
        random: Vec::new(),
    }
}

impl World {
    fn add(&mut self, nodes: impl IntoIterator<Item = u16>) {
        nodes.into_iter().for_each(|n| self.schedule.add(node(n)));
    }

    /// The static nodes that are dialed now, in order.
    fn statics(&mut self) -> Vec<Enode> {
        let Self {
            schedule,
            table,
            now,
            random,
        } = self;
        schedule.take_static(*now, table, || random.pop().unwrap_or(0))
    }

    fn assert_statics(&mut self, mut wanted: Vec<u16>) {
        let mut found: Vec<u16> = Vec::new();
        for enode in self.statics() {
            found.extend((0..100).find(|n| node(*n) == enode));
        }
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted);
    }

    fn candidate(&mut self, n: u16) -> Result<(), Obstacle> {
        self.candidate_at(&node(n))
    }

    fn candidate_at(&mut self, enode: &Enode) -> Result<(), Obstacle> {
        let table = &self.table;
        self.schedule.take_candidate(enode, self.now, table, || 0)
    }

    fn slots(&self) -> usize {
        self.schedule.candidate_slots(&self.table)
    }

    fn connect(&mut self, n: u16, origin: Origin) {
        let added = self.table.add(&connection(id(n), origin), origin, self.now);
        added.expect("there is room");
    }

    fn disconnect(&mut self, n: u16) {
        let connection = self.table.find(&id(n)).expect("a peer");
        self.table.remove(&connection);
    }

    fn fail(&mut self, n: u16) {
        self.schedule.finished(&id(n), failure());
    }

    fn succeed(&mut self, n: u16, origin: Origin) {
        self.connect(n, origin);
        let connection = self.table.find(&id(n)).expect("added");
        self.schedule.finished(&id(n), Ok(connection));
    }
}

// TestDialSchedDynDial
#[test]
fn candidates_get_twice_the_free_share() {
    let mut world = world(30, 4, 5);
    world.connect(20, Origin::Static);
    for n in [1, 2, 3] {
        world.connect(n, Origin::Candidate);
    }
    assert_eq!(world.slots(), 2, "the static node takes up no share");
    assert_eq!(world.candidate(20), refused(Refusal::AlreadyConnected));
    assert_eq!(world.candidate(2), refused(Refusal::AlreadyConnected));
    assert_eq!(world.candidate(4), Ok(()));
    assert_eq!(world.candidate(4), Err(Obstacle::Dialing));
    assert_eq!(world.candidate(5), Ok(()));
    assert_eq!(world.candidate(6), Err(Obstacle::NoRoom));
    world.fail(5);
    assert_eq!(world.candidate(5), Err(Obstacle::Recent));
    assert_eq!(world.candidate(6), Ok(()));
    world.succeed(4, Origin::Candidate);
    world.fail(6);
    assert_eq!(
        (world.slots(), world.candidate(7)),
        (0, Err(Obstacle::NoRoom))
    );
    for n in [1, 2, 3] {
        world.disconnect(n);
    }
    assert_eq!(world.slots(), 5, "of 6, as many as there are slots");
    (11..=15).for_each(|n| assert_eq!(world.candidate(n), Ok(())));
    assert_eq!(world.candidate(16), Err(Obstacle::NoRoom));
}

#[test]
fn candidates_need_room_for_peers() {
    let mut world = world(3, 2, 50);
    assert_eq!(world.slots(), 4);
    world.connect(1, Origin::Inbound);
    world.connect(2, Origin::Static);
    assert_eq!(world.slots(), 2);
    world.connect(3, Origin::Inbound);
    assert_eq!(world.slots(), 0);
}

#[test]
fn crowded_candidates_are_not_dialed() {
    let mut world = world(20, 10, 10);
    world.table = {
        let limits = PeerLimits {
            addresses: AddressLimits {
                peers_by_subnet: 2,
                pending_by_address: 1,
                ..AddressLimits::default()
            },
            ..world.table.limits()
        };
        PeerTable::new(Rules {
            own: id(0),
            limits,
            trusted: [id(9)].into(),
        })
    };
    let peer = connection_at(id(1), Origin::Inbound, Some([192, 0, 2, 1]));
    let added = world.table.add(&peer, Origin::Inbound, world.now);
    added.expect("there is room");
    assert_eq!(world.candidate_at(&at(2, [192, 0, 2, 2])), Ok(()));
    // One is a peer, and one is dialed.
    let network = "192.0.2.0/24".parse().expect("a network");
    let crowded = refused(Refusal::TooManyNear { network, limit: 2 });
    assert_eq!(world.candidate_at(&at(3, [192, 0, 2, 3])), crowded);
    assert_eq!(
        world.candidate_at(&at(9, [192, 0, 2, 9])),
        Ok(()),
        "trusted"
    );
    world.fail(9);
    world.schedule.add(at(4, [192, 0, 2, 4]));
    assert_eq!(world.statics(), [at(4, [192, 0, 2, 4])]);
    assert_eq!(world.candidate_at(&at(5, [192, 0, 3, 5])), Ok(()));
    let network = "192.0.3.5".parse().expect("an address");
    let crowded = refused(Refusal::TooManyPending { network, limit: 1 });
    assert_eq!(world.candidate_at(&at(6, [192, 0, 3, 5])), crowded);
    world.fail(2);
    assert_eq!(world.candidate_at(&at(3, [192, 0, 2, 3])), Ok(()));
}

// TestDialSchedNetRestrict
#[test]
fn nodes_outside_the_allowed_networks_are_not_dialed() {
    let mut world = world(20, 10, 10);
    world.schedule.settings.restrict = vec!["127.0.2.0/24".parse().expect("a network")];
    assert_eq!(
        world.candidate_at(&at(1, [127, 0, 0, 1])),
        refused(Refusal::Restricted {
            address: [127, 0, 0, 1].into()
        })
    );
    assert_eq!(world.candidate_at(&at(2, [127, 0, 2, 2])), Ok(()));
    world.schedule.add(at(3, [127, 0, 1, 3]));
    world.schedule.add(at(4, [127, 0, 2, 4]));
    assert_eq!(world.statics(), [at(4, [127, 0, 2, 4])]);
}

// TestDialSchedStaticDial
#[test]
fn static_nodes_need_room_but_no_share() {
    let mut world = world(4, 1, 5);
    world.connect(1, Origin::Candidate);
    world.connect(2, Origin::Inbound);
    world.add(1..=8);
    // Room for two, and four dials to fill it.
    let first = world.statics();
    assert_eq!(first.len(), 4);
    assert!(!first.contains(&node(1)) && !first.contains(&node(2)));
    assert_eq!(world.statics(), []);
    let dialed: Vec<u16> = (3..=8).filter(|n| first.contains(&node(*n))).collect();
    let rest: Vec<u16> = (3..=8).filter(|n| !first.contains(&node(*n))).collect();
    world.succeed(dialed[0], Origin::Static);
    dialed[1..].iter().for_each(|n| world.fail(*n));
    // Room for one, and two dials: those that failed have to wait.
    world.assert_statics(rest.clone());
    rest.iter().for_each(|n| world.fail(*n));
    // One drops, and one that is static connects by itself.
    world.disconnect(1);
    world.connect(rest[0], Origin::Inbound);
    world.assert_statics(vec![1]);
}

#[test]
fn slots_bound_all_dials_together() {
    let mut world = world(50, 10, 3);
    world.add(1..=2);
    assert_eq!(world.statics().len(), 2);
    assert_eq!(world.slots(), 1);
    assert_eq!(world.candidate(11), Ok(()));
    world.add([3]);
    assert_eq!(world.statics(), []);
    world.fail(11);
    world.assert_statics(vec![3]);
}

#[test]
fn requested_dials_take_no_slot() {
    let mut world = world(50, 10, 2);
    for n in 30..40 {
        let asked = world.schedule.ask(&node(n), world.now, || 0);
        assert!(asked.is_none(), "it is dialed");
    }
    assert_eq!(world.slots(), 2);
    world.add([1]);
    world.assert_statics(vec![1]);
    assert_eq!(world.candidate(11), Ok(()));
    assert_eq!(world.candidate(12), Err(Obstacle::NoRoom));
}

#[test]
fn an_undialable_node_is_reported_once() {
    let mut world = world(30, 3, 3);
    world.schedule.settings.restrict = vec!["127.0.0.0/24".parse().expect("a network")];
    let silent = Enode::new(*node(2).public_key(), ([127, 0, 0, 1], 0).into());
    let far = at(3, [127, 0, 1, 1]);
    world.add([0, 1]);
    world.schedule.add(silent.clone());
    world.schedule.add(far.clone());
    let address = [127, 0, 1, 1].into();
    let mut told = world.schedule.take_hopeless(&world.table);
    let mut wanted = [
        (node(0), Refusal::ConnectedToSelf),
        (silent.clone(), Refusal::NoPort),
        (far, Refusal::Restricted { address }),
    ];
    told.sort_by_key(|(enode, _)| enode.public_key().node_id());
    wanted.sort_by_key(|(enode, _)| enode.public_key().node_id());
    assert_eq!(told, wanted);
    world.schedule.add(silent);
    assert_eq!(world.schedule.take_hopeless(&world.table), []);
    // Another URL is another mistake.
    let silent = Enode::new(*node(2).public_key(), ([127, 0, 0, 9], 0).into());
    world.schedule.add(silent.clone());
    let told = world.schedule.take_hopeless(&world.table);
    assert_eq!(told, [(silent, Refusal::NoPort)]);
}

// TestDialSchedRemoveStatic
#[test]
fn a_removed_static_node_is_not_dialed_again() {
    let mut world = world(1, 1, 1);
    world.add(1..=3);
    let [first] = world.statics().try_into().expect("one slot");
    assert!(
        world
            .schedule
            .finished(&first.public_key().node_id(), failure())
    );
    let [second] = world.statics().try_into().expect("one slot");
    // One was dialed recently, one is being dialed, and one waits.
    (1..=3).for_each(|n| world.schedule.remove(&id(n)));
    assert!(
        !world
            .schedule
            .finished(&second.public_key().node_id(), failure())
    );
    for _ in 0..3 {
        world.now += INTERVAL + JITTER;
        assert_eq!(world.statics(), []);
    }
    assert_eq!(world.schedule.next_due(world.now), None);
}

// TestDialSchedManyStaticNodes
#[test]
fn static_nodes_are_picked_at_random() {
    let picked = |random: Vec<u32>| {
        let mut world = world(2, 1, 50);
        world.add(10..210);
        world.random = random;
        world.statics()
    };
    let some = picked(vec![0, 17, 0, 150, 0, 3, 0, 99]);
    assert_eq!(some.len(), 4);
    assert_eq!(some, picked(vec![0, 17, 0, 150, 0, 3, 0, 99]));
    let others = picked(vec![0, 18, 0, 151, 0, 4, 0, 100]);
    assert!(others.iter().all(|enode| !some.contains(enode)));
}

// TestDialSchedHistory
#[test]
fn no_node_is_redialed_within_the_interval() {
    let mut world = world(30, 3, 3);
    world.add(1..=3);
    world.assert_statics(vec![1, 2, 3]);
    world.succeed(1, Origin::Static);
    world.succeed(2, Origin::Static);
    world.fail(3);
    let due = world.now + INTERVAL;
    assert_eq!(world.schedule.next_due(world.now), Some(due));
    world.now = due - Duration::from_millis(1);
    world.assert_statics(vec![]);
    assert_eq!(world.candidate(3), Err(Obstacle::Recent));
    // To be removed and added again changes nothing.
    world.schedule.remove(&id(3));
    world.add([3]);
    world.assert_statics(vec![]);
    world.now = due;
    world.assert_statics(vec![3]);
}

#[test]
fn jitter_lengthens_the_redial_interval() {
    let mut world = world(30, 3, 3);
    world.add([1]);
    world.random = vec![u32::MAX, 0];
    world.assert_statics(vec![1]);
    world.fail(1);
    let due = world.now + INTERVAL + JITTER;
    assert_eq!(world.schedule.next_due(world.now), Some(due));
}

#[test]
fn expired_dials_are_forgotten() {
    let mut world = world(30, 10, 50);
    for n in 1..=10 {
        world.candidate(n).expect("room");
        world.fail(n);
        world.now += INTERVAL + JITTER;
    }
    assert_eq!(world.schedule.history.len(), 1);
}

// TestDialSchedPendingInbound
#[test]
fn an_arriving_node_is_not_dialed() {
    let mut world = world(30, 4, 5);
    world.add([3]);
    let here = Some([127, 0, 0, 1].into());
    world.table.arrive(id(3), here);
    world.table.arrive(id(4), None);
    world.assert_statics(vec![]);
    assert_eq!(world.candidate(4), Err(Obstacle::Arriving));
    world.table.arrived(id(3), here);
    world.table.arrived(id(4), None);
    world.connect(4, Origin::Inbound);
    world.assert_statics(vec![3]);
    assert_eq!(world.candidate(4), refused(Refusal::AlreadyConnected));
}

#[test]
fn trusted_static_nodes_need_no_room() {
    let mut world = world(1, 1, 5);
    world.connect(1, Origin::Inbound);
    world.add([2, 9]);
    world.assert_statics(vec![9]);
    world.disconnect(1);
    // The dial of the trusted node takes up no room.
    world.assert_statics(vec![2]);
}

#[test]
fn own_and_silent_nodes_are_not_dialed() {
    let mut world = world(30, 3, 3);
    assert_eq!(world.candidate(0), refused(Refusal::ConnectedToSelf));
    let silent = Enode::new(*node(1).public_key(), ([127, 0, 0, 1], 0).into());
    assert_eq!(world.candidate_at(&silent), refused(Refusal::NoPort));
    world.schedule.add(silent);
    world.add([0]);
    assert_eq!(world.statics(), []);
}

#[test]
fn a_new_address_is_dialed_at_once() {
    let mut world = world(30, 3, 3);
    world.add([1]);
    world.assert_statics(vec![1]);
    world.fail(1);
    world.add([1]);
    world.assert_statics(vec![]);
    let moved = Enode::new(*node(1).public_key(), ([127, 0, 0, 2], 1).into());
    world.schedule.add(moved.clone());
    assert_eq!(world.statics(), [moved]);
}

#[test]
fn asking_dials_at_once_and_restarts_the_interval() {
    let mut world = world(1, 1, 1);
    world.connect(2, Origin::Inbound);
    world.add([1]);
    assert!(
        world.schedule.ask(&node(1), world.now, || 0).is_none(),
        "no room is needed"
    );
    world.disconnect(2);
    assert_eq!(world.statics(), [], "it is dialed");
    world.fail(1);
    assert_eq!(world.statics(), [], "it was dialed");
    assert_eq!(world.candidate(1), Err(Obstacle::Recent));
    assert!(
        world.schedule.ask(&node(1), world.now, || 0).is_none(),
        "at any time"
    );
    world.fail(1);
    world.now += INTERVAL;
    world.assert_statics(vec![1]);
}

#[test]
fn asking_during_a_dial_starts_no_second() {
    let mut world = world(9, 9, 9);
    world.add([1]);
    world.assert_statics(vec![1]);
    world.candidate(2).expect("room");
    let mut ask = |enode: &Enode| {
        let asked = world.schedule.ask(enode, world.now, || 0);
        asked.expect("under way")
    };
    let same = ask(&node(1));
    assert!(same.is_same && same.outcome.get().is_none());
    let moved = Enode::new(*node(1).public_key(), ([127, 0, 0, 2], 1).into());
    assert!(!ask(&moved).is_same);
    assert!(!ask(&node(2)).is_same, "a source's share may be full");
    world.fail(1);
    let told = same.outcome.get().expect("told");
    assert!(matches!(told, Err(ConnectError::Dialer { .. })));
}
