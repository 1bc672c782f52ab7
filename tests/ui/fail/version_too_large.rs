use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 0x1_0000_0000_0000_0000)]
enum Message {
    Text(String),
}

fn main() {}
