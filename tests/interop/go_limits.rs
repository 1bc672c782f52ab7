//! go-ethereum: limits of peers and of connections that are about to be peers, on either side.

use std::time::Duration;

use p2p::server::Phase;
use p2p::{ConnectError, DisconnectReason, Network, Refusal};
use serde_json::json;
use tests::assert_refused_by_peer;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::node::Node;
use super::process::Process;
use super::tools::Tool;

#[tokio::test]
async fn go_ethereum_is_refused_beyond_our_inbound_limit() {
    let mut ours =
        Node::speaking(|builder| builder.configure(|config| config.max_inbound = Some(1))).await;
    let mut nodes = Vec::new();
    for error in [None, Some("rlpx proto error: too many peers")] {
        let mut theirs = Process::listen(Tool::GoServer, &[]).await;
        let dial = json!({"cmd": "dial-once", "enode": ours.url()});
        theirs.process.tell(dial).await;
        theirs
            .process
            .expect("dialed", json!({ "error": error }))
            .await;
        if error.is_none() {
            ours.added().await;
        }
        nodes.push(theirs);
    }
    let error = ours.refused().await;
    let expected = Refusal::TooManyInbound { limit: 1 };
    assert!(
        matches!(&error, ConnectError::Refused(refusal) if *refusal == expected),
        "{error}"
    );
    // There is room for those that we dial.
    ours.connect(&nodes[1].enode).await.expect("connected");
}

/// A third of its places are for nodes that it dials.
#[tokio::test]
async fn go_ethereum_refuses_us_beyond_its_inbound_limit() {
    let flags = ["--dial", "--max-peers", "3", "--dial-ratio", "3"];
    let mut theirs = Process::listen(Tool::GoServer, &flags).await;
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let node = Node::start().await;
        node.connect(&theirs.enode).await.expect("connected");
        theirs.process.expect("peer", json!({})).await;
        nodes.push(node);
    }
    let third = Node::start().await;
    let error = third.connect(&theirs.enode).await.expect_err("no room");
    assert_refused_by_peer(&error, DisconnectReason::TooManyPeers);
}

#[tokio::test]
async fn go_ethereum_waits_for_our_pending_handshakes() {
    let patience = Duration::from_secs(2);
    let mut ours = Node::speaking(|builder| {
        let builder = builder.configure(|config| config.max_pending_peers = 1);
        builder.configure(|config| config.handshake_timeout = patience)
    })
    .await;
    let address = ours.server.listen_addr().expect("listening");
    let begin = Instant::now();
    let _silent = TcpStream::connect(address).await.expect("connected");
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    let dial = json!({"cmd": "dial-once", "enode": ours.url()});
    theirs.process.tell(dial).await;
    let error = ours.refused().await;
    assert!(
        matches!(error, ConnectError::Timeout(Phase::Handshake)),
        "{error}"
    );
    ours.added().await;
    assert!(begin.elapsed() >= patience);
    theirs
        .process
        .expect("dialed", json!({"error": null}))
        .await;
}

/// It gives a handshake 5 seconds.
#[tokio::test]
async fn we_wait_for_go_ethereums_pending_handshakes() {
    let theirs = Process::listen(Tool::GoServer, &["--max-pending", "1"]).await;
    let address = ("127.0.0.1", theirs.enode.tcp_port());
    let begin = Instant::now();
    let _silent = TcpStream::connect(address).await.expect("connected");
    let long = Duration::from_secs(30);
    let ours =
        Node::speaking(|builder| builder.configure(|config| config.handshake_timeout = long)).await;
    ours.connect(&theirs.enode).await.expect("connected");
    assert!(begin.elapsed() >= Duration::from_secs(4));
}

#[tokio::test]
async fn go_ethereum_is_ignored_outside_our_networks() {
    let network: Network = "10.0.0.0/8".parse().expect("a network");
    let ours =
        Node::speaking(|builder| builder.configure(|config| config.net_restrict = vec![network]))
            .await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    let dial = json!({"cmd": "dial-once", "enode": ours.url()});
    theirs.process.tell(dial).await;
    let dialed = theirs.process.expect("dialed", json!({})).await;
    assert!(!dialed["error"].is_null(), "{dialed}");
    let records = ours.server.records();
    assert_eq!((records.len(), records[0].phase), (1, Phase::Opening));
    let said = records[0].to_string();
    assert!(
        said.contains("in none of the networks that net_restrict allows"),
        "{said}"
    );
    let error = ours.connect(&theirs.enode).await.expect_err("outside");
    assert!(
        matches!(error, ConnectError::Refused(Refusal::Restricted { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn we_are_ignored_outside_go_ethereums_networks() {
    let ours = Node::start().await;
    let flags = ["--net-restrict", "10.0.0.0/8"];
    let mut theirs = Process::listen(Tool::GoServer, &flags).await;
    let error = ours.connect(&theirs.enode).await.expect_err("outside");
    let phase = Phase::Handshake;
    assert!(
        matches!(error, ConnectError::Closed { phase: p, .. } if p == phase),
        "{error}"
    );
    let refused = json!({"phase": "accept", "error": "not in netrestrict list"});
    theirs.process.expect("refused", refused).await;
}
