use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(code)]
    One,
    #[message(code = "1")]
    Two,
    #[message(code(3))]
    Three,
    #[message(code = FOUR)]
    Four,
    #[message(code = -5)]
    Five,
}

const FOUR: u64 = 4;

fn main() {}
