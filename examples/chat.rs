//! A chat: what is typed at one node appears at all, whichever way they are connected.
//!
//! Start one with `cargo run --example chat -- --name alice`, and any number of others with
//! `cargo run --example chat -- --name bob --peer ENODE`, where ENODE is what one of them printed.
//! Ctrl-D leaves.
#![expect(clippy::print_stdout, reason = "a program says what happens")]

use std::collections::HashSet;
use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use p2p::prelude::*;
use p2p::{Cause, Peers};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

/// The protocol: lines, which every node passes on.
#[derive(Debug, Clone, Protocol)]
#[protocol(name = "chat", version = 1)]
enum Chat {
    /// A line to show. The id is random, and tells whether it was shown before.
    Line { id: u64, text: String },
}

/// Shows lines, and passes them on.
#[derive(Default)]
struct Room {
    seen: Mutex<HashSet<u64>>,
}

impl Room {
    /// Whether a line is new. The memory of old ones is bounded by forgetting them all.
    fn is_new(&self, id: u64) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() > 10_000 {
            seen.clear();
        }
        seen.insert(id)
    }
}

/// Tells everybody something new.
fn announce(peers: &Peers<Chat>, text: String) -> p2p::Result {
    let id = RandomState::new().hash_one(&text);
    let line = Chat::Line { id, text };
    for slow in peers.broadcast(&line)?.skipped {
        println!("* {} is too slow and missed a line", slow.info().client);
    }
    Ok(())
}

#[async_trait]
impl ChatHandler for Room {
    async fn connected(&self, peer: &Peer<Chat>) -> p2p::Result {
        let text = format!("* {} is here", peer.info().client);
        println!("{text}");
        announce(&peer.peers(), text)
    }

    async fn line(&self, peer: &Peer<Chat>, id: u64, text: String) -> p2p::Result {
        if self.is_new(id) {
            println!("{}", text.escape_debug());
            let others = peer.peers();
            let _ =
                others.broadcast_where(&Chat::Line { id, text }, |one| one.id() != peer.id())?;
        }
        Ok(())
    }

    async fn disconnected(&self, peer: &Peer<Chat>, cause: &Cause) {
        let text = format!("* {} left: {cause}", peer.info().client);
        println!("{text}");
        // Who can't be told any more has left too.
        let _ = announce(&peer.peers(), text);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let chat = Chat::handled_by(Room::default());
    let peers = chat.peers();
    let server = Node::new(chat).start().await?;
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let said = format!("<{}> {line}", server.name());
        announce(&peers, said).map_err(|error| error.to_string())?;
    }
    server.shutdown().await;
    Ok(())
}
