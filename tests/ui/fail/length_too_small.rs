use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1, length = 2)]
enum Message {
    One,
    #[message(code = 0x10)]
    Two,
    Three,
}

fn main() {}
