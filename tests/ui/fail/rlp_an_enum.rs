use p2p::Rlp;

#[derive(Rlp)]
enum Item {
    One(u8),
    Two,
}

fn main() {}
