use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 3)]
enum Message {
    #[message(since = 2)]
    Text(String),
    #[message(until = 3)]
    Number(u64),
}

fn main() {}
