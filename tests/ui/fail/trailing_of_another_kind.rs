use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(trailing = "allow")]
    One(u8),
    #[message(trailing)]
    Two(u8),
}

fn main() {}
