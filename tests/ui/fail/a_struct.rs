use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
struct Message {
    text: String,
}

fn main() {}
