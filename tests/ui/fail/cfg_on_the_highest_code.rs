use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    One,
    #[cfg(all())]
    #[message(code = 1)]
    Two,
}

fn main() {}
