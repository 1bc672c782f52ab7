//! go-ethereum refuses us, or can't read what we say: what we report.

use p2p::server::Phase;
use p2p::{ConnectError, Direction, DisconnectReason, Enode, NodeKey, Refusal};
use serde_json::json;
use tests::assert_refused_by_peer;

use super::node::Node;
use super::process::Process;
use super::text::{Foobar, answering};
use super::tools::Tool;

#[tokio::test]
async fn go_ethereum_has_too_many_peers() {
    let mut first = Node::start().await;
    let mut theirs = Process::listen(Tool::GoServer, &["--max-peers", "1"]).await;
    first.connect(&theirs.enode).await.expect("connected");
    first.exchange_with(&mut theirs).await;
    let second = Node::start().await;
    let error = second.connect(&theirs.enode).await.expect_err("too many");
    assert_refused_by_peer(&error, DisconnectReason::TooManyPeers);
}

#[tokio::test]
async fn go_ethereum_has_a_connection_to_us() {
    let key = || NodeKey::from_bytes(&[42; 32]).expect("a key");
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let node = Node::start_with(|builder, sink| {
            builder
                .private_key(key())
                .protocol(answering::<Foobar>(sink))
        });
        nodes.push(node.await);
    }
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    nodes[0].connect(&theirs.enode).await.expect("connected");
    nodes[0].exchange_with(&mut theirs).await;
    let error = nodes[1].connect(&theirs.enode).await.expect_err("twice");
    assert_refused_by_peer(&error, DisconnectReason::AlreadyConnected);
}

#[tokio::test]
async fn go_ethereum_and_we_share_nothing() {
    let ours = Node::start().await;
    let theirs = Process::listen(Tool::GoServer, &["--protocol", "foobar/2/1"]).await;
    let error = ours.connect(&theirs.enode).await.expect_err("useless");
    assert!(
        matches!(error, ConnectError::Refused(Refusal::NothingShared { .. })),
        "{error}"
    );
}

/// It is as if nobody was there who understands: the remote closes silently.
fn assert_wrong_key(error: &ConnectError) {
    let phase = Phase::Handshake;
    let direction = Direction::Outbound;
    assert!(
        matches!(error, ConnectError::Closed { phase: p, direction: d } if (*p, *d) == (phase, direction)),
        "{error}"
    );
    let said = "closed during the handshake: wrong key?";
    assert_eq!(error.to_string(), said);
}

/// The address of one node with the key of another.
fn wrong(enode: &Enode) -> Enode {
    let address = ([127, 0, 0, 1], enode.tcp_port()).into();
    Enode::new(*NodeKey::random().public_key(), address)
}

#[tokio::test]
async fn go_ethereum_closes_on_a_wrong_key() {
    let ours = Node::start().await;
    let theirs = Process::listen(Tool::GoServer, &[]).await;
    let dialed = ours.connect(&wrong(&theirs.enode)).await;
    assert_wrong_key(&dialed.expect_err("the wrong key"));
}

#[tokio::test]
async fn we_close_on_a_wrong_key() {
    let mut ours = Node::start().await;
    let other = Node::start().await;
    let dialed = other.connect(&wrong(&ours.server.enode())).await;
    assert_wrong_key(&dialed.expect_err("the wrong key"));
    assert_unreadable(&ours.refused().await);

    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    let enode = wrong(&ours.server.enode()).to_string();
    let dial = json!({"cmd": "dial-once", "enode": enode});
    theirs.process.tell(dial).await;
    assert_unreadable(&ours.refused().await);
    let dialed = json!({"error": "rlpx enc error: EOF"});
    theirs.process.expect("dialed", dialed).await;
}

fn assert_unreadable(error: &ConnectError) {
    assert!(
        matches!(
            error,
            ConnectError::Handshake(p2p::rlpx::HandshakeError::Crypto)
        ),
        "{error}"
    );
}
