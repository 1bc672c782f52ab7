use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(max_size = 0)]
    Nothing,
    #[message(max_size = 16777216)]
    TooMuch(Vec<u8>),
    #[message(max_size = 35)]
    TooSmall([u8; 32], u64, Vec<u64>, Option<[u8; 32]>),
    #[message(max_size = 33)]
    OfTuples { pairs: ([u8; 31], bool), more: [u64; 2] },
    #[message(max_size = 32, transparent)]
    Transparent(Box<[u8; 32]>),
    #[message(max_size = 33, reply = Answer)]
    WithAnId([u8; 31]),
    #[message(burst = 3)]
    WithoutARate,
    #[message(burst = 3, excess = "drop")]
    BothWithoutARate,
    #[message(rate = "1/s", burst = 0)]
    NoBurst,
    #[message(rate = "1/s", burst = 4294967296)]
    TooManyAtOnce,
    #[message(rate = "1/s", reply = Answer)]
    Question,
    #[message(rate = "1/s", burst = 2)]
    Answer,
}

fn main() {}
