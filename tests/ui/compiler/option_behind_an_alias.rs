use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    One(Maybe),
    Two(u8, Maybe),
}

type Maybe = Option<u8>;

fn main() {}
