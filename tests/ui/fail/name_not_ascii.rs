use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "fööbar", version = 1)]
enum Message {
    Text(String),
}

fn main() {}
