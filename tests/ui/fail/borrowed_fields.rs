use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    One(&'static str),
    Two { bytes: &'static [u8] },
    Three(Vec<&'static u64>),
}

fn main() {}
