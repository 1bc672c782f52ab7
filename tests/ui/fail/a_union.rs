use p2p::{Protocol, Rlp};

#[derive(Protocol, Rlp)]
#[protocol(name = "foobar", version = 1)]
union Message {
    number: u64,
}

fn main() {}
