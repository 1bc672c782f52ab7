use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    One(Vec<Option<u8>>),
    Two(Option<Option<u8>>),
    Three((u8, Option<[u8; 2]>)),
}

fn main() {}
