//! The smallest protocol, public, with every lint that a careful crate turns on.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications)]

use p2p::{Peer, Protocol, ServeExt, async_trait};

/// Text.
#[derive(Debug, Protocol)]
#[protocol(name = "foobar", version = 1)]
pub enum Message {
    /// A line.
    Text(String),
}

struct Foobar;

#[async_trait]
impl MessageHandler for Foobar {
    async fn text(&self, peer: &Peer<Message>, text: String) -> p2p::Result {
        if text == "foo" {
            peer.send(Message::Text("bar".into())).await?;
        }
        Ok(())
    }
}

fn main() {
    let _ = Message::handled_by(Foobar);
}
