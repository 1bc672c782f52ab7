//! Constants that can't be the limits that they are given for.

const EMPTY: usize = 0;
const LARGE: usize = 1 << 24;
const NARROW: u32 = 7;
const LEAST: u64 = 9;

#[derive(p2p::Protocol)]
#[protocol(name = "consts", version = 1)]
enum Message {
    #[message(max_size = LARGE)]
    Large,
    #[message(max_size = EMPTY)]
    Empty,
    Items(#[field(max_items = NARROW)] Vec<u64>),
    Range(#[field(range(LEAST..=5))] u64),
    Unknown(#[field(max_len = MISSING)] String),
}

fn main() {}
