use p2p::{Protocol, Rlp};

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    One(#[field(min_items = 3)] Vec<u64>),
    Two { #[field] two: u8 },
    Three(#[field(range 1)] u8),
    #[field(max_len = 3)]
    Four(String),
    Five(#[field(max_lenght = 2, range(1..=2), range(3..4))] u8),
}

#[derive(Rlp)]
#[field(max_len = 3)]
struct Struct {
    #[field(max = 3)]
    one: Vec<u64>,
}

fn main() {}
