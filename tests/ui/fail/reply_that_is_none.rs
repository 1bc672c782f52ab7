//! A request is answered by another variant, which asks nothing itself.

use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(reply = Blokcs)]
    GetBlocks(u64),
    Blocks(Vec<u64>),
    #[message(reply = Whatever)]
    GetWhatever,
    #[message(reply = GetSelf)]
    GetSelf,
    #[message(reply = GetBlocks)]
    GetRequest,
}

fn main() {}
