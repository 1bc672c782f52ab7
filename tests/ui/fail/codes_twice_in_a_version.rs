use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", versions = 69..=72)]
enum Message {
    #[message(code = 0, until = 71)]
    Old,
    #[message(code = 0, since = 70)]
    New,
    #[message(code = 1)]
    Always,
    #[message(code = 0x1, since = 72)]
    Last,
    #[message(code = 2, until = 70)]
    Before,
    #[message(code = 2, since = 71)]
    After,
    #[message(code = 3)]
    One,
    #[message(code = 3)]
    Two,
}

fn main() {}
