use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "", version = 1)]
enum Message {
    Text(String),
}

fn main() {}
