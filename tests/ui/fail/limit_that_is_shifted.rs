use p2p::Protocol;

#[derive(Debug, Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(max_size = 1 << 10, rate = "often")]
    Text(String),
}

fn main() {}
