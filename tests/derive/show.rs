//! How a message is shown in a log.

use std::fmt;

use p2p::Protocol;

/// It can be printed.
#[derive(Debug, Protocol)]
#[protocol(name = "loud", version = 1)]
enum Loud {
    Say(String),
}

/// It can't, for want of `Debug`.
#[derive(Protocol)]
#[protocol(name = "silent", version = 1)]
enum Silent {
    Say(String),
}

/// It can if its type says so.
#[derive(Debug, Protocol)]
#[protocol(name = "either", version = 1)]
enum Either<T: fmt::Debug + Clone + Send + Sync + 'static>
where
    Vec<T>: p2p::rlp::Encode + p2p::rlp::Decode,
{
    Say(Vec<T>),
}

struct Line<'a, P>(&'a P);

impl<P: Protocol> fmt::Display for Line<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

#[test]
fn a_message_is_shown_by_its_debug_or_else_by_its_name() {
    let words = || "hello".to_owned();
    assert_eq!(Line(&Loud::Say(words())).to_string(), r#"Say("hello")"#);
    assert_eq!(Line(&Silent::Say(words())).to_string(), "Say");
    assert_eq!(Line(&Either::Say(vec![1_u16])).to_string(), "Say([1])");
}
