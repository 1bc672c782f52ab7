use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1, handler = "Message")]
enum Message {
    Text(String),
}

fn main() {}
