use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1, versions = 1..=2)]
enum Message {
    #[message(since = 2)]
    Text(String),
}

fn main() {}
