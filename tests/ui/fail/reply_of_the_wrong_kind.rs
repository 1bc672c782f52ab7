//! `reply` takes the name of a variant, and `timeout` a time.

use p2p::Protocol;

#[derive(Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    #[message(reply = "Tip")]
    GetTip,
    #[message(reply)]
    GetOther,
    #[message(reply = Message::Tip)]
    GetPath,
    #[message(reply = Tip, timeout = 10)]
    GetSoon,
    #[message(reply = Tip, timeout = "ten seconds")]
    GetLater,
    #[message(reply = Tip, timeout = "0s")]
    GetNever,
    #[message(reply = Tip, timeout = "1h")]
    GetHourly,
    Tip,
}

fn main() {}
