//! Typed requests: what they put on the wire, and how they end.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod answers;
mod crowd;
mod ends;
mod pressure;
mod wire;

use p2p::{NodeKey, Protocol, Rlp, ServeExt, Server, Service};

/// A protocol with every form of request.
#[derive(Debug, Clone, PartialEq, Protocol)]
#[protocol(name = "blocks", version = 1)]
enum Message {
    Announce(u64),
    /// Its payload is a type of its own.
    #[message(reply = Blocks)]
    GetBlocks(Range),
    Blocks(Vec<u64>),
    /// It has no fields, and several come back.
    #[message(reply = Tip, timeout = "1500ms")]
    GetTip,
    Tip {
        number: u64,
        hash: [u8; 4],
    },
    /// It has several fields, and none comes back.
    #[message(reply = Stored)]
    Store {
        key: String,
        value: Vec<u8>,
    },
    Stored,
}

#[derive(Debug, Clone, PartialEq, Rlp)]
struct Range {
    first: u64,
    count: u64,
}

const fn range(first: u64, count: u64) -> Range {
    Range { first, count }
}

/// A peer that hears everything and says nothing.
fn silent() -> Service<Message> {
    Message::run(|_, mut inbox| async move {
        while inbox.recv().await.is_ok() {}
        Ok(())
    })
}

/// A server on a free port of loopback.
async fn start<P: Protocol>(service: Service<P>) -> Server {
    let builder = Server::builder()
        .private_key(NodeKey::random())
        .listen_addr("127.0.0.1:0")
        .protocol(service);
    builder.start().await.unwrap()
}
