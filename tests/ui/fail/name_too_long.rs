use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "custom_rlpx", version = 1)]
enum Message {
    Text(String),
}

fn main() {}
