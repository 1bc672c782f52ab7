use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(cod = 1)]
    One,
    #[message(transparant)]
    Two(u8),
    #[message(name = "three")]
    Three,
}

fn main() {}
