use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(transparent)]
    None,
    #[message(transparent)]
    Two(u8, u8),
    #[message(transparent)]
    Absent { last: Option<u8> },
}

fn main() {}
