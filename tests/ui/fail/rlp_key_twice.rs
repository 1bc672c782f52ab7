use p2p::Rlp;

#[derive(Rlp)]
#[rlp(transparent, transparent)]
struct Item(u8);

fn main() {}
