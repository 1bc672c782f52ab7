//! Requests and replies begin with an id, and have a constructor called like their variant.

use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(transparent, reply = Blocks)]
    GetBlocks(u64),
    #[message(transparent)]
    Blocks(Vec<u64>),
    #[message(reply = Blocks)]
    Length,
    #[message(reply = Blocks)]
    Run,
    #[message(reply = Blocks)]
    HandledBy(u64),
    #[message(reply = Blocks)]
    Show,
    #[message(timeout = "1s")]
    Late,
}

fn main() {}
