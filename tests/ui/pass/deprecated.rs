//! Old messages, old fields and old types.
#![deny(warnings)]

use p2p::{Peer, Protocol, Rlp, ServeExt, async_trait};

#[deprecated]
#[derive(Debug, PartialEq, Rlp)]
struct Old {
    #[deprecated]
    field: u8,
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "old", version = 1)]
enum Message {
    #[deprecated = "nobody sends it"]
    Older,
    #[deprecated]
    Number(#[deprecated] u8),
    Fields {
        #[deprecated]
        field: u8,
    },
    #[allow(deprecated)]
    Type(Vec<Old>),
}

struct Foobar;

#[async_trait]
impl MessageHandler for Foobar {
    async fn older(&self, _: &Peer<Message>) -> p2p::Result {
        Ok(())
    }

    async fn number(&self, _: &Peer<Message>, _: u8) -> p2p::Result {
        Ok(())
    }

    async fn fields(&self, _: &Peer<Message>, _: u8) -> p2p::Result {
        Ok(())
    }

    #[allow(deprecated)]
    async fn r#type(&self, _: &Peer<Message>, _: Vec<Old>) -> p2p::Result {
        Ok(())
    }
}

fn main() {
    let _ = <Message as p2p::spec::Describe>::describe();
    let _ = Message::handled_by(Foobar);
}
