use std::time::{Duration, Instant};

use crate::session::keepalive::{Keepalive, KeepaliveAction, PingLimit};

const SECOND: Duration = Duration::from_secs(1);

/// A keepalive with the defaults, and its start.
fn fresh() -> (Keepalive, Instant) {
    let now = Instant::now();
    (
        Keepalive::new(Keepalive::PING_INTERVAL, Keepalive::TIMEOUT, now),
        now,
    )
}

#[test]
fn a_silent_peer_is_pinged_and_then_dropped() {
    let (mut keepalive, start) = fresh();
    let at = |seconds: u32| start + SECOND * seconds;
    assert_eq!(keepalive.poll(start), KeepaliveAction::Wait(at(15)));
    assert_eq!(keepalive.poll(at(14)), KeepaliveAction::Wait(at(15)));
    assert_eq!(keepalive.poll(at(15)), KeepaliveAction::Ping);
    assert_eq!(keepalive.poll(at(15)), KeepaliveAction::Wait(at(30)));
    assert_eq!(keepalive.poll(at(30)), KeepaliveAction::TimedOut);
    assert_eq!(keepalive.poll(at(99)), KeepaliveAction::TimedOut);
}

#[test]
fn a_live_peer_is_pinged_every_15_seconds() {
    let (mut keepalive, start) = fresh();
    let mut pings = 0;
    for second in 0..300 {
        let now = start + SECOND * second;
        if second % 29 == 0 {
            keepalive.heard(now);
        }
        match keepalive.poll(now) {
            KeepaliveAction::Ping => pings += 1,
            KeepaliveAction::Wait(until) => assert!(until > now),
            KeepaliveAction::TimedOut => panic!("dropped after {second} s"),
        }
    }
    assert_eq!(pings, 19);
}

#[test]
fn a_ping_missed_for_long_is_sent_once() {
    let (mut keepalive, start) = fresh();
    let late = start + SECOND * 100;
    keepalive.heard(late);
    assert_eq!(keepalive.poll(late), KeepaliveAction::Ping);
    let next = KeepaliveAction::Wait(late + SECOND * 15);
    assert_eq!(keepalive.poll(late), next);
}

#[test]
fn pings_go_on_while_reading_is_paused() {
    let (mut keepalive, start) = fresh();
    let at = |seconds: u32| start + SECOND * seconds;
    keepalive.pause();
    assert_eq!(keepalive.poll(at(31)), KeepaliveAction::Ping);
    assert_eq!(keepalive.poll(at(40)), KeepaliveAction::Wait(at(46)));
    keepalive.resume(at(45));
    assert_eq!(keepalive.poll(at(74)), KeepaliveAction::Ping);
    assert_eq!(keepalive.poll(at(74)), KeepaliveAction::Wait(at(75)));
    assert_eq!(keepalive.poll(at(75)), KeepaliveAction::TimedOut);
}

#[test]
fn either_timer_can_be_switched_off() {
    let now = Instant::now();
    let mut keepalive = Keepalive::new(Duration::MAX, Duration::MAX, now);
    assert!(matches!(keepalive.poll(now), KeepaliveAction::Wait(at) if at > now));
    keepalive.heard(now);
    let mut keepalive = Keepalive::new(Duration::MAX, SECOND, now);
    assert_eq!(keepalive.poll(now), KeepaliveAction::Wait(now + SECOND));
    assert_eq!(keepalive.poll(now + SECOND), KeepaliveAction::TimedOut);
}

#[test]
fn a_flood_of_pings_is_answered_once_a_second() {
    let start = Instant::now();
    let mut limit = PingLimit::new(start);
    let answered = |limit: &mut PingLimit, now| (0..10_000).filter(|_| limit.allow(now)).count();
    assert_eq!(answered(&mut limit, start), 16);
    assert_eq!(answered(&mut limit, start + SECOND / 2), 0);
    assert_eq!(answered(&mut limit, start + SECOND), 1);
    assert_eq!(answered(&mut limit, start + SECOND * 7 / 2), 2);
    assert_eq!(answered(&mut limit, start + SECOND * 4), 1);
    assert_eq!(answered(&mut limit, start + SECOND * 1000), 16);
    // Going back in time adds no tokens.
    assert_eq!(answered(&mut limit, start), 0);
}

#[test]
fn an_honest_peer_always_gets_its_pong() {
    let start = Instant::now();
    let mut limit = PingLimit::new(start);
    assert!((0..1000).all(|i| limit.allow(start + SECOND * i)));
}
