use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "empty", versions = [])]
enum Empty {
    Text(String),
}

#[derive(Protocol)]
#[protocol(name = "turned", versions = 72..=69)]
enum Turned {
    Text(String),
}

#[derive(Protocol)]
#[protocol(name = "twice", versions = [1, 2, 1])]
enum Twice {
    #[message(code = 0)]
    Text(String),
}

#[derive(Protocol)]
#[protocol(name = "all", versions = 0..=18446744073709551615)]
enum All {
    Text(String),
}

#[derive(Protocol)]
#[protocol(name = "silent", versions = 1..=3)]
enum Silent {
    #[message(code = 0, since = 2, until = 2)]
    Text(String),
}

fn main() {}
