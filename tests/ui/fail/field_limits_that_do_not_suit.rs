use p2p::{Protocol, Rlp};

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Items(#[field(max_items = 3)] u64),
    ItemsOfText { #[field(max_items = 3)] text: String },
    ItemsOfBytes(#[field(max_items = 3)] Vec<u8>, #[field(max_items = 3)] [u8; 32]),
    ItemsOfTruth(#[field(max_items = 3)] bool),
    Length(#[field(max_len = 3)] u64, #[field(max_len = 3)] bool),
    LengthOfList(#[field(max_len = 3)] Vec<u64>, #[field(max_len = 3)] (u8, u8)),
    Range(#[field(range(1..=3))] String, #[field(range(1..=3))] bool),
    RangeOfList(#[field(range(1..=3))] Vec<u64>),
    Optional(#[field(max_items = 3)] Option<u64>, #[field(range(1..3))] Option<Box<[u8; 4]>>),
    Empty(#[field(range(3..=2))] u64, #[field(range(3..3))] u64, #[field(range(..0))] u64, #[field(range(3..0))] u64),
    TooHigh(#[field(range(1..=256))] u8, #[field(range(65536..))] u16),
    ToTheEnd(#[field(range(0..256))] u8, #[field(range(0..=65535))] u16),
    Fixed(#[field(max_len = 16)] [u8; 32], #[field(max_items = 2)] Box<[u64; 3]>, #[field(max_items = 3)] [u64; 3]),
    Tuple(#[field(max_items = 2)] (u64, u64), #[field(range(1..3))] (u64, u64)),
    Several(#[field(max_items = 3, max_len = 3, range(2..=1))] u64),
}

#[derive(Rlp)]
struct Struct {
    #[field(max_items = 3)]
    one: u8,
    #[field(range(2..1))]
    two: u8,
}

fn main() {}
