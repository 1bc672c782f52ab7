use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar")]
enum Message {
    Text(String),
}

fn main() {}
