use p2p::Protocol;

#[derive(Protocol)]
#[protocol()]
enum Message {
    Text(String),
}

fn main() {}
