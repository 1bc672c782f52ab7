use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", versions = 69..=72)]
enum Range {
    #[message(code = 0, since = 71, until = 70)]
    Turned,
    #[message(code = 1, since = 68)]
    Before,
    #[message(code = 2, until = 73)]
    After,
    #[message(code = 3, until = 68)]
    Gone,
    #[message(code = 4, since = 73, until = 74)]
    ToCome,
}

#[derive(Protocol)]
#[protocol(name = "foobar", versions = [1, 3, 6])]
enum List {
    #[message(code = 0, since = 2)]
    SinceGap,
    #[message(code = 1, until = 5)]
    UntilGap,
    #[message(code = 2, since = 4, until = 5)]
    WithinGap,
}

fn main() {}
