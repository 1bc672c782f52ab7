use p2p::Protocol;

#[derive(Protocol)]
#[protocol]
enum Message {
    #[message]
    Text(String),
    #[message = 1]
    Other,
}

fn main() {}
