//! ethrex: the example's client downloads its chain, and is dialed by it.

use eth::download::download;
use p2p::{Direction, DisconnectReason};
use serde_json::json;
use tests::assert_ended_by_peer;

use super::clients::{Client, hash, listening, met, on_another_chain};
use super::node::Node;
use super::tools::Tool;

/// The last block before the fork on whose rules it and geth do not agree yet.
const HEAD: [&str; 2] = ["--head", "35"];

#[tokio::test]
async fn each_version_downloads_all_of_ethrexs_chain() {
    let mut ethrex = Client::start(Tool::Ethrex, &HEAD).await;
    for version in 69..=71 {
        let met = ethrex.meet(&[version]).await;
        let caps = format!("eth/{version}");
        let peer = json!({"caps": [caps], "inbound": true});
        ethrex.process.expect("peer", peer).await;
        assert_eq!(met.peer.version(), version);
        let head = (met.status.latest_block, met.status.latest_block_hash);
        assert_eq!(head, (35, hash(&ethrex.facts, "head_hash")));
        let done = download(&met.peer, head, 0, |_| ()).await;
        let done = done.expect("all is as asked");
        assert_eq!((done.headers, done.bodies), (36, 36), "eth/{version}");
        met.node.server.shutdown().await;
    }
}

#[tokio::test]
async fn ethrex_dials_us() {
    let mut ethrex = Client::start(Tool::Ethrex, &HEAD).await;
    let (service, mut news) = listening(Some(ethrex.chain()));
    let mut ours = Node::start_with(|builder, _| builder.protocol(service)).await;
    let dial = json!({"cmd": "dial", "enode": ours.url()});
    ethrex.process.tell(dial).await;
    let (info, protocols) = ours.added().await;
    assert_eq!(
        (info.direction, &protocols[..]),
        (Direction::Inbound, &["eth/71".to_owned()][..])
    );
    assert_eq!(info.public_key, *ethrex.enode().public_key());
    let (_, status) = met(&mut news).await;
    assert_eq!(status.latest_block, 35);
    ethrex
        .process
        .expect("peer", json!({"inbound": false}))
        .await;
}

/// Its Disconnect has an empty string for a reason.
#[tokio::test]
async fn ethrex_refuses_another_chain_without_a_reason() {
    let ethrex = Client::start(Tool::Ethrex, &HEAD).await;
    let foreign = on_another_chain(ethrex.chain().status(71));
    let mut ours = Node::start_with(|builder, _| builder.protocol(foreign)).await;
    ours.connect(&ethrex.enode()).await.expect("connected");
    let cause = ours.dropped().await;
    assert_ended_by_peer(&cause, DisconnectReason::Requested);
}
