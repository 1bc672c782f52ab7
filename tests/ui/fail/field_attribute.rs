use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    One(#[field(max_items = 3)] Vec<u8>),
    Two { #[field] two: u8 },
}

fn main() {}
