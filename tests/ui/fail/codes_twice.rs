use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(code = 1)]
    One,
    #[message(code = 0)]
    Zero,
    AlsoOne,
    #[message(code = 0x1)]
    Again,
}

fn main() {}
