//! How a protocol is served is a trait of its own: without its import, the compiler names it.

use p2p::{Peer, Protocol, async_trait};

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Ping,
}

struct Foobar;

#[async_trait]
impl MessageHandler for Foobar {
    async fn ping(&self, _: &Peer<Message>) -> p2p::Result {
        Ok(())
    }
}

fn main() {
    let _ = Message::handled_by(Foobar);
}
