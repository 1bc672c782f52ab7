//! What becomes of a future that is dropped, at each place where it may wait.
//!
//! The turn that an inbox gives to other tasks is in `turns.rs`.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::turns::Talk;
use super::waiting::narrow;
use super::*;
use crate::serve::inbox::{Incoming, Responder};

/// As much as the queue of a pipe holds.
const ALL: usize = 1 << 20;

fn poll<T>(future: impl Future<Output = T>, meanwhile: impl FnOnce()) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => {
            meanwhile();
            None
        }
    }
}

/// Drops a future where it waits. It may be woken meanwhile, but is not polled again.
fn drop_waiting<T>(future: impl Future<Output = T>, meanwhile: impl FnOnce()) {
    assert!(poll(future, meanwhile).is_none(), "it waits");
}

/// The output of a future that does not wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    poll(future, || {}).expect("it does not wait")
}

fn asked(incoming: std::result::Result<Incoming<Talk>, Closed>) -> (Talk, Responder<Talk>) {
    match incoming {
        Ok(Incoming::Request(message, responder)) => (message, responder),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_dropped_recv_loses_no_message() {
    let (one, mut other) = pipe::<Text>();
    drop_waiting(other.recv(), || {});
    now(one.send(text("one"))).expect("sent");
    assert_eq!(now(other.recv()), Ok(text("one")));
    drop_waiting(other.recv(), || now(one.send(text("two"))).expect("sent"));
    assert_eq!(now(other.recv()), Ok(text("two")));
    drop_waiting(other.expect(text("three")), || {
        now(one.send(text("three"))).expect("sent");
    });
    now(other.expect(text("three"))).expect("not lost");
}

#[tokio::test]
async fn a_dropped_next_loses_no_request() {
    let (one, mut other) = pipe::<Talk>();
    let mut request = pin!(one.request(Talk::ask(1)));
    drop_waiting(other.next(), || drop(poll(request.as_mut(), || {})));
    let (message, responder) = asked(now(other.next()));
    assert_eq!(message, Talk::Ask(1));
    now(responder.reply(Talk::Answer(2))).expect("sent");
    assert_eq!(now(request).expect("answered"), 2);
}

#[tokio::test]
async fn a_dropped_send_sends_nothing() {
    let (one, mut other) = pipe::<Text>();
    // Larger ones would be decoded in the lane, for which they may have to wait.
    let filling = || text(&"x".repeat(60_000));
    let mut waiting = 0;
    while one.peer().try_send(filling()).is_ok() {
        waiting += 1;
    }
    let long = || text(&"y".repeat(50_000));
    drop_waiting(one.send(long()), || {});
    // The room is given to it, and it is dropped.
    drop_waiting(one.send(long()), || {
        assert_eq!(now(other.recv()), Ok(filling()));
    });
    for _ in 1..waiting {
        assert_eq!(other.recv().await, Ok(filling()));
    }
    assert_eq!(one.peer().connection.outbox.taken(), 0);
    now(one.send(text("kept"))).expect("sent");
    assert_eq!(now(other.recv()), Ok(text("kept")));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_reply_sends_nothing() {
    let (one, mut other) = pipe::<Talk>();
    let peer = other.peer().clone();
    let outbox = &peer.connection.outbox;
    for is_woken in [false, true] {
        let mut request = pin!(one.request(Talk::ask(1)));
        assert!(poll(request.as_mut(), || {}).is_none());
        let (_, responder) = asked(now(other.next()));
        let room = outbox.reserve(ALL, true).await.expect("room");
        let mut room = Some(room);
        drop_waiting(responder.reply(Talk::Answer(2)), || {
            if is_woken {
                room = None;
            }
        });
        drop(room);
        assert_eq!(outbox.taken(), 0);
        let error = request.await.expect_err("no answer");
        assert!(matches!(error, RequestError::Timeout { .. }));
    }
}

#[tokio::test]
async fn a_request_dropped_before_its_slot_is_gone() {
    let (peer, mut end) = narrow().await;
    let requests = &peer.channel().requests;
    let slot = requests.try_slot().expect("free");
    drop_waiting(peer.request(Talk::ask(1)), || {});
    assert_eq!(requests.in_flight(), 1);
    // The slot is given to it, and it is dropped.
    drop_waiting(peer.request(Talk::ask(2)), || drop(slot));
    assert_eq!(requests.in_flight(), 0);
    drop_waiting(peer.request(Talk::ask(3)), || {});
    assert_eq!(now(end.recv()), Ok(Talk::Ask(3)));
}

#[tokio::test]
async fn a_request_dropped_before_its_room_is_gone() {
    let (one, mut other) = pipe::<Talk>();
    let peer = one.peer().clone();
    let outbox = &peer.connection.outbox;
    let room = outbox.reserve(ALL, false).await.expect("room");
    drop_waiting(one.request(Talk::ask(1)), || {});
    assert_eq!(peer.channel().requests.in_flight(), 0);
    // The room is given to it, and it is dropped.
    drop_waiting(one.request(Talk::ask(2)), || drop(room));
    assert_eq!(peer.channel().requests.in_flight(), 0);
    assert_eq!(peer.request_counts().in_flight, 0);
    assert_eq!(outbox.taken(), 0);
    drop_waiting(one.request(Talk::ask(3)), || {});
    assert_eq!(now(other.recv()), Ok(Talk::Ask(3)));
}

#[tokio::test]
async fn a_request_dropped_before_its_reply_frees_its_slot() {
    let (one, mut other) = pipe::<Talk>();
    let peer = one.peer();
    drop_waiting(one.request(Talk::ask(1)), || {});
    assert_eq!(peer.channel().requests.in_flight(), 0);
    let (_, responder) = asked(now(other.next()));
    now(responder.reply(Talk::Answer(1))).expect("sent");
    assert_eq!(peer.request_counts().late, 1);
    // The reply is handed to it, and it is dropped.
    drop_waiting(one.request(Talk::ask(2)), || {
        let (_, responder) = asked(now(other.next()));
        now(responder.reply(Talk::Answer(2))).expect("sent");
    });
    assert_eq!(peer.channel().requests.in_flight(), 0);
    assert_eq!(peer.request_counts().in_flight, 0);
    assert_eq!(peer.request_counts().late, 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_out_of_time_frees_its_slot() {
    let (one, mut other) = pipe::<Talk>();
    let error = one.request(Talk::ask(1)).await.expect_err("no answer");
    assert!(
        matches!(error, RequestError::Timeout { after, .. } if after == Duration::from_secs(10))
    );
    assert_eq!(one.peer().channel().requests.in_flight(), 0);
    assert_eq!(now(other.recv()), Ok(Talk::Ask(1)));
}

#[tokio::test]
async fn closed_may_be_dropped_and_called_again() {
    let (one, other) = pipe::<Text>();
    drop_waiting(one.closed(), || {});
    drop_waiting(one.closed(), || {
        other.disconnect(DisconnectReason::Quitting);
    });
    for _ in 0..2 {
        let cause = now(one.closed());
        assert!(matches!(cause, Cause::Remote(DisconnectReason::Quitting)));
    }
}
