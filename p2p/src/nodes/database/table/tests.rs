use std::time::UNIX_EPOCH;

use proptest::prelude::*;

use super::*;
use crate::identity::NodeKey;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn after(seconds: u64) -> SystemTime {
    start() + Duration::from_secs(seconds)
}

/// Each in a subnet of its own.
fn enode(n: u16) -> Enode {
    at(n, &format!("20.{}.{}.1:30303", n >> 8, n & 0xff))
}

fn at(n: u16, address: &str) -> Enode {
    let mut secret = [1; 32];
    secret[..2].copy_from_slice(&n.to_be_bytes());
    let key = NodeKey::from_bytes(&secret).expect("a key");
    Enode::new(*key.public_key(), address.parse().expect("an address"))
}

fn id(n: u16) -> NodeId {
    enode(n).public_key().node_id()
}

fn table(capacity: usize) -> NodeTable {
    restarted(capacity, Vec::new(), start())
}

fn restarted(capacity: usize, nodes: Vec<KnownNode>, now: SystemTime) -> NodeTable {
    let forget_after = 30 * DAY;
    let bounds = Bounds {
        capacity,
        forget_after,
    };
    NodeTable::new(bounds, nodes, HashMap::new(), now)
}

fn known(table: &NodeTable, n: u16) -> KnownNode {
    table.node(&id(n)).expect("known").clone()
}

/// Every random number in turn.
fn dice() -> impl FnMut() -> u32 {
    let mut state = 1_u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state
    }
}

/// All nodes that a new round names.
fn round(table: &mut NodeTable, now: SystemTime) -> Vec<Enode> {
    table.begin_round();
    let mut random = dice();
    std::iter::from_fn(|| table.next(now, &mut random)).collect()
}

#[test]
fn a_contact_is_noted_and_ends_failures() {
    let mut table = table(10);
    table.contact(&enode(1), false, after(0));
    table.failed(&enode(1), DialFailure::Unreachable, after(5));
    table.failed(&enode(1), DialFailure::Broken, after(9));
    let node = known(&table, 1);
    assert_eq!(
        (node.failures, node.last_failure),
        (2, Some(DialFailure::Broken))
    );
    assert_eq!(node.last_contact, Some(after(0)));
    assert_eq!(node.last_attempt, Some(after(9)));
    table.contact(&enode(1), false, after(20));
    let node = known(&table, 1);
    assert_eq!((node.failures, node.last_failure), (0, None));
    assert_eq!(
        (node.first_seen, node.last_contact),
        (after(0), Some(after(20)))
    );
    table.seen(&id(1), after(90));
    assert_eq!(known(&table, 1).last_contact, Some(after(90)));
    assert_eq!(known(&table, 1).last_attempt, Some(after(20)));
}

#[test]
fn only_being_seen_clears_uselessness() {
    let mut table = table(10);
    table.contact(&enode(1), false, after(0));
    for failures in 1..4 {
        table.failed(&enode(1), DialFailure::Useless, after(1));
        assert_eq!(known(&table, 1).failures, failures);
        table.contact(&enode(1), false, after(2));
        let node = known(&table, 1);
        assert_eq!(
            (node.failures, node.last_failure),
            (failures, Some(DialFailure::Useless))
        );
        assert_eq!(node.last_contact, Some(after(2)));
    }
    table.seen(&id(1), after(3));
    let node = known(&table, 1);
    assert_eq!((node.failures, node.last_failure), (0, None));
}

#[test]
fn a_full_node_rests_without_a_failure() {
    let mut table = table(10);
    table.failed(&enode(1), DialFailure::Unreachable, after(0));
    table.contact(&enode(1), true, after(1));
    let node = known(&table, 1);
    assert_eq!(
        (node.failures, node.last_failure),
        (0, Some(DialFailure::Full))
    );
    assert_eq!(node.last_contact, Some(after(1)));
    assert_eq!(round(&mut table, after(300)), []);
    assert_eq!(round(&mut table, after(301)), [enode(1)]);
}

#[test]
fn a_node_that_fails_rests_longer_each_time() {
    let mut table = table(10);
    table.contact(&enode(1), false, after(0));
    assert_eq!(round(&mut table, after(0)), [enode(1)]);
    let mut now = after(0);
    for wait in [30, 60, 120, 240, 480, 900, 900] {
        table.failed(&enode(1), DialFailure::Unreachable, now);
        let due = now + Duration::from_secs(wait);
        assert_eq!(round(&mut table, due - Duration::from_secs(1)), []);
        assert_eq!(round(&mut table, due), [enode(1)]);
        now = due;
    }
    // Nor does it rest when the clock is set back, or after a restart.
    assert_eq!(round(&mut table, start() - DAY), [enode(1)]);
    table.failed(&enode(1), DialFailure::Unreachable, now);
    let nodes = table.nodes().cloned().collect();
    let mut table = restarted(10, nodes, now + Duration::from_secs(1));
    assert_eq!(round(&mut table, now + Duration::from_secs(1)), [enode(1)]);
}

#[test]
fn failures_elsewhere_are_ignored() {
    let mut table = table(10);
    table.failed(&enode(1), DialFailure::Unreachable, after(0));
    assert_eq!(table.len(), 0);
    table.contact(&enode(1), false, after(0));
    table.failed(&at(1, "192.0.2.9:1"), DialFailure::Unreachable, after(1));
    assert_eq!(known(&table, 1).failures, 0);
    table.contact(&at(1, "192.0.2.9:1"), false, after(2));
    assert_eq!(known(&table, 1).enode, at(1, "192.0.2.9:1"));
}

#[test]
fn a_claim_never_moves_a_confirmed_node() {
    let mut table = table(10);
    table.heard(&enode(1), after(0));
    table.heard(&at(1, "192.0.2.9:1"), after(1));
    assert_eq!(known(&table, 1).enode, at(1, "192.0.2.9:1"));
    table.contact(&enode(1), false, after(2));
    table.heard(&at(1, "192.0.2.9:1"), after(3));
    assert_eq!(known(&table, 1).enode, enode(1));
}

#[test]
fn a_claim_is_forgotten_after_three_failures() {
    let mut table = table(10);
    table.heard(&enode(1), after(0));
    for second in 0..2 {
        table.failed(&enode(1), DialFailure::Unreachable, after(second));
        assert_eq!(table.len(), 1);
    }
    table.failed(&enode(1), DialFailure::Unreachable, after(3));
    assert_eq!(table.len(), 0);
    let changes = table.take_changes();
    assert_eq!(changes.nodes, [(id(1), None)]);
}

/// How many nodes are known in a network.
fn count(table: &NodeTable, network: &str) -> usize {
    let network = network.parse().expect("a network");
    let nodes = table.nodes();
    nodes.filter(|node| is_in(&node.enode, network)).count()
}

/// Tells a table of nodes at addresses of two machines, a subnet, a larger one and this machine.
fn crowd(table: &mut NodeTable, tell: impl Fn(&mut NodeTable, &Enode, SystemTime)) {
    for n in 0..30 {
        let addresses = [
            format!("192.0.2.1:{}", n + 1),
            format!("[::ffff:192.0.2.1]:{}", n + 101),
            format!("192.0.3.{n}:1"),
            format!("[2001:db8:0:{n:x}::1]:1"),
            format!("[2001:db8:{n:x}::1]:1"),
            format!("127.0.0.1:{}", n + 1),
            format!("10.0.0.1:{}", n + 1),
        ];
        for (place, address) in (0..).zip(addresses) {
            tell(table, &at(n + 100 * place, &address), after(n.into()));
        }
    }
}

#[test]
fn few_claims_are_kept_per_subnet() {
    let mut table = table(1000);
    crowd(&mut table, NodeTable::heard);
    assert_eq!(count(&table, "192.0.2.1"), 4);
    assert_eq!(count(&table, "192.0.3.0/24"), 10);
    assert_eq!(count(&table, "2001:db8::/48"), 10);
    assert_eq!(count(&table, "2001:db8::/32"), 39);
    assert_eq!(count(&table, "127.0.0.1"), 30);
    assert_eq!(count(&table, "10.0.0.1"), 30);
    // One of them may say that it is at another port.
    let moved = at(0, "192.0.2.1:9");
    table.heard(&moved, after(99));
    assert_eq!(known(&table, 0).enode, moved);
}

#[test]
fn few_confirmed_nodes_are_kept_per_subnet() {
    let mut table = table(1000);
    let neighbour = at(999, "192.0.2.9:1");
    table.contact(&neighbour, false, start());
    crowd(&mut table, |table, enode, now| {
        // To say that it is full is enough to have proved it.
        table.heard(enode, now);
        table.contact(enode, true, now);
    });
    assert_eq!(count(&table, "192.0.2.1"), 5);
    assert!(table.node(&id(999)).is_some(), "not at that address");
    assert_eq!(count(&table, "192.0.3.0/24"), 10);
    assert!(
        (20..30).all(|n| table.node(&id(n + 200)).is_some()),
        "the last"
    );
    assert_eq!(count(&table, "2001:db8::/48"), 10);
    assert_eq!(count(&table, "2001:db8::/32"), 39);
    assert_eq!(count(&table, "127.0.0.1"), 30);
    assert_eq!(count(&table, "10.0.0.1"), 30);
    // Those that fail are forgotten first.
    table.failed(&at(229, "192.0.3.29:1"), DialFailure::Broken, after(99));
    table.contact(&at(998, "192.0.3.99:1"), false, after(99));
    assert!(table.node(&id(229)).is_none() && table.node(&id(220)).is_some());
    let forgotten = table.take_changes().nodes;
    assert!(forgotten.contains(&(id(229), None)), "in the file too");
}

#[test]
fn claims_push_out_only_other_claims() {
    let mut table = table(8);
    for n in 0..7 {
        table.contact(&enode(n), false, after(0));
    }
    for n in 100..200 {
        table.heard(&enode(n), after(u64::from(n)));
    }
    assert_eq!(table.len(), 8);
    assert!((0..7).all(|n| table.node(&id(n)).is_some()));
    assert!(table.node(&id(199)).is_some(), "the last");
    let mut few = restarted(8, Vec::new(), start());
    for n in 100..200 {
        few.heard(&enode(n), after(u64::from(n)));
    }
    assert_eq!(few.len(), 2);
}

#[test]
fn beyond_the_capacity_the_worst_are_forgotten() {
    let mut table = table(4);
    for n in 0..4 {
        table.contact(&enode(n), false, after(u64::from(n)));
    }
    table.failed(&enode(2), DialFailure::Unreachable, after(10));
    table.contact(&enode(4), false, after(11));
    assert!(table.node(&id(2)).is_none(), "it had failed");
    table.contact(&enode(5), false, after(12));
    assert!(table.node(&id(0)).is_none(), "its contact was the oldest");
    assert_eq!(table.len(), 4);
    let nodes = table.nodes().cloned().collect();
    let mut smaller = restarted(2, nodes, after(13));
    assert_eq!(smaller.len(), 2);
    assert_eq!(smaller.take_changes().nodes.len(), 2);
}

#[test]
fn contact_with_another_forgets_old_nodes() {
    let mut table = table(10);
    table.contact(&enode(1), false, after(0));
    table.heard(&enode(2), after(0));
    table.contact(&enode(3), false, after(1));
    let nodes = table.nodes().cloned().collect();
    let late = after(0) + 30 * DAY + Duration::from_secs(1);
    let mut table = restarted(10, nodes, late);
    assert_eq!(round(&mut table, late).len(), 3);
    table.contact(&enode(3), false, late);
    assert_eq!(table.len(), 1);
    // A clock that is set back makes nobody old.
    table.contact(&enode(4), false, start() - DAY);
    assert_eq!(table.len(), 2);
}

#[test]
fn a_round_names_claims_last() {
    let mut table = table(40);
    for n in 0..10 {
        table.heard(&enode(n), after(0));
    }
    for n in 10..20 {
        table.contact(&enode(n), false, after(0));
    }
    let named = round(&mut table, after(1));
    let ids: HashSet<NodeId> = named.iter().map(|e| e.public_key().node_id()).collect();
    assert_eq!((named.len(), ids.len()), (20, 20));
    let first: HashSet<NodeId> = named[..10]
        .iter()
        .map(|e| e.public_key().node_id())
        .collect();
    assert_eq!(first, (10..20).map(id).collect());
    assert_eq!(table.next(after(1), dice()), None, "until the next round");
}

#[test]
fn promising_nodes_usually_come_first() {
    let mut table = table(10);
    let now = after(0) + 7 * DAY;
    table.contact(&enode(1), false, after(0));
    table.contact(&enode(2), false, now);
    table.contact(&enode(3), false, now);
    for _ in 0..3 {
        table.failed(&enode(3), DialFailure::Unreachable, now);
    }
    // They would be all that is to be named: nobody rests after a restart.
    let nodes = table.nodes().cloned().collect();
    let table = restarted(10, nodes, now + Duration::from_secs(1));
    let mut random = dice();
    let mut first = [0; 3];
    for _ in 0..2000 {
        let best = table.seeds(now, &mut random).pop().expect("a node");
        let index = (1..=3).find(|n| id(*n) == best).expect("one of them");
        first[usize::from(index) - 1] += 1;
    }
    // Their chances are as 1/8, 1 and 1/8.
    let [old, good, failing] = first;
    assert!((1400..1800).contains(&good), "{first:?}");
    assert!(
        (100..300).contains(&old) && (100..300).contains(&failing),
        "{first:?}"
    );
}

#[test]
fn a_failed_write_marks_everything_as_changed() {
    let mut table = table(10);
    assert!(table.take_changes().is_empty());
    table.contact(&enode(1), false, after(0));
    table.contact(&enode(2), false, after(0));
    table.renew_local(id(9), [1; 32], after(0));
    let changes = table.take_changes();
    assert_eq!((changes.nodes.len(), changes.locals.len()), (2, 1));
    assert!(table.take_changes().is_empty());
    table.renew_local(id(9), [1; 32], after(5));
    assert!(table.take_changes().is_empty(), "it says the same");
    assert!(table.forget(&id(1)) && !table.forget(&id(1)));
    table.all_changed();
    let changes = table.take_changes();
    assert!(changes.all);
    assert_eq!((changes.nodes.len(), changes.locals.len()), (1, 1));
}

proptest! {
    #[test]
    fn bounds_hold_and_rounds_end(
        capacity in 1..12_usize,
        deeds in proptest::collection::vec((0..6_u8, 0..20_u16, any::<u32>()), 0..120),
    ) {
        let mut table = table(capacity);
        for (deed, n, second) in deeds {
            let now = after(u64::from(second));
            match deed {
                0 => table.contact(&enode(n), n % 2 == 0, now),
                1 => table.failed(&enode(n), DialFailure::Broken, now),
                2 => table.heard(&enode(n), now),
                3 => table.seen(&id(n), now),
                4 => drop(table.forget(&id(n))),
                _ => prop_assert!(round(&mut table, now).len() <= capacity),
            }
            prop_assert!(table.len() <= capacity);
            let claims = table.nodes().filter(|node| !node.is_proven()).count();
            prop_assert!(claims <= capacity.div_ceil(4));
        }
    }
}
