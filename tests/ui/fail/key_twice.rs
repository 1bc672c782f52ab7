use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1, name = "barfoo")]
#[protocol(version = 2)]
enum Message {
    #[message(code = 1, code = 1)]
    Text(String),
}

fn main() {}
