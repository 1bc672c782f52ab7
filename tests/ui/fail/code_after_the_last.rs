use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(code = 0xffff_ffff_ffff_ffff)]
    Last,
    Next,
}

fn main() {}
