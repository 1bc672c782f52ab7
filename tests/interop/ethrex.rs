//! ethrex: an execution client in Rust, with a chain, dials and is dialed.

use p2p::{Cause, Direction, DisconnectReason};
use serde_json::json;

use super::eth::{Client, next, speaking};
use super::tools::Tool;

/// The last block before the fork on whose rules it and geth do not agree yet.
const HEAD: [&str; 2] = ["--head", "35"];

#[tokio::test]
async fn we_dial_ethrex_and_each_takes_the_other_s_status() {
    let mut ethrex = Client::start(Tool::Ethrex, &HEAD).await;
    let (_ours, mut seen) = ethrex.meet(ethrex.status()).await;
    assert_eq!(next(&mut seen).await, ethrex.status());
    let peer = json!({"caps": ["eth/69"], "inbound": true});
    ethrex.process.expect("peer", peer).await;
}

#[tokio::test]
async fn ethrex_dials_us() {
    let mut ethrex = Client::start(Tool::Ethrex, &HEAD).await;
    let (mut ours, mut seen) = speaking(ethrex.status()).await;
    let dial = json!({"cmd": "dial", "enode": ours.url()});
    ethrex.process.tell(dial).await;
    let (info, protocols) = ours.added().await;
    assert_eq!(
        (info.direction, &protocols[..]),
        (Direction::Inbound, &["eth/69".to_owned()][..])
    );
    assert_eq!(info.public_key, *ethrex.enode().public_key());
    assert_eq!(next(&mut seen).await, ethrex.status());
    ethrex
        .process
        .expect("peer", json!({"inbound": false}))
        .await;
}

/// Its Disconnect has an empty string for a reason.
#[tokio::test]
async fn ethrex_refuses_a_status_of_another_chain_without_a_reason() {
    let ethrex = Client::start(Tool::Ethrex, &HEAD).await;
    let (mut ours, _) = ethrex.meet(ethrex.foreign_status()).await;
    let cause = ours.dropped().await;
    let expected = DisconnectReason::Requested;
    assert!(
        matches!(cause, Cause::Remote(reason) if reason == expected),
        "{cause}"
    );
}
