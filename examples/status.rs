//! Nodes that follow a chain: a status is exchanged before a peer is accepted, each peer has a handler of
//! its own, new blocks are broadcast every second, and everything that happens is printed.
//!
//! `cargo run --example status` runs three nodes for some seconds; one of them is on another chain.
#![expect(clippy::print_stdout, reason = "a program says what happens")]

use std::error::Error;
use std::time::Duration;

use p2p::prelude::*;
use p2p::server::EventError;
use p2p::{Cause, Event, Events, NodeKey, Server, Service};

#[derive(Debug, Protocol)]
#[protocol(name = "chain", version = 1)]
enum Chain {
    /// The first message of both.
    Status { genesis: [u8; 32], height: u64 },
    /// A new block.
    Block(Block),
}

#[derive(Debug, Rlp)]
struct Block {
    height: u64,
    transactions: Vec<Vec<u8>>,
}

/// The handler of one peer.
struct Follower {
    height: u64,
}

#[async_trait]
impl ChainHandler for Follower {
    async fn status(&self, _peer: &Peer<Chain>, _genesis: [u8; 32], _height: u64) -> p2p::Result {
        Err("Status is the first message, and comes once".into())
    }

    async fn block(&self, peer: &Peer<Chain>, block: Block) -> p2p::Result {
        let height = block.height;
        let count = block.transactions.len();
        println!(
            "block {height} with {count} transactions from {peer}, who began at {}",
            self.height
        );
        Ok(())
    }

    async fn disconnected(&self, peer: &Peer<Chain>, cause: &Cause) {
        println!("{peer} is gone: {cause}");
    }
}

/// Accepts the peers that are on this chain.
fn chain(genesis: [u8; 32], height: u64) -> Service<Chain> {
    Chain::accepting(move |peer, mut inbox| async move {
        peer.send(Chain::Status { genesis, height }).await?;
        match inbox.recv().await? {
            Chain::Status {
                genesis: theirs,
                height,
            } if theirs == genesis => Ok(inbox.handled_by(Follower { height })),
            _ => Err(DisconnectReason::UselessPeer.into()),
        }
    })
}

async fn start(name: &str, service: Service<Chain>) -> Result<Server, p2p::server::StartError> {
    let server = Server::builder()
        .private_key(NodeKey::random())
        .name(name)
        .protocol(service);
    server.listen_addr("127.0.0.1:0").start().await
}

async fn print(mut events: Events) {
    loop {
        match events.recv().await {
            Ok(Event::Added { peer, protocols }) => {
                println!("added {} with {protocols:?}", peer.client);
            }
            Ok(Event::Dropped { peer, cause }) => println!("dropped {}: {cause}", peer.client),
            Ok(other) => println!("{other:?}"),
            Err(EventError::Lagged { lost, .. }) => println!("{lost} events were missed"),
            // The server has shut down.
            Err(_) => return,
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let leader = start("leader", chain([1; 32], 100)).await?;
    let follower = start("follower", chain([1; 32], 0)).await?;
    let stranger = start("stranger", chain([2; 32], 0)).await?;
    let printing = tokio::spawn(print(leader.events()));

    follower.connect(&leader.enode()).await?;
    if let Err(error) = stranger.connect(&leader.enode()).await {
        println!("the stranger is {error}");
    }
    let followers = leader.protocol::<Chain>().ok_or("the leader speaks it")?;
    for height in 101..104 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let block = Block {
            height,
            transactions: vec![vec![7; 100]; 3],
        };
        let told = followers.broadcast(&Chain::Block(block))?;
        println!(
            "block {height} went to {} peers, {} had no room",
            told.sent,
            told.skipped.len()
        );
    }
    for server in [leader, follower, stranger] {
        server.shutdown().await;
    }
    Ok(printing.await?)
}
