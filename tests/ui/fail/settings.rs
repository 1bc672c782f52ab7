//! Settings that are none.

#[derive(Debug)]
struct Own;

#[derive(Debug, p2p::Settings)]
struct Bad {
    /// Before any heading.
    first: usize,
    #[setting(heading = "Own")]
    undocumented: usize,
    /// A key that is none.
    #[setting(default = 3)]
    third: usize,
    /// One flag twice.
    #[setting(flag = "third")]
    fourth: usize,
}

#[derive(Debug, p2p::Settings)]
struct Foreign {
    /// A type that is none.
    #[setting(heading = "Own")]
    own: Own,
}

#[derive(Debug, p2p::Settings)]
struct Ranges {
    /// A range of another type.
    #[setting(heading = "Own", range = "a".."b")]
    count: usize,
}

#[derive(Debug, p2p::Settings)]
enum Choice {
    A,
}

fn main() {}
