use p2p::Protocol;

#[derive(Protocol)]
#[protocol(nmae = "foobar", version = 1, verison = 2, timeout = 5)]
enum Message {
    Text(String),
}

fn main() {}
