use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message<T> {
    One(T),
}

struct Plain;

fn main() {
    let _ = Message::One(Plain).code();
}
