//! A protocol or a peer that takes nothing, and what goes on meanwhile.

use std::future::pending;

use tokio::sync::{Notify, mpsc};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use super::*;
use crate::serve::error::{SendError, TrySendError};
use crate::serve::tests::recorder;

/// Answers every text.
fn echo() -> Service<Text> {
    Text::run(|peer, mut inbox| async move {
        while let Ok(message) = inbox.recv().await {
            peer.send(message).await?;
        }
        Ok(())
    })
}

/// A service that takes no message before it is notified, and then passes on every one.
fn held() -> (Service<Other>, Arc<Notify>, mpsc::Receiver<String>) {
    let go = Arc::new(Notify::new());
    let (sender, receiver) = mpsc::channel(1000);
    let gate = go.clone();
    let service = Other::run(move |_, mut inbox| {
        let gate = gate.clone();
        let sender = sender.clone();
        async move {
            gate.notified().await;
            while let Ok(Other(words)) = inbox.recv().await {
                sender.send(words).await?;
            }
            Ok(())
        }
    });
    (service, go, receiver)
}

fn numbered(number: usize) -> String {
    format!("{number:<1000}")
}

#[tokio::test(start_paused = true)]
async fn a_protocol_that_takes_nothing_stops_the_others_only_when_its_queue_is_full() {
    let (service, go, mut taken) = held();
    let mut setup = serving(echo()).and(service.queue_size(8 * 1024));
    setup.stream = 4096;
    let (rig, mut hand) = setup.start();
    for number in 0..7 {
        hand.send(OTHER, &numbered(number)).await;
    }
    hand.ping().await;
    assert_eq!(hand.hear().await, Heard::Pong);
    hand.send(TEXT, "still here").await;
    hand.expect(TEXT, "still here").await;
    // These fill the queue.
    for number in 7..10 {
        hand.send(OTHER, &numbered(number)).await;
    }
    hand.ping().await;
    hand.send(TEXT, "late").await;
    let silent = timeout(Duration::from_secs(5), hand.hear()).await;
    assert!(silent.is_err(), "{silent:?}");
    go.notify_one();
    for number in 0..10 {
        assert_eq!(bounded(taken.recv()).await, Some(numbered(number)));
    }
    let mut heard = [hand.hear().await, hand.hear().await];
    heard.sort_by_key(|one| *one == Heard::Pong);
    assert_eq!(heard, [Heard::Message(TEXT, payload("late")), Heard::Pong]);
    assert!(rig.connection.cause().is_none());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_from_a_peer_whose_protocol_takes_nothing() {
    let (service, _go, _taken) = held();
    let mut setup = serving(echo()).and(service.queue_size(8 * 1024));
    setup.stream = 4096;
    let (_rig, mut hand) = setup.start();
    let mut noise = crate::rlpx::tests::random(1);
    let mut sent = 0;
    let begin = Instant::now();
    loop {
        let mut bytes = vec![0; 1000];
        noise(&mut bytes);
        let words: String = bytes.iter().map(|byte| char::from(byte & 0x7f)).collect();
        let frame = hand.frame(OTHER, &payload(&words));
        if timeout(Duration::from_secs(1), hand.stream.write_all(&frame))
            .await
            .is_err()
        {
            break;
        }
        sent += frame.len();
    }
    assert_eq!(begin.elapsed().as_secs(), 1);
    // The queue, the receive buffer and the stream.
    assert!(sent < 64 * 1024, "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_stall_of_more_than_10_seconds_drops_the_peer_and_names_the_protocol() {
    let (service, _go, _taken) = held();
    let setup = serving(echo()).and(service.queue_size(1024));
    let (rig, mut hand) = setup.start();
    let begin = Instant::now();
    hand.send(OTHER, &numbered(0)).await;
    hand.send(OTHER, &numbered(1)).await;
    hand.expect_end(DisconnectReason::ProtocolError).await;
    assert_eq!(begin.elapsed().as_secs(), 10);
    drop(hand);
    let cause = rig.end().await;
    assert!(
        matches!(cause, Cause::Stalled { protocol: "other" }),
        "{cause:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_peer_is_not_blamed_for_silence_while_we_do_not_read() {
    let (service, go, mut taken) = held();
    let mut setup = serving(echo()).and(service.queue_size(1024));
    setup.timing.read_timeout = Duration::from_secs(4);
    let (rig, mut hand) = setup.start();
    hand.send(OTHER, &numbered(0)).await;
    hand.send(OTHER, &numbered(1)).await;
    sleep(Duration::from_secs(9)).await;
    go.notify_one();
    assert_eq!(bounded(taken.recv()).await, Some(numbered(0)));
    assert_eq!(bounded(taken.recv()).await, Some(numbered(1)));
    assert!(rig.connection.cause().is_none());
    // From then on it is.
    let begin = Instant::now();
    hand.expect_end(DisconnectReason::PingTimeout).await;
    assert_eq!(begin.elapsed().as_secs(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_slow_protocol_does_not_keep_us_from_pinging() {
    let setup = serving(echo()).and(
        Other::run(|_, mut inbox| async move {
            while inbox.recv().await.is_ok() {
                sleep(Duration::from_secs(9)).await;
            }
            Ok(())
        })
        .queue_size(1024),
    );
    let (rig, mut hand) = setup.start();
    let begin = Instant::now();
    let mut all = Vec::new();
    for number in 0..12 {
        all.extend(hand.frame(OTHER, &payload(&numbered(number))));
    }
    hand.write(&all).await;
    for round in 1..=4 {
        assert_eq!(hand.hear().await, Heard::Ping);
        let elapsed = begin.elapsed().as_secs();
        assert!(elapsed <= round * 25, "ping {round} after {elapsed} s");
    }
    assert!(rig.connection.cause().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_message_larger_than_the_queue_is_taken_when_it_is_empty() {
    let (service, go, mut taken) = held();
    let setup = serving(echo()).and(service.queue_size(1024));
    let (_rig, mut hand) = setup.start();
    let large = "x".repeat(3_000_000);
    hand.send(OTHER, "small").await;
    hand.send(OTHER, &large).await;
    go.notify_one();
    assert_eq!(bounded(taken.recv()).await.as_deref(), Some("small"));
    assert_eq!(bounded(taken.recv()).await, Some(large));
}

#[tokio::test(start_paused = true)]
async fn sending_to_a_peer_that_does_not_read_waits_or_says_full_and_fails_at_the_end() {
    let service = Text::run(|_, _inbox| pending());
    let peers = service.peers();
    let mut setup = serving(service);
    (setup.stream, setup.send_queue) = (64, 4096);
    let (rig, hand) = setup.start();
    let peer = rig.peer(&peers).await;
    let words = numbered(0);
    while peer.try_send(text(&words)).is_ok() {}
    // The writer takes what waits and is held up with it; the queue can be filled once more.
    sleep(Duration::from_secs(1)).await;
    while peer.try_send(text(&words)).is_ok() {}
    assert!(matches!(
        peer.try_send(text(&words)),
        Err(TrySendError::Full(_))
    ));
    let waiting = tokio::spawn({
        let peer = peer.clone();
        let words = words.clone();
        async move { peer.send(text(&words)).await }
    });
    sleep(Duration::from_secs(1)).await;
    assert!(!waiting.is_finished());
    peer.disconnect(DisconnectReason::UselessPeer);
    let failed = bounded(waiting).await.expect("not cancelled");
    let asked = Cause::Requested(DisconnectReason::UselessPeer).to_string();
    assert!(matches!(failed, Err(SendError::Closed(cause)) if cause.to_string() == asked));
    assert!(matches!(
        peer.try_send(text(&words)),
        Err(TrySendError::Closed(Cause::Requested(_)))
    ));
    drop(hand);
    rig.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_skips_a_peer_that_does_not_read_and_reaches_the_others() {
    let service = Text::run(|_, _inbox| pending());
    let peers = service.peers();
    let mut setup = serving(service);
    (setup.stream, setup.send_queue) = (64, 4096);
    let mut other = Setup {
        services: setup.services.clone(),
        timing: setup.timing.clone(),
        remote: 3,
        ..setup
    };
    other.stream = 64 * 1024;
    let ((deaf, _hand), (hears, mut hand)) = (setup.start(), other.start());
    let deaf = deaf.peer(&peers).await;
    hears.peer(&peers).await;
    let words = numbered(0);
    let skipped = loop {
        let outcome = peers.broadcast(&text(&words)).expect("encoded");
        hand.expect(TEXT, &words).await;
        if !outcome.skipped.is_empty() {
            break outcome;
        }
        assert_eq!(outcome.sent, 2);
    };
    assert_eq!(skipped.sent, 1);
    assert_eq!(skipped.skipped[0].id(), deaf.id());
}

#[tokio::test(start_paused = true)]
async fn two_handlers_that_flood_each_other_and_take_nothing_end_by_a_cause() {
    let flood = || {
        let service = Text::run(|peer, _inbox| async move {
            loop {
                peer.send(text(&"x".repeat(3000))).await?;
            }
        });
        let mut setup = serving(service.queue_size(16 * 1024));
        (setup.stream, setup.send_queue) = (1024, 16 * 1024);
        setup
    };
    let begin = Instant::now();
    let [one, other] = flood().start_both(flood());
    let causes = [one.end().await, other.end().await];
    assert!(begin.elapsed().as_secs() <= 20, "{:?}", begin.elapsed());
    // Each waits for the other to read.
    let names = |cause: &Cause| cause.to_string().contains("waited to send Text");
    assert!(causes.iter().any(names), "{causes:?}");
}

#[tokio::test(start_paused = true)]
async fn protocols_of_one_connection_reach_each_other() {
    let setup = serving(Text::run(|peer, mut inbox| async move {
        let Text(words) = inbox.recv().await?;
        let other = peer.protocol::<Other>().ok_or("not spoken")?;
        other.send(Other(words)).await?;
        pending().await
    }));
    let setup = setup.and(Other::run(|_, _inbox| pending()));
    let (_rig, mut hand) = setup.start();
    hand.send(TEXT, "across").await;
    hand.expect(OTHER, "across").await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_asks_and_reads_nothing_is_to_blame_and_not_the_protocol() {
    let mut setup = serving(echo().queue_size(64 * 1024));
    setup.stream = 4096;
    setup.send_queue = 64 * 1024;
    let (rig, mut hand) = setup.start();
    let mut noise = vec![0; 1000];
    crate::rlpx::tests::random(1)(&mut noise);
    let words: String = noise.iter().map(|byte| char::from(byte & 0x7f)).collect();
    while rig.connection.cause().is_none() {
        let frame = hand.frame(TEXT, &payload(&words));
        let write = hand.stream.write_all(&frame);
        let _ = timeout(Duration::from_secs(15), write).await;
    }
    drop(hand);
    assert!(matches!(rig.end().await, Cause::SendTimeout { .. }));
}

#[tokio::test]
async fn a_flood_of_tiny_frames_leaves_others_their_turn() {
    const FLOOD: usize = 1024 * 1024;
    let mut setup = serving(recorder().0);
    setup.stream = FLOOD;
    let (_rig, mut hand) = setup.start();
    let mut pongs = Vec::new();
    while pongs.len() < FLOOD {
        hand.session.egress.pong(&mut pongs);
    }
    let sent = hand.stream.write(&pongs).await.expect("written");
    assert_eq!(sent, FLOOD);
    for _ in 0..4 {
        yield_now().await;
    }
    // As much as was taken fits again.
    let taken = hand.stream.write(&pongs).await.expect("written");
    assert!(taken <= 4 * 128 * 1024, "{taken} bytes in four turns");
}
