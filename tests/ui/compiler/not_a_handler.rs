use p2p::{Protocol, ServeExt};

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Text(String),
}

struct Foobar;

fn main() {
    let _ = Message::handled_by(Foobar);
}
