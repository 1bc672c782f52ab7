//! Nothing is in scope that isn't named.
#![no_implicit_prelude]
#![deny(warnings)]

/// A point.
#[derive(::p2p::Rlp)]
struct Point {
    /// From the left.
    x: u8,
    y: ::std::option::Option<u8>,
    z: ::std::option::Option<u8>,
}

#[derive(::p2p::Rlp)]
#[rlp(transparent)]
struct Wrapper<T>(T);

#[derive(::p2p::Protocol)]
#[protocol(name = "bare", version = 1)]
enum Message {
    Text(::std::string::String),
    Point(Point),
    Wrapper { wrapper: Wrapper<u8>, a: ::core::option::Option<u8>, b: ::core::option::Option<u8> },
    #[message(transparent)]
    Clear(::std::vec::Vec<u8>),
    Unit,
}

struct Foobar;

// What `#[async_trait]` writes needs this, what the derive writes does not.
mod handler {
    use ::std::boxed::Box;
    use ::std::result::Result::Ok;

    #[::p2p::async_trait]
    impl super::MessageHandler for super::Foobar {
        async fn text(
            &self,
            _: &::p2p::Peer<super::Message>,
            _: ::std::string::String,
        ) -> ::p2p::Result {
            Ok(())
        }

        async fn point(&self, _: &::p2p::Peer<super::Message>, _: super::Point) -> ::p2p::Result {
            Ok(())
        }

        async fn wrapper(
            &self,
            _: &::p2p::Peer<super::Message>,
            wrapper: super::Wrapper<u8>,
            _: ::core::option::Option<u8>,
            _: ::core::option::Option<u8>,
        ) -> ::p2p::Result {
            let _ = wrapper.0;
            Ok(())
        }

        async fn clear(
            &self,
            _: &::p2p::Peer<super::Message>,
            _: ::std::vec::Vec<u8>,
        ) -> ::p2p::Result {
            Ok(())
        }

        async fn unit(&self, _: &::p2p::Peer<super::Message>) -> ::p2p::Result {
            Ok(())
        }
    }
}

fn main() {
    let _ = <Message as ::p2p::ServeExt>::handled_by(Foobar);
    let _ = (Message::Unit, Message::LENGTH);
    let _ = ::p2p::spec::Specification::<Message>::new().to_markdown();
}
