//! geth: an execution client with a chain lets us in, and sends us transactions.

use p2p::prelude::*;
use p2p::{Cause, DisconnectReason, Service};
use serde_json::{Value, json};

use super::node::Node;
use super::process::{Process, number, text};
use super::tools::Tool;
use super::watch::Watch;

/// As much of eth as is needed to be let in and to see what comes then.
#[derive(Debug, Clone, PartialEq, Protocol)]
#[protocol(name = "eth", version = 69, length = 18)]
enum Eth {
    #[message(code = 0x00)]
    Status {
        version: u32,
        network: u64,
        genesis: [u8; 32],
        fork: ForkId,
        earliest: u64,
        latest: u64,
        latest_hash: [u8; 32],
    },
    #[message(code = 0x08)]
    NewPooledTransactionHashes {
        types: Vec<u8>,
        sizes: Vec<u32>,
        hashes: Vec<[u8; 32]>,
    },
    #[message(code = 0x11)]
    BlockRangeUpdate {
        earliest: u64,
        latest: u64,
        latest_hash: [u8; 32],
    },
}

#[derive(Debug, Clone, PartialEq, Rlp)]
struct ForkId {
    hash: [u8; 4],
    next: u64,
}

/// A running geth, and what it says of its chain.
struct Geth {
    process: Process,
    facts: Value,
}

impl Geth {
    async fn start(arguments: &[&str]) -> Self {
        let mut process = Process::start(Tool::Geth, arguments).await;
        let facts = process.expect("listening", json!({})).await;
        Self { process, facts }
    }

    /// The Status that it sends, and takes from us as well.
    fn status(&self) -> Eth {
        let facts = &self.facts;
        Eth::Status {
            version: 69,
            network: number(facts, "network"),
            genesis: bytes(facts, "genesis"),
            fork: ForkId {
                hash: bytes(facts, "fork_hash"),
                next: number(facts, "fork_next"),
            },
            earliest: 0,
            latest: number(facts, "head"),
            latest_hash: bytes(facts, "head_hash"),
        }
    }

    /// A node of ours that has dialed it and opens with this message, and what comes then.
    async fn meet(&self, opening: Eth) -> (Node, Watch<Eth>) {
        let (sink, seen) = Watch::new("eth");
        let eth: Service<Eth> = Eth::run(move |peer, mut inbox| {
            let (sink, opening) = (sink.clone(), opening.clone());
            async move {
                peer.send(opening).await?;
                while let Ok(message) = inbox.recv().await {
                    sink.send(message)?;
                }
                Ok(())
            }
        });
        let node = Node::start_with(|builder, _| builder.protocol(eth)).await;
        let enode = text(&self.facts, "enode").parse().expect("an enode URL");
        node.connect(&enode).await.expect("connected");
        (node, seen)
    }
}

/// A field of an event that is hex, of so many bytes.
fn bytes<const N: usize>(event: &Value, field: &str) -> [u8; N] {
    let digits = text(event, field);
    assert_eq!(digits.len(), 2 * N, "{field} in {event}");
    let mut all = [0; N];
    for (byte, pair) in all.iter_mut().zip(0..) {
        *byte = u8::from_str_radix(&digits[2 * pair..][..2], 16).expect("hex");
    }
    all
}

async fn next(seen: &mut Watch<Eth>) -> Eth {
    seen.expect("a message", |message| Some(message.clone()))
        .await
}

#[tokio::test]
async fn geth_lets_us_in_and_announces_what_it_had_before_and_its_new_blocks() {
    let mut geth = Geth::start(&["--head", "500"]).await;
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
    let mut geth = Geth::start(&[]).await;
    let mut status = geth.status();
    if let Eth::Status { genesis, .. } = &mut status {
        genesis[0] ^= 1;
    }
    let (mut ours, _) = geth.meet(status).await;
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
