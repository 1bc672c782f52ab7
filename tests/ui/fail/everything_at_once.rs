//! Every mistake is reported once, and none causes another error where the protocol is used.

use p2p::{Cause, Peer, Protocol, Rlp, ServeExt, async_trait};

#[derive(Rlp)]
#[rlp(transparent, trailing = "ignore", oops)]
struct Item(u8, i8);

#[derive(Protocol)]
#[protocol(name = "far too long", length = 1, oops = 3)]
enum Message {
    #[message(code = 2, cod = 3)]
    Text(Option<u8>, String),
    #[message(code = 2)]
    Items(Vec<Item>),
    #[message(transparent)]
    Ping,
    Number(i32),
}

struct Foobar;

#[async_trait]
impl MessageHandler for Foobar {
    async fn text(&self, peer: &Peer<Message>, _: Option<u8>, text: String) -> p2p::Result {
        peer.send(Message::Text(None, text)).await?;
        Ok(())
    }

    async fn items(&self, _: &Peer<Message>, _: Vec<Item>) -> p2p::Result {
        Ok(())
    }

    async fn ping(&self, _: &Peer<Message>) -> p2p::Result {
        Ok(())
    }

    async fn number(&self, _: &Peer<Message>, _: i32) -> p2p::Result {
        Ok(())
    }

    async fn disconnected(&self, _: &Peer<Message>, _: &Cause) {}
}

fn main() {
    let _ = Message::handled_by(Foobar);
    let _ = (Message::LENGTH, Message::VERSION, Message::NAME);
    let _ = p2p::rlp::encode(&Item(1, 2));
}
