use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", versions = 1..=2)]
enum Message {
    Text(String),
    #[message(since = 2)]
    Number(u64),
    #[message(code = 7)]
    Seven,
    #[cfg(not(any()))]
    Eight,
}

fn main() {}
