use p2p::{Peer, Protocol, async_trait};

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Text(String),
}

struct Foobar;

#[async_trait]
impl MessageHandler for Foobar {
    async fn text(&self, _: &Peer<Message>, _: u64) -> p2p::Result {
        Ok(())
    }
}

fn main() {}
