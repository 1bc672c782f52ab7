//! Every way in which a connection ends.

use std::future::pending;

use tokio::time::Instant;

use super::*;
use crate::serve::tests::{Calls, Leaving, Recorder, recorder, recorder_leaving};

fn called(calls: &Calls) -> Vec<String> {
    calls.lock().expect("not poisoned").clone()
}

/// Says these words to a recorder, and gives the reason that comes back, the cause, and the calls.
async fn after(words: &str) -> (Heard, Cause, Vec<String>) {
    let (service, calls) = recorder();
    let (rig, mut hand) = serving(service).start();
    hand.send(TEXT, words).await;
    let heard = hand.hear().await;
    assert_eq!(hand.hear().await, Heard::Closed);
    drop(hand);
    (heard, rig.end().await, called(&calls))
}

/// Checks that the calls end with one `disconnected`.
fn assert_told_once(calls: &[String], cause: &Cause) {
    let told = calls.iter().filter(|call| call.starts_with("disconnected"));
    assert_eq!(told.count(), 1, "{calls:?}");
    assert_eq!(calls.last(), Some(&format!("disconnected: {cause}")));
}

#[tokio::test(start_paused = true)]
async fn the_reason_that_the_peer_gives_is_the_cause() {
    let (service, calls) = recorder();
    let (rig, mut hand) = serving(service).start();
    let bytes = hand.disconnect(DisconnectReason::TooManyPeers);
    hand.write(&bytes).await;
    assert_eq!(hand.hear().await, Heard::Closed);
    let cause = rig.end().await;
    assert!(matches!(
        cause,
        Cause::Remote(DisconnectReason::TooManyPeers)
    ));
    assert_told_once(&called(&calls), &cause);
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_takes_without_waiting_is_handled_before_the_end() {
    let (service, calls) = recorder();
    let (rig, mut hand) = serving(service).start();
    let mut bytes = hand.frame(TEXT, &payload("last words"));
    bytes.extend(hand.disconnect(DisconnectReason::Requested));
    hand.write(&bytes).await;
    let cause = rig.end().await;
    assert_eq!(called(&calls)[1], "last words");
    assert_told_once(&called(&calls), &cause);
}

#[tokio::test(start_paused = true)]
async fn a_reason_is_not_lost_to_a_write_that_fails_first() {
    let service = recorder().0;
    let peers = service.peers();
    let (rig, mut hand) = serving(service).start();
    let peer = rig.peer(&peers).await;
    // The task that writes is woken before the one that reads, and finds the stream closed.
    peer.try_send(text("never read")).expect("room");
    let bytes = hand.disconnect(DisconnectReason::UselessPeer);
    hand.write(&bytes).await;
    drop(hand);
    let cause = rig.end().await;
    assert!(
        matches!(cause, Cause::Remote(DisconnectReason::UselessPeer)),
        "{cause:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_without_a_reason_is_closed() {
    let (service, calls) = recorder();
    let (rig, hand) = serving(service).start();
    drop(hand);
    let cause = rig.end().await;
    assert!(matches!(cause, Cause::Closed), "{cause:?}");
    assert_told_once(&called(&calls), &cause);
}

#[tokio::test(start_paused = true)]
async fn a_breach_is_told_to_the_peer() {
    let (service, calls) = recorder();
    let (rig, mut hand) = serving(service).start();
    let frame = hand.frame(99, &[0xc0]);
    hand.write(&frame).await;
    hand.expect_end(DisconnectReason::ProtocolBreach).await;
    drop(hand);
    let cause = rig.end().await;
    assert!(matches!(cause, Cause::Breach(_)), "{cause:?}");
    assert_told_once(&called(&calls), &cause);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_can_not_be_decoded_is_a_breach_and_nothing_after_it_is_handled() {
    let (service, calls) = recorder();
    let (rig, mut hand) = serving(service).start();
    let mut bytes = hand.frame(TEXT, &[0xc1, 0xc0]);
    bytes.extend(hand.frame(TEXT, &payload("after it")));
    hand.write(&bytes).await;
    hand.expect_end(DisconnectReason::ProtocolBreach).await;
    drop(hand);
    let cause = rig.end().await;
    assert!(matches!(cause, Cause::Undecodable { .. }), "{cause:?}");
    assert_eq!(called(&calls).len(), 2);
    assert_told_once(&called(&calls), &cause);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_handler_is_0x10_unless_it_names_another_reason() {
    let (heard, cause, calls) = after("fail").await;
    assert_eq!(heard, Heard::Disconnect(DisconnectReason::ProtocolError));
    assert!(matches!(cause, Cause::Handler { .. }), "{cause:?}");
    assert_told_once(&calls, &cause);
    let (heard, cause, calls) = after("useless").await;
    assert_eq!(heard, Heard::Disconnect(DisconnectReason::UselessPeer));
    assert_told_once(&calls, &cause);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_handler_is_0x10() {
    let (heard, cause, calls) = after("panic").await;
    assert_eq!(heard, Heard::Disconnect(DisconnectReason::ProtocolError));
    assert!(matches!(cause, Cause::Panicked { .. }), "{cause:?}");
    assert_told_once(&calls, &cause);
}

#[tokio::test(start_paused = true)]
async fn a_protocol_that_returns_ends_the_connection_for_all() {
    let (recorder, calls) = recorder();
    let setup = serving(recorder).and(Other::run(|_, mut inbox| async move {
        inbox.recv().await?;
        Ok(())
    }));
    let (rig, mut hand) = setup.start();
    hand.send(OTHER, "go").await;
    hand.expect_end(DisconnectReason::Requested).await;
    drop(hand);
    let cause = rig.end().await;
    assert!(
        matches!(cause, Cause::ProtocolEnded { protocol: "other" }),
        "{cause:?}"
    );
    assert_told_once(&called(&calls), &cause);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_was_not_accepted_in_time_was_never_connected() {
    let service = Text::accepting(|_, inbox| async move {
        pending::<()>().await;
        Ok(inbox.handled_by(Recorder::default()))
    });
    let peers = service.peers();
    let begin = Instant::now();
    let (rig, mut hand) = serving(service).start();
    hand.expect_end(DisconnectReason::ProtocolError).await;
    assert_eq!(begin.elapsed().as_secs(), 5);
    drop(hand);
    let cause = rig.end().await;
    assert!(
        matches!(cause, Cause::HandshakeTimeout { protocol: "foobar" }),
        "{cause:?}"
    );
    assert!(peers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_disconnected_that_panics_harms_nobody() {
    let (service, calls) = recorder_leaving(Leaving::Panic);
    let (rig, hand) = serving(service).start();
    drop(hand);
    let cause = rig.end().await;
    assert_told_once(&called(&calls), &cause);
}

#[tokio::test(start_paused = true)]
async fn a_disconnected_that_hangs_holds_the_place_for_its_bound() {
    let (service, calls) = recorder_leaving(Leaving::Hang);
    let begin = Instant::now();
    let (rig, hand) = serving(service).start();
    drop(hand);
    let cause = rig.end().await;
    assert_eq!(begin.elapsed().as_secs(), 5);
    assert_told_once(&called(&calls), &cause);
    // It is dropped, not left behind.
    let runtime = tokio::runtime::Handle::current();
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
}

#[tokio::test]
async fn a_disconnected_that_begins_late_has_its_bound_too() {
    let (service, calls) = recorder_leaving(Leaving::Hang);
    let mut setup = serving(service);
    setup.timing.shutdown_timeout = Duration::from_millis(100);
    let (rig, mut hand) = setup.start();
    hand.send(TEXT, "linger").await;
    while called(&calls).len() < 2 {
        tokio::task::yield_now().await;
    }
    drop(hand);
    rig.end().await;
    let runtime = tokio::runtime::Handle::current();
    assert_eq!(runtime.metrics().num_alive_tasks(), 0, "left behind");
}

#[tokio::test(start_paused = true)]
async fn all_that_wait_for_the_end_learn_the_cause() {
    let (service, _) = recorder();
    let peers = service.peers();
    let (rig, mut hand) = serving(service).start();
    let peer = rig.peer(&peers).await;
    let waiting = tokio::spawn({
        let peer = peer.clone();
        async move { peer.closed().await }
    });
    let bytes = hand.disconnect(DisconnectReason::Quitting);
    hand.write(&bytes).await;
    let cause = bounded(waiting).await.expect("not cancelled");
    assert!(matches!(cause, Cause::Remote(DisconnectReason::Quitting)));
    assert!(peer.is_closed());
    rig.end().await;
    assert!(peers.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_handle_that_outlives_the_connection_keeps_no_messages() {
    let service = Text::run(|_, _inbox| pending());
    let peers = service.peers();
    let (rig, mut hand) = serving(service).start();
    let peer = rig.peer(&peers).await;
    hand.send(TEXT, "never taken").await;
    hand.ping().await;
    assert_eq!(hand.hear().await, Heard::Pong);
    let connection = rig.connection.clone();
    peer.disconnect(DisconnectReason::Requested);
    hand.expect_end(DisconnectReason::Requested).await;
    drop(hand);
    rig.end().await;
    let mut batch = crate::connection::batch::Batch::default();
    assert!(connection.channels[0].inbox.take_now(&mut batch).is_err());
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_takes_few_kib_for_its_tasks() {
    let (rig, _hand) = serving(recorder().0).start();
    assert!(rig.size < 2 * 1024, "{}", rig.size);
}
