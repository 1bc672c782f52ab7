//! Every version that has a request has its reply.

use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", versions = 1..=4)]
enum Message {
    #[message(code = 0, reply = Blocks)]
    GetBlocks,
    #[message(code = 1, since = 3)]
    Blocks,
    #[message(code = 2, since = 2, reply = Tip)]
    GetTip,
    #[message(code = 3, since = 2, until = 3)]
    Tip,
}

fn main() {}
