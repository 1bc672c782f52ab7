//! The end of one end of a pipe reaches the other, as it would over a network.

use std::time::Duration;

use super::*;

/// The cause of the end, which both `closed` and a failed send tell.
async fn told(end: &PipeEnd<Text>) -> Cause {
    let closed = tokio::time::timeout(Duration::from_secs(1), end.closed());
    let cause = closed.await.expect("told of the end");
    let Err(SendError::Closed(sent)) = end.send(text("late")).await else {
        panic!("it is closed");
    };
    assert_eq!(sent.to_string(), cause.to_string());
    cause
}

#[tokio::test(start_paused = true)]
async fn a_handle_that_disconnects_ends_both() {
    let (one, other) = pipe::<Text>();
    let peer = one.peer().clone();
    peer.disconnect(DisconnectReason::TooManyPeers);
    let reason = DisconnectReason::TooManyPeers;
    assert!(matches!(told(&one).await, Cause::Requested(given) if given == reason));
    assert!(matches!(told(&other).await, Cause::Remote(given) if given == reason));
}

#[tokio::test(start_paused = true)]
async fn an_end_that_disconnects_ends_both() {
    let (one, other) = pipe::<Text>();
    one.disconnect(DisconnectReason::UselessPeer);
    let reason = DisconnectReason::UselessPeer;
    assert!(matches!(told(&one).await, Cause::Requested(given) if given == reason));
    assert!(matches!(told(&other).await, Cause::Remote(given) if given == reason));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_end_says_nothing() {
    let (one, other) = pipe::<Text>();
    let peer = one.peer().clone();
    drop(one);
    assert!(matches!(told(&other).await, Cause::Closed));
    let reason = DisconnectReason::Requested;
    assert!(matches!(peer.closed().await, Cause::Requested(given) if given == reason));
}

#[tokio::test(start_paused = true)]
async fn a_breach_at_one_end_reaches_the_other() {
    let (one, mut other) = pipe::<Text>();
    one.send_raw(Code(0), &[0x80]).await.expect("sent");
    assert_eq!(other.recv().await, Err(Closed));
    let reason = DisconnectReason::ProtocolBreach;
    assert!(matches!(told(&one).await, Cause::Remote(given) if given == reason));
    assert!(matches!(told(&other).await, Cause::Undecodable { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_returns_ends_the_pipe() {
    let service = Text::run(|_, _| async { Ok(()) });
    let (end, served) = service.pipe();
    tokio::spawn(served);
    let reason = DisconnectReason::Requested;
    assert!(matches!(told(&end).await, Cause::Remote(given) if given == reason));
}

#[tokio::test(start_paused = true)]
async fn an_end_does_not_wait_for_disconnected() {
    let (service, _) = recorder_leaving(Leaving::Hang);
    let (end, served) = service.pipe();
    tokio::spawn(served);
    end.send(text("useless")).await.expect("sent");
    let reason = DisconnectReason::UselessPeer;
    assert!(matches!(told(&end).await, Cause::Remote(given) if given == reason));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_service_is_one_that_stops() {
    let (service, _) = recorder();
    let (end, served) = service.pipe();
    drop(served);
    let reason = DisconnectReason::Quitting;
    assert!(matches!(told(&end).await, Cause::Remote(given) if given == reason));
}

#[tokio::test(start_paused = true)]
async fn a_service_hears_of_a_dropped_end() {
    let (service, calls) = recorder();
    let (end, served) = service.pipe();
    drop(end);
    assert!(matches!(served.await, Cause::Closed));
    let calls = calls.lock().expect("not poisoned");
    let last = "disconnected: the peer closed the connection without a reason";
    assert_eq!(*calls, ["connected", last]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_expectation_blames_the_right_end() {
    let (one, mut other) = pipe::<Text>();
    one.send_raw(Code(0), &[0x80]).await.expect("sent");
    let error = other.expect(text("foo")).await.expect_err("undecodable");
    let own = other.closed().await;
    assert!(error.to_string().ends_with(&own.to_string()), "{error}");
    let (one, mut other) = pipe::<Text>();
    one.disconnect(DisconnectReason::UselessPeer);
    let error = other.expect(text("foo")).await.expect_err("ended");
    let own = other.closed().await;
    assert!(error.to_string().ends_with(&own.to_string()), "{error}");
}
