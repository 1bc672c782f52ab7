use p2p::{Protocol, Rlp};
use std::borrow::Cow;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message<'a, 'b: 'a, T: 'a>
where
    'a: 'b,
    T: Clone,
{
    Text(Cow<'a, str>),
    Other { bytes: &'b [u8], t: T },
}

#[derive(Rlp)]
struct Item<'a> {
    text: &'a str,
}

fn main() {}
