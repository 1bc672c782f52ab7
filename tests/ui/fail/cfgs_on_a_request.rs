use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1, length = 5)]
enum Message {
    #[cfg(all())]
    #[cfg(not(any()))]
    #[message(code = 0, reply = Size)]
    GetSize,
    #[cfg(all())]
    #[message(code = 1)]
    Size(u64),
    #[cfg(all())]
    #[cfg(not(any()))]
    #[message(code = 2, reply = Name)]
    GetName,
    #[cfg(not(any()))]
    #[cfg(all())]
    #[message(code = 3)]
    Name(String),
    #[message(code = 4)]
    Last,
}

fn main() {}
