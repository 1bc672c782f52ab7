//! go-ethereum: every way in which a connection with it ends, and what we remember of it.

use std::time::Duration;

use p2p::server::{Outcome, Phase, Rejection, WireReason};
use p2p::{Cause, ConnectError, DisconnectReason, NodeKey, Refusal};
use serde_json::json;

use super::node::Node;
use super::process::{Listening, Process};
use super::text::Foobar;
use super::tools::Tool;

/// Each reason that has a number, with go-ethereum's words for it, and one that has none.
const REASONS: [(u64, &str); 14] = [
    (0x00, "disconnect requested"),
    (0x01, "network error"),
    (0x02, "breach of protocol"),
    (0x03, "useless peer"),
    (0x04, "too many peers"),
    (0x05, "already connected"),
    (0x06, "incompatible p2p protocol version"),
    (0x07, "invalid node identity"),
    (0x08, "client quitting"),
    (0x09, "unexpected identity"),
    (0x0a, "connected to self"),
    (0x0b, "read timeout"),
    (0x10, "subprotocol error"),
    (0x2a, "unknown disconnect reason 42"),
];

async fn connect(ours: &mut Node, theirs: &mut Listening) {
    ours.connect(&theirs.enode).await.expect("connected");
    ours.served::<Foobar>().await;
    theirs.process.expect("peer", json!({})).await;
}

/// Checks our record of a connection that was a peer.
fn assert_dropped(ours: &Node, theirs: &Listening, reason: WireReason) {
    let record = ours.last(&theirs.id());
    assert_eq!(
        (record.phase, record.wire_reason()),
        (Phase::Connected, reason)
    );
    match (&record.outcome, reason) {
        (Outcome::Dropped { cause, .. }, WireReason::Received(reason)) => {
            assert!(matches!(cause, Cause::Remote(given) if *given == reason));
        }
        (Outcome::Dropped { cause, .. }, WireReason::Sent(reason)) => {
            assert!(matches!(cause, Cause::Requested(given) if *given == reason));
        }
        (Outcome::Dropped { cause, .. }, WireReason::Nothing) => {
            assert!(matches!(cause, Cause::Closed), "{cause}");
        }
        _ => panic!("{record}"),
    }
}

#[tokio::test]
async fn every_reason_that_go_ethereum_gives_is_remembered() {
    let mut ours = Node::start().await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    for (number, words) in REASONS {
        connect(&mut ours, &mut theirs).await;
        let command = json!({"cmd": "disconnect", "reason": number});
        theirs.process.tell(command).await;
        let drop = json!({"error": words, "requested": false});
        theirs.process.expect("drop", drop).await;
        ours.dropped().await;
        let reason = match DisconnectReason::from_wire(number) {
            // It keeps this one to itself, and closes.
            DisconnectReason::NetworkError => WireReason::Nothing,
            reason => WireReason::Received(reason),
        };
        assert_dropped(&ours, &theirs, reason);
    }
}

#[tokio::test]
async fn go_ethereum_reads_every_reason_that_we_give() {
    let mut ours = Node::start().await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    for (number, words) in REASONS {
        connect(&mut ours, &mut theirs).await;
        let reason = DisconnectReason::from_wire(number);
        assert!(ours.server.disconnect(&theirs.id(), reason));
        let drop = json!({"error": words, "requested": true});
        theirs.process.expect("drop", drop).await;
        ours.dropped().await;
        assert_dropped(&ours, &theirs, WireReason::Sent(reason));
    }
}

#[tokio::test]
async fn a_go_ethereum_that_is_killed_said_nothing() {
    let mut ours = Node::start().await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    connect(&mut ours, &mut theirs).await;
    let id = theirs.id();
    drop(theirs);
    let cause = ours.dropped().await;
    assert!(matches!(cause, Cause::Closed | Cause::Io(_)), "{cause}");
    let record = ours.last(&id);
    assert_eq!(record.wire_reason(), WireReason::Nothing);
}

#[tokio::test]
async fn go_ethereums_reason_instead_of_hello_is_remembered() {
    let mut theirs = Process::listen(Tool::GoServer, &["--max-peers", "1"]).await;
    let mut first = Node::start().await;
    connect(&mut first, &mut theirs).await;
    let ours = Node::start().await;
    ours.connect(&theirs.enode).await.expect_err("no room");
    let record = ours.last(&theirs.id());
    let reason = DisconnectReason::TooManyPeers;
    assert_eq!(
        (record.phase, record.wire_reason()),
        (Phase::Hello, WireReason::Received(reason))
    );
}

/// Both find out, for both have one key.
#[tokio::test]
async fn go_ethereum_with_our_key_is_refused() {
    let key = NodeKey::from_bytes(&[77; 32]).expect("a key");
    let mut ours = Node::speaking(|builder| builder.private_key(key)).await;
    let flags = ["--key", &"4d".repeat(32)];
    let mut theirs = Process::listen(Tool::GoServer, &flags).await;
    assert_eq!(theirs.key(), ours.server.public_key());
    let dial = json!({"cmd": "dial-once", "enode": ours.url()});
    theirs.process.tell(dial).await;
    let error = ours.refused().await;
    assert!(
        matches!(error, ConnectError::Refused(Refusal::ConnectedToSelf)),
        "{error}"
    );
    let dialed = json!({"error": "connected to self"});
    theirs.process.expect("dialed", dialed).await;
    // It is not even dialed.
    let error = ours.connect(&theirs.enode).await.expect_err("ourselves");
    assert!(
        matches!(error, ConnectError::Refused(Refusal::ConnectedToSelf)),
        "{error}"
    );
    assert_eq!(ours.last(&theirs.id()).phase, Phase::Opening);
}

#[tokio::test]
async fn a_banned_go_ethereum_is_useless_until_unbanned() {
    let mut ours = Node::start().await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    connect(&mut ours, &mut theirs).await;
    ours.server.ban(&theirs.id(), Duration::from_secs(3600));
    let drop = json!({"error": "useless peer", "requested": true});
    theirs.process.expect("drop", drop).await;
    ours.dropped().await;
    assert_dropped(
        &ours,
        &theirs,
        WireReason::Sent(DisconnectReason::UselessPeer),
    );

    let dial = json!({"cmd": "dial-once", "enode": ours.url()});
    theirs.process.tell(dial.clone()).await;
    let refused = json!({"error": "rlpx proto error: useless peer"});
    theirs.process.expect("dialed", refused).await;
    let error = ours.connect(&theirs.enode).await.expect_err("banned");
    assert!(
        matches!(error, ConnectError::Refused(Refusal::Banned)),
        "{error}"
    );

    assert!(ours.server.unban(&theirs.id()));
    theirs.process.tell(dial).await;
    theirs
        .process
        .expect("dialed", json!({"error": null}))
        .await;
    ours.added().await;
}

#[tokio::test]
async fn go_ethereum_gets_the_reason_of_a_rule() {
    let reason = DisconnectReason::IncompatibleVersion;
    let mut ours = Node::speaking(|builder| {
        builder.admit(move |peer| {
            if peer.client.starts_with("Geth/") {
                Ok(())
            } else {
                Err(Rejection::from("only geth").with_reason(reason))
            }
        })
    })
    .await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    let dial = json!({"cmd": "dial-once", "enode": ours.url()});
    theirs.process.tell(dial).await;
    let error = ours.refused().await;
    assert!(matches!(error, ConnectError::Rejected(_)), "{error}");
    let record = ours.last(&theirs.id());
    assert_eq!(record.wire_reason(), WireReason::Sent(reason));
    // It was a peer of its own by then.
    let drop = json!({"error": "incompatible p2p protocol version", "requested": true});
    theirs.process.expect("drop", drop).await;
    let mut geth = Process::listen(Tool::GoServer, &["--name", "Geth/v1"]).await;
    geth.process
        .tell(json!({"cmd": "dial-once", "enode": ours.url()}))
        .await;
    ours.added().await;
}
