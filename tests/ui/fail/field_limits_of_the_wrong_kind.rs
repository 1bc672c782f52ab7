use p2p::{Protocol, Rlp};

fn check(_: &u64) -> Result<(), String> {
    Ok(())
}

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Items(#[field(max_items)] Vec<u64>),
    MoreItems(#[field(max_items = -1)] Vec<u64>),
    ItemsToo(#[field(max_items(3))] Vec<u64>),
    Bytes(#[field(max_len = "3")] Vec<u8>),
    Range(#[field(range)] u64),
    NoRange(#[field(range())] u64),
    AllOfIt(#[field(range(..))] u64),
    Computed(#[field(range(1..=MAX + 1))] u64),
    Assigned(#[field(range = 1..=2)] u64),
    Negative(#[field(range(-1..=2))] u64),
    With(#[field(with)] u64),
    Called(#[field(with(check))] u64),
    Quoted(#[field(with = "check")] u64),
    Closure(#[field(with = |_| Ok(()))] u64),
}

#[derive(Rlp)]
struct Struct {
    #[field(range = 1)]
    one: u8,
}

fn main() {}
