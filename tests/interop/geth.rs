//! geth: an execution client with a chain lets us in, and sends us transactions.

use p2p::{Cause, DisconnectReason};
use serde_json::json;

use super::eth::{Client, Eth, bytes, next};
use super::process::{number, text};
use super::tools::Tool;

#[tokio::test]
async fn geth_lets_us_in_and_announces_what_it_had_before_and_its_new_blocks() {
    let mut geth = Client::start(Tool::Geth, &["--head", "500"]).await;
    geth.process.tell(json!({"cmd": "submit"})).await;
    let submitted = geth.process.expect("submitted", json!({})).await;

    let (_ours, mut seen) = geth.meet(geth.status()).await;
    assert_eq!(next(&mut seen).await, geth.status());
    let served = json!({"protocol": "eth", "version": 69});
    geth.process.expect("served", served).await;
    let announced = Eth::NewPooledTransactionHashes {
        types: vec![2],
        sizes: vec![number(&submitted, "size").try_into().expect("small")],
        hashes: vec![bytes(&submitted, "hash")],
    };
    assert_eq!(next(&mut seen).await, announced);

    let extend = json!({"cmd": "extend", "number": 600});
    geth.process.tell(extend).await;
    let extended = geth.process.expect("extended", json!({})).await;
    let range = Eth::BlockRangeUpdate {
        earliest: 0,
        latest: 600,
        latest_hash: bytes(&extended, "head_hash"),
    };
    assert_eq!(next(&mut seen).await, range);
}

#[tokio::test]
async fn geth_refuses_a_status_of_another_chain_as_its_protocol_s_own_error() {
    let mut geth = Client::start(Tool::Geth, &[]).await;
    let (mut ours, _) = geth.meet(geth.foreign_status()).await;
    let dropped = geth.process.expect("drop", json!({"requested": false}));
    let dropped = dropped.await;
    let error = text(&dropped, "error");
    assert!(error.starts_with("genesis mismatch"), "{error}");
    let cause = ours.dropped().await;
    let expected = DisconnectReason::ProtocolError;
    assert!(
        matches!(cause, Cause::Remote(reason) if reason == expected),
        "{cause}"
    );
}
