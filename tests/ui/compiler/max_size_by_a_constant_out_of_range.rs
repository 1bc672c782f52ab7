//! Constants that no message's size is at most, or that any is.

const SUITS: usize = 64;
const NONE: usize = 0;
const SMALL: usize = 32;
const LARGE: usize = 1 << 24;

#[derive(p2p::Protocol)]
#[protocol(name = "small", version = 1)]
enum Small {
    Sized(u8),
    #[message(max_size = SUITS)]
    Suits([u8; 32]),
    #[message(max_size = SMALL)]
    TooSmall([u8; 32]),
}

#[derive(p2p::Protocol)]
#[protocol(name = "large", version = 1)]
enum Large {
    Sized(u8),
    #[message(max_size = LARGE)]
    TooLarge(u8),
}

#[derive(p2p::Protocol)]
#[protocol(name = "none", version = 1)]
enum None {
    #[message(max_size = NONE)]
    Nothing,
}

fn main() {}
