use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    One,
    #[cfg(all())]
    Two,
    Three,
    #[message(code = 7)]
    Seven,
}

fn main() {}
