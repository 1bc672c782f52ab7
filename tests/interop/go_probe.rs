//! A bare connection of go-ethereum: our reasons when we refuse it, and when it breaks the rules.

use std::time::Instant;

use p2p::session::{MessageId, PingLimit};
use p2p::{Breach, Cause, ConnectError, Refusal};
use serde_json::{Value, json};

use super::node::Node;
use super::process::{Process, number};
use super::text::{Foobar, answering};
use super::tools::Tool;

/// `[foo]` and `[bar]`.
const FOO: &str = "c483666f6f";
const BAR: &str = "c483626172";

/// The first message id after the base protocol's.
const FIRST: u64 = 16;

async fn probe(ours: &Node, arguments: &[&str]) -> Process {
    let url = ours.url();
    let arguments = [&["--enode", &url], arguments].concat();
    Process::start(Tool::GoProbe, &arguments).await
}

/// A probe with a session, and when it came about.
async fn connected(ours: &mut Node, arguments: &[&str]) -> (Process, Instant) {
    let mut probe = probe(ours, arguments).await;
    let since = Instant::now();
    probe.expect("ready", json!({})).await;
    ours.served::<Foobar>().await;
    (probe, since)
}

async fn send(probe: &mut Process, code: u64, payload: &str) {
    let command = json!({"cmd": "send-raw", "code": code, "payload": payload});
    probe.tell(command).await;
}

/// Waits until the probe has received this reason and the connection has ended.
async fn expect_disconnect(probe: &mut Process, reason: u64, compressed: bool) -> Value {
    let fields = json!({"reason": reason, "form": "list", "compressed": compressed});
    let event = probe.expect("disconnect", fields).await;
    probe.expect("closed", json!({})).await;
    event
}

#[tokio::test]
async fn who_shares_nothing_is_told_so_after_hello() {
    let mut ours = Node::start().await;
    let mut probe = probe(&ours, &["--cap", "foobar/2", "--cap", "other/1"]).await;
    probe
        .expect("hello", json!({"caps": [["foobar", 1]]}))
        .await;
    expect_disconnect(&mut probe, 0x03, true).await;
    let error = ours.refused().await;
    assert!(
        matches!(error, ConnectError::Refused(Refusal::NothingShared { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn a_surplus_peer_gets_a_reason_instead_of_hello() {
    let mut ours =
        Node::start_with(|builder, sink| builder.max_peers(1).protocol(answering::<Foobar>(sink)))
            .await;
    let (mut first, _) = connected(&mut ours, &[]).await;
    let mut second = probe(&ours, &[]).await;
    let event = expect_disconnect(&mut second, 0x04, false).await;
    assert_eq!(event["raw"], "c104");
    assert_eq!(second.count("hello"), 0);
    let error = ours.refused().await;
    assert!(
        matches!(
            error,
            ConnectError::Refused(Refusal::TooManyPeers { limit: 1 })
        ),
        "{error}"
    );
    expect_bar(&mut first).await;
}

#[tokio::test]
async fn a_second_connection_gets_already_connected() {
    let mut ours = Node::start().await;
    let key = ["--key", &"42".repeat(32)];
    let (mut first, _) = connected(&mut ours, &key).await;
    let mut second = probe(&ours, &key).await;
    let event = expect_disconnect(&mut second, 0x05, false).await;
    assert_eq!(event["raw"], "c105");
    let error = ours.refused().await;
    assert!(
        matches!(error, ConnectError::Refused(Refusal::AlreadyConnected)),
        "{error}"
    );
    expect_bar(&mut first).await;
}

/// A connection that works still answers "foo".
async fn expect_bar(probe: &mut Process) {
    send(probe, FIRST, FOO).await;
    let bar = json!({"code": FIRST, "payload": BAR, "compressed": true});
    probe.expect("message", bar).await;
}

#[tokio::test]
async fn hello_with_another_key_is_an_unexpected_identity() {
    let mut ours = Node::start().await;
    let mut probe = probe(&ours, &["--hello-id", &"ab".repeat(64)]).await;
    expect_disconnect(&mut probe, 0x09, true).await;
    let error = ours.refused().await;
    assert!(
        matches!(error, ConnectError::Breach(Breach::OtherNodeKey)),
        "{error}"
    );
}

#[tokio::test]
async fn a_hello_without_a_key_is_invalid_identity() {
    let mut ours = Node::start().await;
    for (key, length) in [("00".repeat(64), 64), ("ab".repeat(63), 63)] {
        let mut probe = probe(&ours, &["--hello-id", &key]).await;
        expect_disconnect(&mut probe, 0x07, true).await;
        let error = ours.refused().await;
        assert!(
            matches!(error, ConnectError::Breach(Breach::NodeKey { length: n }) if n == length),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_message_before_hello_is_a_breach() {
    let mut ours = Node::start().await;
    for id in [2, FIRST] {
        let mut probe = probe(&ours, &["--raw-first", &id.to_string()]).await;
        expect_disconnect(&mut probe, 0x02, true).await;
        let error = ours.refused().await;
        assert!(
            matches!(error, ConnectError::Breach(Breach::BeforeHello { id: n }) if n.0 == id),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_second_hello_is_a_breach_of_protocol() {
    let mut ours = Node::start().await;
    let (mut probe, _) = connected(&mut ours, &[]).await;
    send(&mut probe, 0, "c0").await;
    expect_disconnect(&mut probe, 0x02, true).await;
    let cause = ours.dropped().await;
    assert!(
        matches!(cause, Cause::Breach(Breach::SecondHello)),
        "{cause}"
    );
}

#[tokio::test]
async fn a_message_of_no_shared_protocol_is_a_breach() {
    let mut ours = Node::start().await;
    let (mut probe, _) = connected(&mut ours, &[]).await;
    // The ids between the base protocol's and ours mean nothing yet.
    send(&mut probe, FIRST - 1, "c0").await;
    expect_bar(&mut probe).await;
    send(&mut probe, FIRST + 1, FOO).await;
    expect_disconnect(&mut probe, 0x02, true).await;
    let cause = ours.dropped().await;
    let expected = Breach::UnknownMessage {
        id: MessageId(FIRST + 1),
        end: MessageId(FIRST + 1),
    };
    assert!(
        matches!(&cause, Cause::Breach(breach) if *breach == expected),
        "{cause}"
    );
}

#[tokio::test]
async fn a_message_that_is_no_text_is_a_breach() {
    let mut ours = Node::start().await;
    let (mut probe, _) = connected(&mut ours, &[]).await;
    send(&mut probe, FIRST, "c20102").await;
    expect_disconnect(&mut probe, 0x02, true).await;
    let cause = ours.dropped().await;
    assert!(matches!(cause, Cause::Undecodable { .. }), "{cause}");
}

#[tokio::test]
async fn a_flood_of_pings_is_answered_within_bounds() {
    let mut ours = Node::start().await;
    let (mut probe, since) = connected(&mut ours, &[]).await;
    let flood = json!({"cmd": "flood", "cmd2": "ping", "count": 20_000});
    probe.tell(flood).await;
    probe.expect("flooded", json!({"count": 20_000})).await;
    expect_bar(&mut probe).await;
    let seconds = since.elapsed().as_secs() + 1;
    let allowed = u64::from(PingLimit::BURST) + seconds / PingLimit::REFILL.as_secs();
    let pongs = probe.count("pong") as u64;
    assert!((1..=allowed).contains(&pongs), "{pongs}, {allowed} allowed");
    assert_eq!(ours.server.peer_count(), 1);
}

#[tokio::test]
async fn version_4_is_spoken_without_snappy() {
    let mut ours = Node::start().await;
    let mut probe = probe(&ours, &["--p2p-version", "4"]).await;
    let hello = probe.expect("hello", json!({})).await;
    assert_eq!(number(&hello, "version"), 5);
    probe.expect("ready", json!({"snappy": false})).await;
    let (info, _) = ours.added().await;
    assert_eq!(info.p2p_version, 4);
    send(&mut probe, FIRST, FOO).await;
    let bar = json!({"code": FIRST, "payload": BAR, "compressed": false, "wire_size": 5});
    probe.expect("message", bar).await;
    probe.tell(json!({"cmd": "ping"})).await;
    probe.expect("pong", json!({"raw": "c0"})).await;
    let reason = p2p::DisconnectReason::Quitting;
    assert!(ours.server.disconnect(&info.node_id, reason));
    let event = expect_disconnect(&mut probe, 0x08, false).await;
    assert_eq!(event["raw"], "c108");
}
