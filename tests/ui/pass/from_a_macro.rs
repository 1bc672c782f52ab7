//! Types that a macro writes, from every kind of fragment.
#![deny(warnings)]

use p2p::protocol::Code;
use p2p::{Peer, Protocol, Rlp, ServeExt, async_trait};

macro_rules! protocol {
    ($name:literal, $version:expr, $Enum:ident { $($Variant:ident($Ty:ty, $code:literal)),* }) => {
        #[derive(Debug, PartialEq, Protocol)]
        #[protocol(name = $name, version = $version)]
        enum $Enum {
            $(#[message(code = $code)] $Variant($Ty),)*
            Own { hidden: u8, peer: u8 },
        }

        struct Handler;

        #[async_trait]
        impl MessageHandler for Handler {
            async fn number(&self, _: &Peer<$Enum>, _: Option<u64>) -> p2p::Result {
                Ok(())
            }

            async fn point(&self, _: &Peer<$Enum>, _: Point) -> p2p::Result {
                Ok(())
            }

            async fn own(&self, _: &Peer<$Enum>, _: u8, _: u8) -> p2p::Result {
                Ok(())
            }
        }
    };
}

macro_rules! item {
    ($(#[$meta:meta])* $Struct:ident { $($field:ident: $Ty:ty),* }) => {
        #[derive(Debug, PartialEq, Rlp)]
        $(#[$meta])*
        struct $Struct {
            $($field: $Ty,)*
            hidden: Option<u8>,
        }
    };
}

item!(
    #[rlp(trailing = "ignore")]
    Point { x: u8, y: Option<u16> }
);
protocol!("macro", 3, Message { Number(Option<u64>, 0x10), Point(Point, 4) });

fn main() {
    let _ = Message::handled_by(Handler);
    assert_eq!(Message::Number(None).code(), Code(16));
    assert_eq!(Message::Own { hidden: 1, peer: 2 }.code(), Code(5));
    let mut bytes = Vec::new();
    Message::Number(None).encode(3, None, &mut bytes).unwrap();
    assert_eq!(bytes, [0xc0]);
    let point = Point { x: 1, y: None, hidden: None };
    assert_eq!(p2p::rlp::encode(&point).unwrap(), [0xc1, 1]);
}
