//! Requests and replies in a crate of another name, without the prelude, with parameters and with names
//! that the generated code uses too.

#![no_implicit_prelude]

extern crate p2p as devp2p;

// What `#[async_trait]` writes needs this, what the derive writes does not.
use ::std::boxed::Box;

mod p2p {}
mod core {}

#[derive(::std::fmt::Debug, devp2p::Rlp)]
#[rlp(crate = "devp2p")]
struct Range {
    first: u64,
}

#[derive(devp2p::Protocol)]
#[protocol(name = "generic", versions = 1..=2, crate = "devp2p")]
pub enum Message<T> {
    #[message(code = 0, reply = Items, timeout = "2min")]
    GetItems(Wanted),
    #[message(code = 1)]
    Items(::std::vec::Vec<T>),
    /// Fields with names that the generated code uses.
    #[message(code = 2, since = 2, reply = Some)]
    Option { request_id: u64, reply: T, answer: u8, message: u8, peer: u8 },
    #[message(code = 3, since = 2)]
    Some { reply: T, request_id: ::std::option::Option<u64> },
    #[message(code = 4, reply = None)]
    r#Type,
    #[message(code = 5)]
    None,
}

#[derive(devp2p::Rlp)]
#[rlp(crate = "devp2p")]
pub struct Wanted {
    range: u64,
}

struct Handler;

#[devp2p::async_trait]
impl MessageHandler<u16> for Handler {
    async fn get_items(
        &self,
        _: &devp2p::Peer<Message<u16>>,
        wanted: Wanted,
    ) -> devp2p::Result<::std::option::Option<::std::vec::Vec<u16>>> {
        ::std::result::Result::Ok(::std::option::Option::Some(::std::vec![wanted.range as u16]))
    }

    async fn option(
        &self,
        _: &devp2p::Peer<Message<u16>>,
        request_id: u64,
        reply: u16,
        _: u8,
        _: u8,
        _: u8,
    ) -> devp2p::Result<::std::option::Option<(u16, ::std::option::Option<u64>)>> {
        let id = ::std::option::Option::Some(request_id);
        ::std::result::Result::Ok(::std::option::Option::Some((reply, id)))
    }

    async fn r#type(
        &self,
        _: &devp2p::Peer<Message<u16>>,
    ) -> devp2p::Result<::std::option::Option<()>> {
        ::std::result::Result::Ok(::std::option::Option::None)
    }
}

async fn ask(peer: &devp2p::Peer<Message<u16>>) -> devp2p::Result {
    let items: ::std::vec::Vec<u16> = peer.request(Wanted { range: 5 }).await?;
    let (_, _): (u16, ::std::option::Option<u64>) =
        peer.request(Message::option(1, 2, 3, 4, 5)).await?;
    let () = peer.request(Message::r#type()).await?;
    let _ = (items, Range { first: 1 }.first);
    ::std::result::Result::Ok(())
}

fn main() {
    let service = <Message<u16> as devp2p::ServeExt>::handled_by(Handler);
    let _ = (service, ask);
    ::std::assert!(Message::<u16>::length(1) == 6);
}
