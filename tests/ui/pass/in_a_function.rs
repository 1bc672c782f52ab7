//! Types that only a function knows.
#![deny(warnings)]

use p2p::{Peer, Protocol, Rlp, ServeExt, async_trait};

fn main() {
    #[derive(Debug, PartialEq, Rlp)]
    struct Local {
        value: u8,
    }

    #[derive(Debug, PartialEq, Protocol)]
    #[protocol(name = "local", version = 1)]
    enum Message {
        One(Local),
        Many(Vec<Local>),
    }

    struct Foobar;

    #[async_trait]
    impl MessageHandler for Foobar {
        async fn one(&self, _: &Peer<Message>, _: Local) -> p2p::Result {
            Ok(())
        }

        async fn many(&self, _: &Peer<Message>, _: Vec<Local>) -> p2p::Result {
            Ok(())
        }
    }

    let _ = Message::handled_by(Foobar);
    let mut bytes = Vec::new();
    Message::Many(vec![Local { value: 7 }]).encode(1, None, &mut bytes).unwrap();
    assert_eq!(bytes, [0xc3, 0xc2, 0xc1, 7]);
    assert_eq!(Message::One(Local { value: 7 }).info().name, "One");
}
