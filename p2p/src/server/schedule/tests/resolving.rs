//! Searches for static nodes that were not reached.

use super::*;
use crate::disconnect::DisconnectReason;

impl World {
    fn may_resolve(&self, n: u16, after: Duration) -> bool {
        let to_resolve = self.schedule.to_resolve(&id(n), self.now + after);
        to_resolve.is_some()
    }

    /// Records the result of a search for node 1, whose URL has not changed.
    fn resolved(&mut self, found: Option<&Enode>) -> bool {
        self.schedule.resolved(&node(1), found, self.now)
    }
}

// TestDialSchedResolve
#[test]
fn unanswered_searches_become_rarer() {
    let mut world = world(30, 3, 3);
    world.add([1]);
    let mut waits = Vec::new();
    for _ in 0..8 {
        assert!(world.may_resolve(1, Duration::ZERO));
        assert!(!world.resolved(None));
        let wait = (1..=60).find(|minutes| world.may_resolve(1, *minutes * MINUTE));
        waits.extend(wait);
        world.now += wait.expect("within an hour") * MINUTE;
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
    // A key that is not the node's is no answer.
    assert!(!world.resolved(Some(&node(2))));
    world.now += 60 * MINUTE;
    let moved = at(1, [127, 0, 0, 55]);
    assert!(world.resolved(Some(&moved)));
    assert!(!world.may_resolve(1, MINUTE / 2));
    assert!(world.may_resolve(1, MINUTE));
    assert_eq!(world.statics(), [moved]);
    assert!(!world.may_resolve(2, Duration::ZERO), "not static");
}

#[test]
fn configured_and_found_addresses_take_turns() {
    let mut world = world(30, 3, 3);
    world.add([1]);
    let moved = at(1, [127, 0, 0, 55]);
    assert_eq!(world.statics(), [node(1)]);
    assert!(world.resolved(Some(&moved)));
    for next in [node(1), moved.clone(), node(1)] {
        world.fail(1);
        world.now += INTERVAL;
        assert_eq!(world.statics(), [next]);
    }
    // Where it is a peer, or says why it is none, it is dialed again.
    world.fail(1);
    for _ in 0..2 {
        world.now += INTERVAL;
        assert_eq!(world.statics(), std::slice::from_ref(&moved));
        let full = ConnectError::Disconnected(DisconnectReason::TooManyPeers);
        world.schedule.finished(&id(1), Err(full));
    }
    world.now += INTERVAL;
    assert_eq!(world.statics(), [moved]);
    world.succeed(1, Origin::Static);
    world.disconnect(1);
    // A source may say, too, that it is where it is configured.
    assert!(world.resolved(Some(&node(1))));
    world.now += INTERVAL;
    assert_eq!(world.statics(), [node(1)]);
}

#[test]
fn answers_for_a_replaced_url_are_ignored() {
    let mut world = world(30, 3, 3);
    world.add([1]);
    world.assert_statics(vec![1]);
    let given = at(1, [127, 0, 0, 2]);
    world.schedule.add(given.clone());
    assert!(!world.resolved(Some(&at(1, [127, 0, 0, 55]))));
    world.fail(1);
    assert_eq!(world.statics(), [given]);
}

#[test]
fn forbidden_addresses_are_no_answer() {
    let mut world = world(30, 3, 3);
    world.schedule.settings.restrict = vec!["127.0.0.0/24".parse().expect("a network")];
    world.add([1]);
    let silent = Enode::new(*node(1).public_key(), ([127, 0, 0, 1], 0).into());
    assert!(!world.resolved(Some(&at(1, [127, 0, 1, 1]))));
    assert!(!world.resolved(Some(&silent)));
    world.assert_statics(vec![1]);
}
