//! Execution clients as peers: as much of eth as it takes to be let in.

use p2p::prelude::*;
use p2p::{Enode, Service};
use serde_json::{Value, json};

use super::node::Node;
use super::process::{Process, number, text};
use super::tools::Tool;
use super::watch::Watch;

/// As much of eth as is needed to be let in and to see what comes then.
#[derive(Debug, Clone, PartialEq, Protocol)]
#[protocol(name = "eth", version = 69, length = 18)]
pub(crate) enum Eth {
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
pub(crate) struct ForkId {
    hash: [u8; 4],
    next: u64,
}

/// A running execution client, and what it says of its chain.
pub(crate) struct Client {
    pub(crate) process: Process,
    pub(crate) facts: Value,
}

impl Client {
    pub(crate) async fn start(tool: Tool, arguments: &[&str]) -> Self {
        let mut process = Process::start(tool, arguments).await;
        let facts = process.expect("listening", json!({})).await;
        Self { process, facts }
    }

    /// Its Status with another genesis.
    pub(crate) fn foreign_status(&self) -> Eth {
        let mut status = self.status();
        if let Eth::Status { genesis, .. } = &mut status {
            genesis[0] ^= 1;
        }
        status
    }

    /// The Status that it sends, and takes from us as well.
    pub(crate) fn status(&self) -> Eth {
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

    pub(crate) fn enode(&self) -> Enode {
        text(&self.facts, "enode").parse().expect("an enode URL")
    }

    /// A node of ours that has dialed it and opens with this message, and what comes then.
    pub(crate) async fn meet(&self, opening: Eth) -> (Node, Watch<Eth>) {
        let (node, seen) = speaking(opening).await;
        node.connect(&self.enode()).await.expect("connected");
        (node, seen)
    }
}

/// A node of ours that opens with this message to every peer, and what comes then.
pub(crate) async fn speaking(opening: Eth) -> (Node, Watch<Eth>) {
    let (sink, seen) = Watch::new("eth");
    let eth: Service<Eth> = Eth::run(move |peer, mut inbox| {
        let (sink, opening) = (sink.clone(), opening.clone());
        async move {
            peer.send(opening).await?;
            while let Ok(message) = inbox.recv().await {
                // A test that looks no more is no fault of the peer's.
                let _ = sink.send(message);
            }
            Ok(())
        }
    });
    let node = Node::start_with(|builder, _| builder.protocol(eth)).await;
    (node, seen)
}

/// A field of an event that is hex, of so many bytes.
pub(crate) fn bytes<const N: usize>(event: &Value, field: &str) -> [u8; N] {
    let digits = text(event, field);
    assert_eq!(digits.len(), 2 * N, "{field} in {event}");
    let mut all = [0; N];
    for (byte, pair) in all.iter_mut().zip(0..) {
        *byte = u8::from_str_radix(&digits[2 * pair..][..2], 16).expect("hex");
    }
    all
}

pub(crate) async fn next(seen: &mut Watch<Eth>) -> Eth {
    seen.expect("a message", |message| Some(message.clone()))
        .await
}
