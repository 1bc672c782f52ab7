use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Ping = 2,
    Pong = 3,
}

fn main() {}
