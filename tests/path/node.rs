//! The node whose functions are counted: it says when a message has reached its handler. It begins to count at the
//! first line of its input, and ends with its input.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "its output is read by the program that counts"
)]

use std::time::Duration;

use p2p::prelude::*;
use p2p::{NodeKey, Server};
use tests::hand::NAME;

/// Two small messages.
#[derive(Debug, Protocol)]
#[protocol(name = "bench", version = 1)]
enum Message {
    /// Its method returns.
    Returned([u8; 32]),
    /// Its method never returns, so that nothing comes after it.
    Counted([u8; 32]),
}

struct Handler;

#[async_trait]
impl MessageHandler for Handler {
    async fn returned(&self, _: &Peer<Message>, _: [u8; 32]) -> p2p::Result {
        println!("handled");
        Ok(())
    }

    async fn counted(&self, _: &Peer<Message>, _: [u8; 32]) -> p2p::Result {
        println!("handled");
        std::future::pending().await
    }
}

/// Callgrind forgets what it has counted when this is called.
#[inline(never)]
fn start_counting() {
    println!("counting");
}

fn main() {
    assert_eq!(Message::NAME, NAME);
    std::thread::spawn(|| {
        for _ in std::io::stdin().lines() {
            start_counting();
        }
        std::process::exit(0);
    });
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime");
    runtime.block_on(async {
        // Nothing but messages is to happen, however slow the node is.
        let never = Duration::from_secs(24 * 3600);
        let server = Server::builder()
            .private_key(NodeKey::random())
            .listen_addr("127.0.0.1:0")
            .configure(|config| {
                config.ping_interval = never;
                config.read_timeout = never;
                config.handshake_timeout = never;
            })
            .protocol(Message::handled_by(Handler));
        let server = server.start().await.expect("started");
        println!("{}", server.enode());
        std::future::pending::<()>().await;
    });
}
