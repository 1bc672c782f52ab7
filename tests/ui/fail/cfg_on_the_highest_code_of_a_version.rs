use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", versions = 1..=3)]
enum Message {
    #[message(code = 0)]
    Text(String),
    #[cfg(not(any()))]
    #[message(code = 1, until = 2)]
    Number(u64),
    #[message(code = 2, since = 3)]
    Last,
}

fn main() {}
