//! A mistake is the only thing to be told of, wherever requests are made.

use p2p::{Peer, Protocol, Rlp};

#[derive(Debug, Protocol)]
#[protocol(name = "chat", version = 1)]
enum Message {
    #[message(reply = Many, timeout = "5x")]
    GetMany(Range),
    Many(Vec<u64>),
    #[message(reply = One)]
    GetOne,
    One(Payload),
}

#[derive(Debug, Rlp)]
struct Range {
    first: u8,
}

#[derive(Debug, Rlp)]
struct Payload {
    value: u8,
}

async fn ask(peer: &Peer<Message>) -> Result<Vec<u64>, p2p::RequestError> {
    let _: Payload = peer.request(Message::get_one()).await?;
    let _ = Payload { value: 1 };
    peer.request(Range { first: 1 }).await
}

fn main() {
    let _ = ask;
}
