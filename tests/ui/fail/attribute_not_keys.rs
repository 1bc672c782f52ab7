use p2p::Protocol;

#[derive(Protocol)]
#[protocol("foobar", 1)]
enum Message {
    #[message(code = 1 transparent)]
    Text(String),
}

fn main() {}
