//! Parameters of every kind, one of them called like one that the derive adds.
#![deny(warnings)]
#![allow(non_camel_case_types, non_upper_case_globals)]

use p2p::rlp::{Decode, Encode};
use p2p::{Peer, Protocol, Rlp, ServeExt, async_trait};
use std::fmt::Debug;

#[derive(Debug, Rlp)]
struct Pair<A, B = A>
where
    Self: Sized,
{
    a: A,
    b: Vec<B>,
}

#[derive(Debug, Protocol)]
#[protocol(name = "generic", version = 1)]
enum Message<T: Debug, H = u8, const N: usize = 4>
where
    H: Clone,
    Self: Sized,
{
    One(T),
    Other(H, Option<T>),
    Bytes([u8; N]),
    Pair(Pair<T, H>),
}

#[derive(Debug, Protocol)]
#[protocol(name = "h", version = 1)]
enum H<H_ = u8> {
    One(H_),
}

mod consts {
    #[derive(Debug, p2p::Protocol)]
    #[protocol(name = "consts", version = 1)]
    pub(crate) enum Consts<const H: usize, const __Handler: usize> {
        One([u8; H], [u8; __Handler]),
    }
}

use consts::{Consts, ConstsHandler};

struct Foobar;

#[async_trait]
impl ConstsHandler<3, 2> for Foobar {
    async fn one(&self, _: &Peer<Consts<3, 2>>, _: [u8; 3], _: [u8; 2]) -> p2p::Result {
        Ok(())
    }
}

#[async_trait]
impl HHandler for Foobar {
    async fn one(&self, _: &Peer<H>, _: u8) -> p2p::Result {
        Ok(())
    }
}

#[async_trait]
impl<T> MessageHandler<T> for Foobar
where
    T: Debug + Encode + Decode + Send + Sync + 'static,
{
    async fn one(&self, peer: &Peer<Message<T>>, one: T) -> p2p::Result {
        Ok(peer.send(Message::One(one)).await?)
    }

    async fn other(&self, _: &Peer<Message<T>>, _: u8, _: Option<T>) -> p2p::Result {
        Ok(())
    }

    async fn bytes(&self, _: &Peer<Message<T>>, _: [u8; 4]) -> p2p::Result {
        Ok(())
    }

    async fn pair(&self, _: &Peer<Message<T>>, pair: Pair<T, u8>) -> p2p::Result {
        drop((pair.a, pair.b));
        Ok(())
    }
}

fn main() {
    let _ = Consts::<3, 2>::handled_by(Foobar);
    let _ = Message::<String>::handled_by(Foobar);
    let _ = Message::<Vec<u64>>::handled_by(Foobar);
    let _: Message<u8> = Message::Pair(Pair { a: 1, b: vec![] });
    let _ = Message::<u8, u16, 9>::LENGTH;
    let spec = p2p::spec::Specification::<Message<u64, u16, 9>>::new();
    let vectors = spec.vectors(1).unwrap();
    // One and Other have two examples each, and Bytes too.
    assert_eq!(vectors[5].payload, [0xca, 0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let _ = (H::handled_by(Foobar), H::One(1u8).code());
}
