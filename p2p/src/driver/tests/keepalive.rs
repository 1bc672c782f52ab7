//! Who is pinged, who is answered, and who is dropped for silence.

use tokio::task::yield_now;
use tokio::time::{Instant, advance};

use super::*;
use crate::serve::tests::recorder;
use crate::session::PingLimit;

#[tokio::test(start_paused = true)]
async fn a_quiet_peer_that_answers_is_pinged_every_15_seconds_and_kept() {
    let (rig, mut hand) = serving(recorder().0).start();
    let begin = Instant::now();
    for round in 1..=8 {
        assert_eq!(hand.hear().await, Heard::Ping);
        assert_eq!(begin.elapsed().as_secs(), round * 15);
        hand.pong().await;
    }
    assert!(rig.connection.cause().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_dropped_after_30_seconds_and_told() {
    let (rig, mut hand) = serving(recorder().0).start();
    let begin = Instant::now();
    assert_eq!(hand.hear().await, Heard::Ping);
    hand.expect_end(DisconnectReason::PingTimeout).await;
    assert_eq!(begin.elapsed().as_secs(), 30);
    drop(hand);
    assert!(matches!(rig.end().await, Cause::PingTimeout));
}

#[tokio::test(start_paused = true)]
async fn bytes_that_make_no_frame_keep_nobody_alive() {
    let (rig, mut hand) = serving(recorder().0).start();
    let begin = Instant::now();
    let frame = hand.frame(TEXT, &payload(&"x".repeat(100)));
    let connection = rig.connection.clone();
    for byte in frame {
        if connection.cause().is_some() {
            break;
        }
        hand.write(&[byte]).await;
        let _ = timeout(Duration::from_secs(1), connection.ended()).await;
    }
    assert_eq!(begin.elapsed().as_secs(), 30);
    drop(hand);
    assert!(matches!(rig.end().await, Cause::PingTimeout));
}

#[tokio::test(start_paused = true)]
async fn a_silence_shorter_than_the_time_between_pings_is_noticed_in_time() {
    let mut setup = serving(recorder().0);
    setup.timing.ping_interval = Duration::MAX;
    setup.timing.read_timeout = Duration::from_secs(3);
    let begin = Instant::now();
    let (_rig, mut hand) = setup.start();
    hand.expect_end(DisconnectReason::PingTimeout).await;
    assert_eq!(begin.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_but_a_flood_of_them_is_not() {
    let (_rig, mut hand) = serving(recorder().0).start();
    hand.ping().await;
    assert_eq!(hand.hear().await, Heard::Pong);
    for _ in 0..500 {
        hand.ping().await;
    }
    let mut pongs = 0;
    while hand.hear().await == Heard::Pong {
        pongs += 1;
    }
    // What ends the counting is our ping, 15 seconds later.
    assert!(pongs <= PingLimit::BURST, "{pongs}");
    assert!(pongs >= PingLimit::BURST - 2, "{pongs}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_no_write_for_20_seconds_is_dropped() {
    let service = recorder().0;
    let peers = service.peers();
    let mut setup = serving(service);
    setup.stream = 1024;
    let (rig, mut hand) = setup.start();
    let peer = rig.peer(&peers).await;
    let mut noise = vec![0; 60_000];
    crate::rlpx::tests::random(1)(&mut noise);
    let words: String = noise.iter().map(|byte| char::from(byte & 0x7f)).collect();
    let begin = Instant::now();
    peer.try_send(text(&words)).expect("room");
    // It is alive, but does not read.
    while !peer.is_closed() {
        hand.pong().await;
        let _ = timeout(Duration::from_secs(1), peer.closed()).await;
    }
    assert_eq!(begin.elapsed().as_secs(), 20);
    drop(hand);
    assert!(matches!(rig.end().await, Cause::WriteTimeout));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_late_does_not_blame_its_peer() {
    let (rig, mut hand) = serving(recorder().0).start();
    let turns = async || {
        for _ in 0..10 {
            yield_now().await;
        }
    };
    turns().await;
    // Nobody had a turn for an hour, as where a machine was suspended.
    advance(Duration::from_secs(3600)).await;
    turns().await;
    assert!(rig.connection.cause().is_none());
    // One that stays silent is dropped all the same.
    while hand.hear().await == Heard::Ping {}
    assert!(matches!(rig.end().await, Cause::PingTimeout));
}
