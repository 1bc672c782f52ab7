//! The time of a request counts from its call, whatever it waits for.

use std::time::Duration;

use tokio::time::Instant;

use super::turns::Talk;
use super::*;
use crate::serve::request::Request;

const TIME: Duration = Duration::from_millis(500);

/// A node that may have one request in flight, its handle to a silent peer, and the peer's end.
pub(super) async fn narrow() -> (Peer<Talk>, PipeEnd<Talk>) {
    let service = Talk::run(|_, mut inbox| async move {
        while inbox.recv().await.is_ok() {}
        Ok(())
    });
    let peers = service.peers();
    let (end, served) = service.max_in_flight(1).pipe();
    tokio::spawn(served);
    while peers.is_empty() {
        tokio::task::yield_now().await;
    }
    (peers.list().remove(0), end)
}

/// Sends a request that is not answered within a time, and so holds its slot.
async fn hold_slot(peer: &Peer<Talk>, time: Duration) {
    let peer = peer.clone();
    tokio::spawn(async move { peer.request(Talk::ask(0).timeout(time)).await });
    tokio::task::yield_now().await;
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_never_comes_is_named() {
    let (peer, mut end) = narrow().await;
    hold_slot(&peer, 100 * TIME).await;
    let since = Instant::now();
    let error = peer.request(Talk::ask(1).timeout(TIME)).await;
    let error = error.expect_err("no slot");
    assert_eq!(since.elapsed().as_millis(), TIME.as_millis());
    assert_eq!(
        error.to_string(),
        "Ask was not sent within 500ms: as many requests are in flight as max_in_flight allows; raise it, \
         or ask for less at once"
    );
    assert_eq!(peer.request_counts().in_flight, 1);
    assert_eq!(end.recv().await, Ok(Talk::Ask(0)));
    assert!(tokio::time::timeout(TIME, end.recv()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_late_slot_leaves_the_rest() {
    let (peer, mut end) = narrow().await;
    hold_slot(&peer, Duration::from_millis(300)).await;
    let since = Instant::now();
    let error = peer.request(Talk::ask(1).timeout(TIME)).await;
    let error = error.expect_err("no answer");
    assert_eq!(since.elapsed().as_millis(), TIME.as_millis());
    assert_eq!(error.to_string(), "Ask was not answered within 500ms");
    assert_eq!(end.recv().await, Ok(Talk::Ask(0)));
    assert_eq!(end.recv().await, Ok(Talk::Ask(1)));
}

#[tokio::test(start_paused = true)]
async fn room_that_never_comes_is_named() {
    let (one, _other) = pipe::<Talk>();
    // As much as the queue holds.
    one.send_raw(Code(0), &[0; 1 << 20]).await.expect("sent");
    let peer = one.peer();
    let waits = peer.request(Talk::ask(1).timeout(TIME));
    let admitted = peer.try_request(Talk::ask(2).timeout(TIME));
    let admitted = admitted.map_err(drop).expect("a slot");
    let since = Instant::now();
    let (waits, admitted) = tokio::join!(waits, admitted);
    assert_eq!(since.elapsed().as_millis(), TIME.as_millis());
    for error in [waits, admitted] {
        assert_eq!(
            error.expect_err("no room").to_string(),
            "Ask was not sent within 500ms: the send queue has no room, because earlier messages have not been \
             sent yet; raise send_queue_size, or send less at once"
        );
    }
    assert_eq!(peer.request_counts().in_flight, 0);
    assert_eq!(peer.channel().requests.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn own_limits_do_not_blame_the_peer() {
    let (peer, _end) = narrow().await;
    hold_slot(&peer, 2 * TIME).await;
    let error = peer.request(Talk::ask(1).timeout(TIME)).await;
    let error = HandlerError::from(error.expect_err("no slot"));
    assert_eq!(error.reason(), DisconnectReason::Requested);
    assert!(!error.rejects_peer() && !is_closed_error(&error));
    let said = error.to_string();
    assert_eq!(said.matches("was not sent").count(), 1, "{said}");
    tokio::time::sleep(TIME).await;
    let error = peer.request(Talk::ask(1).timeout(TIME)).await;
    let error = HandlerError::from(error.expect_err("no answer"));
    assert_eq!(error.reason(), DisconnectReason::ProtocolError);
}
