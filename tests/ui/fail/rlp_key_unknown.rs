use p2p::Rlp;

#[derive(Rlp)]
#[rlp(trailling = "ignore", default)]
struct Item(u8);

fn main() {}
