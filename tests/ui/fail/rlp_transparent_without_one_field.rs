use p2p::Rlp;

#[derive(Rlp)]
#[rlp(transparent)]
struct Item(u8, u8);

#[derive(Rlp)]
#[rlp(transparent)]
struct Unit;

fn main() {}
