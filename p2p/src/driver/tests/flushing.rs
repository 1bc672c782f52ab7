//! What still reaches the peer when this node ends the connection.

use std::future::pending;

use tokio::time::{Instant, sleep};

use super::*;

#[tokio::test(start_paused = true)]
async fn what_a_handler_sent_before_it_disconnects_arrives_first() {
    let service = Text::run(|peer, _inbox| async move {
        for words in ["one", "two", "three"] {
            peer.send(text(words)).await?;
        }
        peer.disconnect(DisconnectReason::UselessPeer);
        pending().await
    });
    let (rig, mut hand) = serving(service).start();
    for words in ["one", "two", "three"] {
        hand.expect(TEXT, words).await;
    }
    hand.expect_end(DisconnectReason::UselessPeer).await;
    drop(hand);
    let cause = rig.end().await;
    assert!(
        matches!(cause, Cause::Requested(DisconnectReason::UselessPeer)),
        "{cause:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_from_outside_arrives_before_the_reason_even_if_it_takes_many_writes() {
    let service = Text::run(|_, _inbox| pending());
    let peers = service.peers();
    let (rig, mut hand) = serving(service).start();
    let peer = rig.peer(&peers).await;
    let large = "x".repeat(50_000);
    for _ in 0..20 {
        peer.try_send(text(&large)).expect("room");
    }
    peer.disconnect(DisconnectReason::Requested);
    for _ in 0..20 {
        hand.expect(TEXT, &large).await;
    }
    hand.expect_end(DisconnectReason::Requested).await;
    drop(hand);
    rig.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_writes_before_it_reads_gets_the_reason() {
    let service = Text::run(|_, _inbox| pending());
    let peers = service.peers();
    let mut setup = serving(service);
    setup.stream = 1024;
    let (rig, mut hand) = setup.start();
    let peer = rig.peer(&peers).await;
    let large = "x".repeat(100_000);
    peer.try_send(text(&large)).expect("room");
    peer.disconnect(DisconnectReason::TooManyPeers);
    for _ in 0..20 {
        hand.send(TEXT, &large).await;
    }
    hand.expect(TEXT, &large).await;
    hand.expect_end(DisconnectReason::TooManyPeers).await;
    drop(hand);
    rig.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_flush_ends_after_two_seconds_however_little_by_little_the_peer_reads() {
    let service = Text::run(|_, _inbox| pending());
    let peers = service.peers();
    let mut setup = serving(service);
    setup.stream = 64;
    let (rig, mut hand) = setup.start();
    let peer = rig.peer(&peers).await;
    // Noise, so that it stays large when it is compressed: many writes.
    let mut noise = crate::rlpx::tests::random(1);
    for _ in 0..8 {
        let mut bytes = vec![0; 100_000];
        noise(&mut bytes);
        let words: String = bytes.iter().map(|byte| char::from(byte & 0x7f)).collect();
        peer.try_send(text(&words)).expect("room");
    }
    let begin = Instant::now();
    peer.disconnect(DisconnectReason::Requested);
    let reading = tokio::spawn(async move {
        let mut bytes = [0; 64 * 1024];
        while hand
            .stream
            .read(&mut bytes)
            .await
            .is_ok_and(|read| read > 0)
        {
            sleep(Duration::from_micros(500)).await;
        }
        hand
    });
    rig.end().await;
    let lasted = begin.elapsed();
    // 2 seconds to flush, and 2 for the end of the stream to be taken.
    assert!(lasted <= Duration::from_millis(4100), "{lasted:?}");
    drop(reading.await);
}

#[tokio::test(start_paused = true)]
async fn a_stopping_node_lets_handlers_finish_what_has_arrived() {
    let service = Text::run(|peer, mut inbox| async move {
        while let Ok(message) = inbox.recv().await {
            sleep(Duration::from_millis(300)).await;
            peer.send(message).await?;
        }
        Ok(())
    });
    let peers = service.peers();
    let (rig, mut hand) = serving(service).start();
    rig.peer(&peers).await;
    for words in ["one", "two", "three"] {
        hand.send(TEXT, words).await;
    }
    // The first answer shows that all have arrived: they came in one read.
    hand.expect(TEXT, "one").await;
    rig.connection.drain();
    hand.expect(TEXT, "two").await;
    hand.expect(TEXT, "three").await;
    hand.expect_end(DisconnectReason::Quitting).await;
    drop(hand);
    bounded(rig.driven).await.expect("driven to its end");
}

#[tokio::test(start_paused = true)]
async fn a_stopping_node_waits_for_a_handler_that_hangs_only_for_its_bound() {
    let (service, calls) = crate::serve::tests::recorder();
    let (rig, mut hand) = serving(service).start();
    hand.send(TEXT, "hang").await;
    while calls.lock().expect("not poisoned").len() < 2 {
        tokio::task::yield_now().await;
    }
    let begin = Instant::now();
    rig.connection.drain();
    hand.expect_end(DisconnectReason::Quitting).await;
    assert_eq!(begin.elapsed().as_secs(), 5);
    drop(hand);
    bounded(rig.driven).await.expect("driven to its end");
    let calls = calls.lock().expect("not poisoned");
    assert_eq!(calls[2], "disconnected: this node is stopping");
}
