use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Text(String),
}

struct Foobar;

fn main() {
    let _ = Message::handled_by(Foobar);
}
