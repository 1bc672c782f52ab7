use p2p::Protocol;
use std::collections::HashMap;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    One(Plain),
    Two { plain: Vec<Plain>, map: HashMap<u8, u8> },
    Three(u8, Option<Plain>),
    Four(std::time::Duration),
}

struct Plain;

fn main() {}
