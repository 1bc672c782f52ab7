//! ethereumjs and trinity: who dials, and who disconnects.

use p2p::{Direction, DisconnectReason, PeerInfo};
use serde_json::json;
use tests::assert_ended_by_peer;

use super::node::Node;
use super::process::{Listening, Process};
use super::text::Foobar;
use super::tools::Tool;

async fn they_dial(peer: Tool, arguments: &[&str]) -> (Node, Listening, PeerInfo) {
    let mut ours = Node::start().await;
    let mut theirs = Process::listen(peer, arguments).await;
    let dial = json!({"cmd": "dial", "enode": ours.url()});
    theirs.process.tell(dial).await;
    let (info, _) = ours.added().await;
    assert_eq!(info.direction, Direction::Inbound);
    assert_eq!(info.public_key, *theirs.key());
    let peer = json!({"name": "interop/v1", "inbound": false, "caps": ["foobar/1"]});
    theirs.process.expect("peer", peer).await;
    (ours, theirs, info)
}

async fn we_dial(peer: Tool, arguments: &[&str]) -> (Node, Listening, PeerInfo) {
    let ours = Node::start().await;
    let mut theirs = Process::listen(peer, arguments).await;
    let info = ours.connect(&theirs.enode).await.expect("connected");
    let peer = json!({"name": "interop/v1", "inbound": true, "caps": ["foobar/1"]});
    theirs.process.expect("peer", peer).await;
    (ours, theirs, info)
}

#[tokio::test]
async fn ethereumjs_dials_us() {
    let (mut ours, mut theirs, info) = they_dial(Tool::Js, &[]).await;
    assert_eq!((&info.client[..], info.p2p_version), ("js-peer", 5));
    ours.exchange_with(&mut theirs).await;
}

#[tokio::test]
async fn we_dial_ethereumjs() {
    let capabilities = "zulu/1/1 foobar/1/1 alpha/1/1".split(' ');
    let arguments: Vec<&str> = capabilities.flat_map(|one| ["--cap", one]).collect();
    let (mut ours, mut theirs, info) = we_dial(Tool::Js, &arguments).await;
    assert_eq!((&info.client[..], info.p2p_version), ("js-peer", 5));
    ours.exchange_with(&mut theirs).await;
}

/// It is sent as a bare integer, uncompressed.
#[tokio::test]
async fn we_report_the_reason_of_ethereumjs() {
    for number in [0x00, 0x04, 0x08, 0x10] {
        let (mut ours, mut theirs, _) = we_dial(Tool::Js, &[]).await;
        let command = json!({"cmd": "disconnect", "reason": number});
        theirs.process.tell(command).await;
        let cause = ours.dropped().await;
        assert_ended_by_peer(&cause, DisconnectReason::from_wire(number));
    }
}

#[tokio::test]
async fn ethereumjs_reports_our_reason() {
    for number in [0x04, 0x08, 0x10] {
        let (ours, mut theirs, info) = they_dial(Tool::Js, &[]).await;
        let reason = DisconnectReason::from_wire(number);
        assert!(ours.server.disconnect(&info.node_id, reason));
        let drop = json!({"reason": number, "requested": true});
        theirs.process.expect("drop", drop).await;
    }
}

/// trinity speaks version 4 of the base protocol, without Snappy.
#[tokio::test]
async fn trinity_dials_us() {
    let (mut ours, mut theirs, info) = they_dial(Tool::Py, &["--auth", "eip8"]).await;
    assert_eq!((&info.client[..], info.p2p_version), ("py-peer", 4));
    ours.exchange_with(&mut theirs).await;
}

#[tokio::test]
async fn we_dial_trinity() {
    let (mut ours, mut theirs, info) = we_dial(Tool::Py, &[]).await;
    assert_eq!((&info.client[..], info.p2p_version), ("py-peer", 4));
    ours.exchange_with(&mut theirs).await;
}

#[tokio::test]
async fn trinity_speaks_version_5_with_snappy_too() {
    let version = ["--p2p-version", "5"];
    let (mut ours, mut theirs, info) = they_dial(Tool::Py, &version).await;
    assert_eq!(info.p2p_version, 5);
    ours.exchange_with(&mut theirs).await;
}

#[tokio::test]
async fn trinity_and_we_report_each_other_s_reason() {
    let (mut ours, mut theirs, _) = we_dial(Tool::Py, &[]).await;
    let command = json!({"cmd": "disconnect", "reason": 4});
    theirs.process.tell(command).await;
    let cause = ours.dropped().await;
    assert_ended_by_peer(&cause, DisconnectReason::TooManyPeers);

    let (mut ours, mut theirs, info) = they_dial(Tool::Py, &[]).await;
    ours.served::<Foobar>().await;
    assert!(
        ours.server
            .disconnect(&info.node_id, DisconnectReason::TooManyPeers)
    );
    let drop = json!({"reason": 4, "requested": true});
    theirs.process.expect("drop", drop).await;
}
