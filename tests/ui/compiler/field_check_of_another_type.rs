use p2p::{Protocol, Rlp};

fn of_text(_: &String) -> Result<(), String> {
    Ok(())
}

fn is_even(number: &u64) -> bool {
    number % 2 == 0
}

fn unprintable(_: &u64) -> Result<(), ()> {
    Ok(())
}

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    One(#[field(with = of_text)] u64),
    Two(#[field(with = is_even)] u64),
    Three(#[field(with = unprintable)] u64),
    Four(#[field(with = nowhere)] u64),
}

#[derive(Rlp)]
struct Header(u8);

#[derive(Rlp)]
struct Struct {
    #[field(range(1..=2))]
    header: Header,
}

fn main() {}
