use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Connected,
    Disconnected(String),
}

fn main() {}
