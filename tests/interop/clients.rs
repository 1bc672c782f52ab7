//! Execution clients as peers of the example's protocols.

use std::str::FromStr;

use alloy_primitives::B256;
use eth::chain::Chain;
use eth::client::{News, service};
use eth::eth::Eth;
use eth::fork_id::Fork;
use eth::types::Status;
use p2p::prelude::*;
use p2p::{Enode, Service};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::node::Node;
use super::process::{Process, number, text};
use super::tools::Tool;
use super::watch::Watch;

/// A running execution client, and what it says of its chain.
pub(crate) struct Client {
    pub(crate) process: Process,
    pub(crate) facts: Value,
}

/// A peer that has introduced itself to the example's client.
pub(crate) struct Met {
    pub(crate) node: Node,
    pub(crate) peer: Peer<Eth>,
    pub(crate) status: Status,
    pub(crate) news: Watch<News>,
}

impl Client {
    pub(crate) async fn start(tool: Tool, arguments: &[&str]) -> Self {
        let mut process = Process::start(tool, arguments).await;
        let facts = process.expect("listening", json!({})).await;
        Self { process, facts }
    }

    pub(crate) fn enode(&self) -> Enode {
        text(&self.facts, "enode").parse().expect("an enode URL")
    }

    /// The chain that it is on.
    pub(crate) fn chain(&self) -> Chain {
        let numbers = |field| {
            let values = self.facts[field].as_array().expect("a list").iter();
            values.map(|value| value.as_u64().expect("a number"))
        };
        let forks = numbers("forks_by_block").map(Fork::Block);
        let forks = forks.chain(numbers("forks_by_time").map(Fork::Time));
        Chain::new(
            number(&self.facts, "network"),
            hash(&self.facts, "genesis"),
            number(&self.facts, "genesis_time"),
            forks,
        )
    }

    /// Dials it with the example's client, which offers these versions.
    pub(crate) async fn meet(&self, versions: &[u64]) -> Met {
        self.meet_with(versions, |service| service).await
    }

    /// As [`meet`](Self::meet), with other settings.
    pub(crate) async fn meet_with(
        &self,
        versions: &[u64],
        set_up: impl FnOnce(Service<Eth>) -> Service<Eth>,
    ) -> Met {
        let (service, mut news) = listening(Some(self.chain()));
        let service = set_up(service.versions(versions.iter().copied()));
        let node = Node::start_with(|builder, _| builder.protocol(service)).await;
        node.connect(&self.enode()).await.expect("connected");
        let (peer, status) = met(&mut news).await;
        Met {
            node,
            peer,
            status,
            news,
        }
    }
}

/// The example's client, and what its peers tell it.
pub(crate) fn listening(chain: Option<Chain>) -> (Service<Eth>, Watch<News>) {
    let (sender, mut receiver) = mpsc::channel(64);
    let (sink, news) = Watch::new("our client");
    tokio::spawn(async move {
        while let Some(news) = receiver.recv().await {
            // A test that looks no more is no fault of the peer's.
            let _ = sink.send(news);
        }
    });
    (service(chain, sender), news)
}

/// Waits for a peer to introduce itself.
pub(crate) async fn met(news: &mut Watch<News>) -> (Peer<Eth>, Status) {
    let wanted = |news: &News| match news {
        News::Met(peer, status) => Some((peer.clone(), status.clone())),
        _ => None,
    };
    news.expect("a peer", wanted).await
}

/// A field of an event that is a hash.
pub(crate) fn hash(event: &Value, field: &str) -> B256 {
    B256::from_str(text(event, field)).expect("a hash in hex")
}

/// A peer on another chain than that of this Status, which it sends without looking at what comes.
pub(crate) fn on_another_chain(mut status: Status) -> Service<Eth> {
    status.genesis.0[0] ^= 1;
    Eth::run(move |peer, mut inbox| {
        let status = status.clone();
        async move {
            peer.send(Eth::Status(status)).await?;
            while inbox.recv().await.is_ok() {}
            Ok(())
        }
    })
}
