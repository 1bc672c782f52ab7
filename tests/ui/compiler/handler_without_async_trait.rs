use p2p::{Peer, Protocol};

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Text(String),
}

struct Foobar;

impl MessageHandler for Foobar {
    async fn text(&self, _: &Peer<Message>, _: String) -> p2p::Result {
        Ok(())
    }
}

fn main() {}
