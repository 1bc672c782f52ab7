//! Two nodes that say "foo" and "bar" to each other, after the example of go-ethereum's documentation.
//!
//! `cargo run --example foobar` starts a node and a neighbour on loopback ports, shows what is said,
//! and ends. With flags it is a node that goes on: `cargo run --example foobar -- --help`.
#![expect(clippy::print_stdout, reason = "a program says what happens")]

use std::error::Error;
use std::sync::Arc;

use p2p::prelude::*;
use p2p::{NodeKey, Server};
use tokio::sync::Notify;

/// The protocol: one message, with one text.
#[derive(Debug, Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    /// Something to say.
    Text(String),
}

/// Says "foo" to every peer, and "bar" to a peer that says "foo".
#[derive(Clone)]
struct Foobar {
    name: &'static str,
    heard_bar: Arc<Notify>,
}

#[async_trait]
impl MessageHandler for Foobar {
    async fn connected(&self, peer: &Peer<Message>) -> p2p::Result {
        println!("{} connected with {peer}, and says foo", self.name);
        peer.send(Message::Text("foo".into())).await?;
        Ok(())
    }

    async fn text(&self, peer: &Peer<Message>, text: String) -> p2p::Result {
        println!("{} got {text} from {peer}", self.name);
        match text.as_str() {
            "foo" => peer.send(Message::Text("bar".into())).await?,
            "bar" => self.heard_bar.notify_one(),
            _ => {}
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let foobar = |name| Foobar {
        name,
        heard_bar: Arc::default(),
    };
    if std::env::args().len() > 1 {
        return Ok(Message::node(foobar("node")).run().await?);
    }
    let start = |foobar: &Foobar| {
        let server = Server::builder()
            .private_key(NodeKey::random())
            .name(foobar.name);
        server
            .listen_addr("127.0.0.1:0")
            .protocol(Message::handled_by(foobar.clone()))
            .start()
    };
    let one = foobar("node");
    let other = foobar("neighbour");
    let node = start(&one).await?;
    let neighbour = start(&other).await?;
    node.connect(&neighbour.enode()).await?;
    one.heard_bar.notified().await;
    other.heard_bar.notified().await;
    node.shutdown().await;
    neighbour.shutdown().await;
    Ok(())
}
