//! How a server stops.

use std::time::Instant;

use super::*;
use crate::serve::tests::{Calls, recorder};

#[tokio::test]
async fn stopping_sends_peers_a_reason() {
    let one = start(builder().protocol(echo())).await;
    let two = start(builder().protocol(idle())).await;
    let mut arrivals = one.events();
    let mut events = two.events();
    two.connect(&one.enode()).await.expect("connected");
    added(&mut arrivals).await;
    bounded(one.shutdown()).await;
    assert_eq!(one.peer_count(), 0);
    let cause = dropped(&mut events).await;
    assert!(matches!(cause, Cause::Remote(DisconnectReason::Quitting)));
    let dialed = one.connect(&two.enode()).await;
    assert!(matches!(
        dialed,
        Err(ConnectError::Refused(Refusal::Stopping))
    ));
    bounded(two.shutdown()).await;
    bounded(two.shutdown()).await;
}

#[tokio::test]
async fn dropping_the_last_handle_stops_the_server() {
    let one = start(builder().protocol(echo())).await;
    let mut events = one.events();
    let mut hand = join(&one, key(2)).await;
    added(&mut events).await;
    let clone = one.clone();
    drop(one);
    hand.send("a clone is left").await;
    assert_eq!(hand.hear().await, Ok("a clone is left".to_owned()));
    drop(clone);
    assert_eq!(hand.hear().await, Err(DisconnectReason::Quitting));
    assert!(matches!(dropped(&mut events).await, Cause::Stopping));
}

#[tokio::test]
async fn a_hanging_handler_delays_shutdown_by_its_bound() {
    let (service, calls) = recorder();
    let settings = builder().protocol(service);
    let server =
        start(settings.configure(|config| config.shutdown_timeout = Duration::from_millis(200)))
            .await;
    let mut hand = join(&server, key(2)).await;
    hand.send("hang").await;
    called(&calls, "hang").await;
    let start = Instant::now();
    let heard = tokio::spawn(async move { hand.hear().await });
    bounded(server.shutdown()).await;
    assert!(start.elapsed() < Duration::from_secs(4));
    let heard = heard.await.expect("not cancelled");
    assert_eq!(heard, Err(DisconnectReason::Quitting));
    assert_eq!(calls.lock().expect("not poisoned").len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_handler_that_never_yields_still_gets_disconnected() {
    let (service, calls) = recorder();
    let settings = builder().protocol(service);
    let server =
        start(settings.configure(|config| config.shutdown_timeout = Duration::from_millis(100)))
            .await;
    let mut hand = join(&server, key(2)).await;
    hand.send("block").await;
    called(&calls, "block").await;
    let reading = tokio::spawn(async move { hand.hear().await });
    bounded(server.shutdown()).await;
    assert_eq!(server.peer_count(), 0);
    let heard = reading.await.expect("not cancelled");
    assert_eq!(heard, Err(DisconnectReason::Quitting));
    assert_eq!(calls.lock().expect("not poisoned").len(), 2);
    calls.lock().expect("not poisoned").push("release".into());
    called(&calls, "disconnected: this node is stopping").await;
}

/// Waits until a handler was called so.
async fn called(calls: &Calls, call: &str) {
    let is_noted = || {
        calls
            .lock()
            .expect("not poisoned")
            .iter()
            .any(|one| one == call)
    };
    bounded(async {
        while !is_noted() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_handler_may_stop_its_own_server() {
    let server = Arc::new(std::sync::OnceLock::<Server>::new());
    let service = Text::run({
        let server = server.clone();
        move |_, mut inbox| {
            let server = server.clone();
            async move {
                inbox.recv().await?;
                if let Some(server) = server.get() {
                    server.shutdown().await;
                }
                Ok(())
            }
        }
    });
    let settings = builder().protocol(service);
    let started =
        start(settings.configure(|config| config.shutdown_timeout = Duration::from_millis(200)))
            .await;
    server.set(started.clone()).expect("once");
    let mut hand = join(&started, key(2)).await;
    hand.send("stop").await;
    assert_eq!(hand.hear().await, Err(DisconnectReason::Quitting));
    drop(hand);
    bounded(started.shutdown()).await;
}
