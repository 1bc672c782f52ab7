use p2p::{Protocol, Rlp};

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(code = 0)]
    Text(String, #[cfg(all())] u64),
    #[cfg(all())]
    #[message(code = 1, reply = Size)]
    GetSize,
    #[message(code = 2)]
    Size(u64),
    #[cfg(all())]
    #[message(code = 3, reply = Name)]
    GetName,
    #[cfg(not(any()))]
    #[message(code = 4)]
    Name(String),
    #[cfg(all())]
    #[cfg(not(any()))]
    #[message(code = 5, reply = Key)]
    GetKey,
    #[cfg(all())]
    #[message(code = 6)]
    Key(u64),
    #[message(code = 7)]
    Last,
}

#[derive(Rlp)]
struct Item {
    one: u8,
    #[cfg(all())]
    two: u8,
}

fn main() {}
