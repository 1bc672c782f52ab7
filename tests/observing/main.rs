//! The metrics of a node, its log, and its events of messages.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod counting;
mod events;
mod logging;

use std::time::Duration;

use p2p::prelude::*;
use p2p::{Builder, NodeKey, PeerInfo, Server};
use tests::bounded;

/// Talk, with a question and its answer.
#[derive(Debug, Clone, PartialEq, Protocol)]
#[protocol(name = "talk", version = 1)]
enum Talk {
    Say(String),
    #[message(rate = "2/min", excess = "drop")]
    Shout(String),
    #[message(reply = Told, timeout = "50ms")]
    Ask(u64),
    Told(u64),
}

/// Says back what is said, and answers unless the question is 0; if it is 1, too late.
struct Talker;

#[async_trait]
impl TalkHandler for Talker {
    async fn say(&self, peer: &Peer<Talk>, words: String) -> p2p::Result {
        tracing::info!("something was said");
        Ok(peer.send(Talk::Say(words)).await?)
    }

    async fn shout(&self, _: &Peer<Talk>, _: String) -> p2p::Result {
        Ok(())
    }

    async fn ask(&self, _: &Peer<Talk>, question: u64) -> p2p::Result<Option<u64>> {
        if question == 1 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok((question != 0).then_some(question))
    }
}

fn builder() -> Builder {
    Server::builder()
        .private_key(NodeKey::random())
        .name("talker/v1")
        .listen_addr("127.0.0.1:0")
        .configure(|config| config.shutdown_timeout = Duration::from_secs(1))
}

/// Two servers: one that answers, and one that has dialed it and only listens.
struct Pair {
    answering: Server,
    asking: Server,
    peer: Peer<Talk>,
    info: PeerInfo,
    heard: tokio::sync::mpsc::Receiver<Talk>,
}

async fn pair(answering: Builder, asking: Builder) -> Pair {
    let (sender, heard) = tokio::sync::mpsc::channel(64);
    let listen = Talk::run(move |_, mut inbox| {
        let sender = sender.clone();
        async move {
            while let Ok(message) = inbox.recv().await {
                sender.send(message).await?;
            }
            Ok(())
        }
    });
    let answering = answering.protocol(Talk::handled_by(Talker));
    let answering = answering.start().await.expect("started");
    let asking = asking.protocol(listen).start().await.expect("started");
    let info = asking.connect(&answering.enode()).await.expect("dialed");
    let peers = asking.protocol::<Talk>().expect("spoken");
    let peer = peers.find(&info.node_id).expect("a peer");
    Pair {
        answering,
        asking,
        peer,
        info,
        heard,
    }
}

impl Pair {
    /// Says something, and waits until it has come back.
    async fn say(&mut self, words: &str) {
        let message = Talk::Say(words.to_owned());
        self.peer.send(message.clone()).await.expect("sent");
        assert_eq!(bounded(self.heard.recv()).await, Some(message));
    }

    async fn stop(self) {
        bounded(self.asking.shutdown()).await;
        bounded(self.answering.shutdown()).await;
    }
}
