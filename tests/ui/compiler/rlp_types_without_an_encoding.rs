use p2p::Rlp;

#[derive(Rlp)]
struct Item {
    plain: Plain,
    list: Vec<Plain>,
    fine: u8,
}

struct Plain;

fn main() {}
