//! go-ethereum: either side disconnects, and the other learns why.

use p2p::{Cause, DisconnectReason};
use serde_json::json;
use tests::assert_ended_by_peer;

use super::node::Node;
use super::payloads::MIB;
use super::process::{Listening, Process};
use super::text::{Foobar, LAST, Text};
use super::tools::Tool;

/// A node of ours that has connected to one of go-ethereum.
async fn connected() -> (Node, Listening) {
    let ours = Node::start().await;
    let theirs = Process::listen(Tool::GoServer, &[]).await;
    let mut pair = (ours, theirs);
    connect(&mut pair).await;
    pair
}

async fn connect((ours, theirs): &mut (Node, Listening)) {
    ours.connect(&theirs.enode).await.expect("connected");
    ours.served::<Foobar>().await;
    theirs.process.expect("peer", json!({})).await;
}

/// The cause of the drop on our side, once both sides have dropped the connection.
async fn dropped_by_them((ours, theirs): &mut (Node, Listening), error: &str) -> Cause {
    let drop = json!({"error": error, "requested": false});
    theirs.process.expect("drop", drop).await;
    ours.dropped().await
}

#[tokio::test]
async fn we_report_the_reason_of_go_ethereum() {
    let mut pair = connected().await;
    let reasons = [
        (0x00, "disconnect requested"),
        (0x04, "too many peers"),
        (0x08, "client quitting"),
        (0x0b, "read timeout"),
        (0x10, "subprotocol error"),
        (0x2a, "unknown disconnect reason 42"),
    ];
    for (number, words) in reasons {
        let command = json!({"cmd": "disconnect", "reason": number});
        pair.1.process.tell(command).await;
        let cause = dropped_by_them(&mut pair, words).await;
        assert_ended_by_peer(&cause, DisconnectReason::from_wire(number));
        connect(&mut pair).await;
    }
}

#[tokio::test]
async fn we_report_the_end_of_go_ethereums_protocol() {
    let mut pair = connected().await;
    let ways = [
        ("quit", "protocol returned", DisconnectReason::Quitting),
        ("fail", "told to fail", DisconnectReason::ProtocolError),
        (
            "disconnect:3",
            "useless peer",
            DisconnectReason::UselessPeer,
        ),
    ];
    for (text, error, expected) in ways {
        let id = pair.1.id();
        pair.0.send(&id, Text::<Foobar>::new(text)).await;
        let cause = dropped_by_them(&mut pair, error).await;
        assert_ended_by_peer(&cause, expected);
        connect(&mut pair).await;
    }
}

#[tokio::test]
async fn we_report_that_go_ethereum_stops() {
    let (mut ours, mut theirs) = connected().await;
    theirs.process.tell(json!({"cmd": "stop"})).await;
    let cause = ours.dropped().await;
    assert!(
        matches!(cause, Cause::Remote(DisconnectReason::Quitting)),
        "{cause}"
    );
}

#[tokio::test]
async fn go_ethereum_reports_our_reason() {
    let mut pair = connected().await;
    let reasons = [
        (0x00, "disconnect requested"),
        (0x03, "useless peer"),
        (0x04, "too many peers"),
        (0x08, "client quitting"),
        (0x10, "subprotocol error"),
        (0x2a, "unknown disconnect reason 42"),
    ];
    for (number, words) in reasons {
        let (ours, theirs) = &mut pair;
        let expected = DisconnectReason::from_wire(number);
        assert!(ours.server.disconnect(&theirs.id(), expected));
        let drop = json!({"error": words, "requested": true});
        theirs.process.expect("drop", drop).await;
        let cause = ours.dropped().await;
        assert!(
            matches!(cause, Cause::Requested(reason) if reason == expected),
            "{cause}"
        );
        connect(&mut pair).await;
    }
}

#[tokio::test]
async fn go_ethereum_reports_how_our_handler_ended() {
    let mut pair = connected().await;
    for (text, error) in [
        ("fail", "subprotocol error"),
        ("quit", "disconnect requested"),
    ] {
        let (ours, theirs) = &mut pair;
        theirs.process.send_text(text).await;
        let drop = json!({"error": error, "requested": true});
        theirs.process.expect("drop", drop).await;
        let cause = ours.dropped().await;
        match (text, &cause) {
            ("fail", Cause::Handler { error, .. }) => {
                assert_eq!(error.to_string(), "told to fail");
            }
            ("quit", Cause::ProtocolEnded { protocol: "foobar" }) => {}
            _ => panic!("{text}: {cause}"),
        }
        connect(&mut pair).await;
    }
}

#[tokio::test]
async fn go_ethereum_reports_that_we_stop() {
    let (ours, mut theirs) = connected().await;
    ours.server.shutdown().await;
    let drop = json!({"error": "client quitting", "requested": true});
    theirs.process.expect("drop", drop).await;
}

/// Both send more than fits between them when we disconnect. To close a socket then, with input
/// unread, would throw away what it has not sent yet.
#[tokio::test]
async fn our_last_data_and_reason_reach_a_sending_go_ethereum() {
    let (mut ours, mut theirs) = connected().await;
    theirs.process.send_text("leave").await;
    for seed in 0..4 {
        let send = json!({"cmd": "send-bytes", "size": 8 * MIB, "kind": "random", "seed": seed});
        theirs.process.tell(send).await;
    }
    for _ in 0..LAST {
        let last = json!({"length": MIB});
        theirs.process.expect("message", last).await;
    }
    let drop = json!({"error": "too many peers", "requested": true});
    theirs.process.expect("drop", drop).await;
    let cause = ours.dropped().await;
    let expected = DisconnectReason::TooManyPeers;
    assert!(
        matches!(cause, Cause::Requested(reason) if reason == expected),
        "{cause}"
    );
}
