use p2p::Protocol;

#[derive(Protocol)]
enum Message {
    Text(String),
}

fn main() {}
