//! Constants that can't be the limits that they are given for.

const SIZE: usize = 1 << 16;
const LEAST: u64 = 1;
const NARROW: u32 = 7;
const MOST: u64 = 9;

#[derive(p2p::Protocol)]
#[protocol(name = "consts", version = 1)]
enum Message {
    #[message(max_size = SIZE)]
    Sized,
    #[message(max_size = SIZE)]
    SizedToo,
    Items(#[field(max_items = NARROW)] Vec<u64>),
    Range(#[field(range(LEAST..=MOST))] u64),
    Unknown(#[field(max_len = MISSING)] String),
}

fn main() {}
