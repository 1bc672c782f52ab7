use p2p::{Peer, Protocol, async_trait};

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Ping,
    Text(String),
}

struct Foobar;

#[async_trait]
impl MessageHandler for Foobar {
    async fn ping(&self, _: &Peer<Message>) -> p2p::Result {
        Ok(())
    }
}

fn main() {}
