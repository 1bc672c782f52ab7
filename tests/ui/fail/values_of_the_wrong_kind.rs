use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = 1, version = "1", length = -1, handler = "not a name", crate = p2p)]
enum Message {
    Text(String),
}

fn main() {}
