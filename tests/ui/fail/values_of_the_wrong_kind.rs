use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = 1, version = "1", length = -1, handler = "not a name", crate = 1)]
enum Message {
    Text(String),
}

fn main() {}
