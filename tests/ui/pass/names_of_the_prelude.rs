//! Variants that are called like what is in every scope, and imported over it.
#![deny(warnings)]

use p2p::{Peer, Protocol, ServeExt, async_trait};

mod messages {
    #[derive(Debug, PartialEq, p2p::Protocol)]
    #[protocol(name = "prelude", version = 1)]
    pub(crate) enum Message {
        Ok(u8),
        Err,
        Some { value: u8 },
        None,
        Box(u8, u8),
        Option,
        String,
        Vec,
        Result,
        Send,
        Sync,
        From,
        Default,
        Clone,
        Drop,
    }

    #[allow(unused_imports)]
    pub(crate) use Message::*;
}

use messages::Message;

struct Foobar;

macro_rules! handle {
    ($($method:ident($($field:ident),*))*) => {
        #[async_trait]
        impl messages::MessageHandler for Foobar {
            $(async fn $method(&self, _: &Peer<Message>, $($field: u8),*) -> p2p::Result {
                $(let _ = $field;)*
                Ok(())
            })*
        }
    };
}

handle! {
    ok(a) err() some(a) none() r#box(a, b) option() string() vec() result() send() sync() from()
    default() clone() drop()
}

fn main() {
    let _ = Message::handled_by(Foobar);
    let mut bytes = Vec::new();
    Message::Box(1, 2).encode(1, None, &mut bytes).unwrap();
    assert_eq!(Message::decode(1, Message::Box(0, 0).code(), &bytes), Ok(Message::Box(1, 2)));
}
