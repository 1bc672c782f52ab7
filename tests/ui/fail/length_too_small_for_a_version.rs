use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", versions = 1..=2, length = 2)]
enum Message {
    #[message(code = 1)]
    Text(String),
    #[message(code = 2, since = 2)]
    Number(u64),
}

fn main() {}
