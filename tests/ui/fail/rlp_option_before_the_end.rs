use p2p::Rlp;

#[derive(Rlp)]
struct Item {
    a: Option<u8>,
    b: u8,
}

fn main() {}
