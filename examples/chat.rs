//! A chat: what is typed at one node appears at all, whichever way they are connected.
//!
//! Start one with `cargo run --example chat -- --name alice`, and any number of others with
//! `cargo run --example chat -- --name bob --peer ENODE`, where ENODE is what one of them printed.
//! Ctrl-D or Ctrl-C leaves. `--hide` is a setting of this program's own, beside those of every node.
#![expect(clippy::print_stdout, reason = "a program says what happens")]

use std::collections::HashSet;
use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::io::BufRead;
use std::sync::{Arc, Mutex, PoisonError};

use p2p::prelude::*;
use p2p::protocol::EncodeError;
use p2p::{Cause, Peers, Settings};
use tokio::sync::mpsc;

/// The protocol: lines, which every node passes on.
#[derive(Debug, Protocol)]
#[protocol(name = "chat", version = 1)]
enum Chat {
    /// A line to show. The id is random, and tells whether it was shown before.
    Line { id: u64, text: String },
}

/// What this program can be told on the command line and in the settings file.
#[derive(Debug, Default, Settings)]
struct ChatSettings {
    /// Words whose lines are passed on, but not shown.
    #[setting(heading = "Chat", value_name = "WORD", example = "\"spam\"")]
    hide: Vec<String>,
}

/// Shows lines, and passes them on.
#[derive(Clone)]
struct Room {
    seen: Arc<Mutex<HashSet<u64>>>,
    settings: Arc<ChatSettings>,
}

impl Room {
    /// Notes a line, and tells whether it is new. Old ones are forgotten all at once.
    fn is_new(&self, id: u64) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() > 10_000 {
            seen.clear();
        }
        seen.insert(id)
    }

    /// Tells everybody a line of our own.
    fn say(&self, peers: &Peers<Chat>, text: String) -> Result<(), EncodeError> {
        let id = RandomState::new().hash_one(&text);
        self.is_new(id);
        let told = peers.broadcast(&Chat::Line { id, text })?;
        if told.sent == 0 {
            println!("* nobody is here");
        }
        report_skipped(told.skipped);
        Ok(())
    }
}

fn report_skipped(skipped: Vec<Peer<Chat>>) {
    for peer in skipped {
        println!("* {} is too slow, and missed a line", peer.info().client);
    }
}

#[async_trait]
impl ChatHandler for Room {
    async fn connected(&self, peer: &Peer<Chat>) -> p2p::Result {
        println!("* {} is here", peer.info().client);
        Ok(())
    }

    async fn line(&self, peer: &Peer<Chat>, id: u64, text: String) -> p2p::Result {
        if self.is_new(id) {
            if !self.settings.hide.iter().any(|word| text.contains(word)) {
                // What others type must not steer this terminal.
                println!("{}", text.replace(char::is_control, "?"));
            }
            let sent = peer
                .peers()
                .broadcast_except(&Chat::Line { id, text }, peer);
            report_skipped(sent?.skipped);
        }
        Ok(())
    }

    async fn disconnected(&self, peer: &Peer<Chat>, cause: &Cause) {
        if !matches!(cause, Cause::Stopping) {
            println!("* {} left: {cause}", peer.info().client);
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (settings, node) = Node::named("chat").settings(ChatSettings::default())?;
    let room = Room {
        seen: Arc::default(),
        settings: Arc::new(settings),
    };
    let chat = Chat::handled_by(room.clone());
    let peers = chat.peers();
    let server = node.protocol(chat).start().await?;
    let name = server.name();
    // A thread of its own, which ends with the program even if it waits for a line.
    let (sender, mut lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        let typed = std::io::stdin().lock().split(b'\n').map_while(Result::ok);
        for line in typed {
            let line = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    let mut interrupted = std::pin::pin!(p2p::interrupted());
    loop {
        let line = tokio::select! {
            line = lines.recv() => line,
            () = &mut interrupted => None,
        };
        let Some(line) = line else { break };
        room.say(&peers, format!("<{name}> {line}"))?;
    }
    room.say(&peers, format!("* {name} says goodbye"))?;
    server.shutdown().await;
    Ok(())
}
