//! Modules that are called like the crates that the generated code names.
#![deny(warnings)]

mod core {}
mod std {}
mod p2p {}

#[derive(::p2p::Rlp)]
struct Point {
    x: u8,
    y: Option<u8>,
}

#[derive(::p2p::Protocol)]
#[protocol(name = "core", version = 1)]
enum Message {
    Point(Point),
    Text(String, Option<u8>, Option<u8>),
}

struct Foobar;

impl MessageHandler for Foobar {
    fn point<'life0, 'life1, 'async_trait>(
        &'life0 self,
        _: &'life1 ::p2p::Peer<Message>,
        point: Point,
    ) -> ::p2p::serve::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        let _ = (point.x, point.y);
        Box::pin(async { Ok(()) })
    }

    fn text<'life0, 'life1, 'async_trait>(
        &'life0 self,
        _: &'life1 ::p2p::Peer<Message>,
        _: String,
        _: Option<u8>,
        _: Option<u8>,
    ) -> ::p2p::serve::BoxFuture<'async_trait, ::p2p::Result>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async { Ok(()) })
    }
}

fn main() {
    let _ = <Message as ::p2p::ServeExt>::handled_by(Foobar);
    let _ = Message::Text(String::new(), None, None);
}
