use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    One(Option<u8>, u8),
    Two { a: std::option::Option<u8>, b: Option<u8>, c: u8, d: Option<u8> },
}

fn main() {}
