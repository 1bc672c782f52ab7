use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(max_size = "3", rate = 3)]
    One,
    #[message(max_size, rate = "3")]
    Two,
    #[message(rate = "0/s")]
    Three,
    #[message(rate = "+1/s", burst = "2", excess = "ignore")]
    Four,
    #[message(rate = "1/day", excess = drop)]
    Five,
    #[message(rate = "4294967296/s")]
    Six,
    #[message(rate("1/s"))]
    Seven,
    #[message(rat = "1/s", burst = 3)]
    Eight,
    #[message(rate = "1/s", rate = "2/s")]
    Nine,
}

fn main() {}
