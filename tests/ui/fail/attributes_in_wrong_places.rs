use p2p::{Protocol, Rlp};

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
#[message(code = 1)]
#[field(a)]
enum Message {
    #[protocol(name = "other")]
    One,
    #[field(a)]
    Two(#[message(code = 1)] u8, #[protocol(version = 2)] u8),
}

#[derive(Rlp)]
struct Item {
    #[rlp(trailing = "ignore")]
    value: u8,
}

fn main() {}
