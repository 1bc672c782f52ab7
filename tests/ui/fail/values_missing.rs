use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name, version =, length(3), handler = , crate)]
enum Message {
    Text(String),
}

fn main() {}
