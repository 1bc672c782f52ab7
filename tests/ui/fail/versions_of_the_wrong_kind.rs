use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "one", versions = 1)]
enum One {
    Text(String),
}

#[derive(Protocol)]
#[protocol(name = "half", versions = 1..3)]
enum HalfOpen {
    Text(String),
}

#[derive(Protocol)]
#[protocol(name = "text", versions = [1, "2"])]
enum Listed {
    Text(String),
}

#[derive(Protocol)]
#[protocol(name = "flag", versions)]
enum Flag {
    Text(String),
}

#[derive(Protocol)]
#[protocol(name = "limits", versions = 1..=2)]
enum Limits {
    #[message(code = 0, since = "2")]
    Text(String),
    #[message(code = 0, until)]
    Other(String),
}

fn main() {}
