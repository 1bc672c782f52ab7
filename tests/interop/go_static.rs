//! go-ethereum: static and trusted nodes, on either side.

use std::time::Duration;

use p2p::{ConnectError, Direction, DisconnectReason};
use serde_json::json;
use tests::{assert_ended_by_peer, assert_refused_by_peer};

use super::node::Node;
use super::process::{Listening, Process};
use super::tools::Tool;

/// A node of ours that dials a static node again soon.
async fn impatient() -> Node {
    let soon = Duration::from_millis(100);
    Node::speaking(|builder| {
        builder.configure(|config| {
            config.redial_interval = soon;
            config.redial_jitter = soon;
        })
    })
    .await
}

/// It drops us.
async fn disconnect(theirs: &mut Listening) {
    let command = json!({"cmd": "disconnect", "reason": 0});
    theirs.process.tell(command).await;
    theirs.process.expect("drop", json!({})).await;
}

#[tokio::test]
async fn a_static_go_ethereum_is_redialed_until_removed() {
    let mut ours = impatient().await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    ours.server.add_peer(theirs.enode.clone());
    for _ in 0..3 {
        let (info, _) = ours.added().await;
        assert_eq!(info.direction, Direction::Outbound);
        theirs.process.expect("peer", json!({})).await;
        disconnect(&mut theirs).await;
        let cause = ours.dropped().await;
        assert_ended_by_peer(&cause, DisconnectReason::Requested);
    }
    ours.added().await;
    theirs.process.expect("peer", json!({})).await;
    ours.server.remove_peer(theirs.key());
    let drop = json!({"error": "disconnect requested", "requested": true});
    theirs.process.expect("drop", drop).await;
    ours.dropped().await;
    ours.events.quiet_for(Duration::from_millis(500)).await;
}

/// It waits 35 seconds.
#[tokio::test]
async fn go_ethereum_redials_us_until_removed() {
    let mut ours = Node::start().await;
    let url = ours.url();
    let mut theirs = Process::listen(Tool::GoServer, &["--static", &url]).await;
    for is_last in [false, true] {
        let (info, _) = ours.added().await;
        assert_eq!(info.direction, Direction::Inbound);
        let peer = json!({"static": true});
        theirs.process.expect("peer", peer).await;
        if !is_last {
            let reason = DisconnectReason::TooManyPeers;
            assert!(ours.server.disconnect(&theirs.id(), reason));
            ours.dropped().await;
            theirs.process.expect("drop", json!({})).await;
        }
    }
    theirs
        .process
        .tell(json!({"cmd": "remove", "enode": url}))
        .await;
    let cause = ours.dropped().await;
    assert_ended_by_peer(&cause, DisconnectReason::Requested);
}

#[tokio::test]
async fn a_trusted_go_ethereum_is_admitted_when_full() {
    let mut ours = Node::speaking(|builder| builder.max_peers(1)).await;
    let first = Process::listen(Tool::GoServer, &[]).await;
    ours.connect(&first.enode).await.expect("connected");
    ours.added().await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    let dial = json!({"cmd": "dial-once", "enode": ours.url()});
    theirs.process.tell(dial.clone()).await;
    let refused = json!({"error": "rlpx proto error: too many peers"});
    theirs.process.expect("dialed", refused).await;

    ours.server.add_trusted_peer(theirs.key());
    theirs.process.tell(dial).await;
    theirs.process.expect("peer", json!({})).await;
    ours.added().await;
    assert_eq!(ours.server.peer_count(), 2);
    // It stays one when it is trusted no more, and would not be admitted again.
    ours.server.remove_trusted_peer(theirs.key());
    assert_eq!(ours.server.peer_count(), 2);
    disconnect(&mut theirs).await;
    ours.dropped().await;
    let error = ours.connect(&theirs.enode).await.expect_err("full");
    assert!(matches!(error, ConnectError::Refused(_)), "{error}");
}

#[tokio::test]
async fn a_full_go_ethereum_admits_us_when_trusted() {
    let mut theirs = Process::listen(Tool::GoServer, &["--max-peers", "1"]).await;
    let first = Node::start().await;
    first.connect(&theirs.enode).await.expect("connected");
    theirs.process.expect("peer", json!({})).await;
    let ours = Node::start().await;
    let error = ours.connect(&theirs.enode).await.expect_err("full");
    assert_refused_by_peer(&error, DisconnectReason::TooManyPeers);

    let trust = json!({"cmd": "trust", "enode": ours.url()});
    theirs.process.tell(trust).await;
    // It takes one command after the other.
    theirs.process.tell(json!({"cmd": "peers"})).await;
    theirs.process.expect("peers", json!({"count": 1})).await;
    ours.connect(&theirs.enode).await.expect("trusted");
    let peer = json!({"trusted": true});
    theirs.process.expect("peer", peer).await;
}
