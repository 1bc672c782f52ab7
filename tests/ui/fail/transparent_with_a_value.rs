use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(transparent = true)]
    One(u8),
}

fn main() {}
