//! The runtime crate under another name and path.
#![deny(warnings)]

extern crate p2p as other;

mod deep {
    pub(crate) mod down {
        pub(crate) use other::*;
        pub(crate) use other::Protocol;
    }
}

#[derive(Debug, other::Rlp)]
#[rlp(crate = "other")]
struct Point {
    x: u8,
    y: Option<u8>,
}

#[derive(Debug, other::Protocol)]
#[protocol(name = "renamed", version = 1, crate = "crate::deep::down")]
enum Message {
    Text(String, Option<u8>),
    Point(Point),
}

struct Foobar;

#[other::async_trait]
impl MessageHandler for Foobar {
    async fn text(&self, _: &other::Peer<Message>, text: String, last: Option<u8>) -> other::Result {
        drop((text, last));
        Ok(())
    }

    async fn point(&self, _: &other::Peer<Message>, point: Point) -> other::Result {
        let _ = (point.x, point.y);
        Ok(())
    }
}

/// What a crate may have that offers its users this one.
macro_rules! message {
    ($name:ident, $item:ident) => {
        #[derive(other::Rlp)]
        #[rlp(crate = $crate::deep::down)]
        struct $item {
            number: u64,
        }

        #[derive(other::Protocol)]
        #[protocol(name = "macro", version = 1, crate = $crate::deep::down)]
        enum $name {
            Item($item),
        }
    };
}

message!(Made, MadeItem);

fn main() {
    let _ = Made::Item(MadeItem { number: 1 });
    use other::{Protocol as _, ServeExt as _};
    let _ = Message::handled_by(Foobar);
    let _ = Message::Point(Point { x: 1, y: None });
    let _ = Message::Text("foo".into(), None).code();
    let _ = <Message as other::spec::Describe>::describe();
}
