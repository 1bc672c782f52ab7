//! Versions with all that else may stand on an enum.

use p2p::{Peer, Protocol, ServeExt, async_trait};

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "all", versions = [2, 4, 5], handler = "Handler", length = 9)]
pub enum Message<T, const N: usize> {
    #[message(code = 0, until = 2)]
    Version { version: u64, code: u64, payload: T },
    #[message(code = 0, since = 4, until = 4, transparent)]
    Four([u8; N]),
    #[message(code = 0, since = 5)]
    Five,
    #[cfg(any())]
    #[message(code = 8, since = 5)]
    Never(NoSuchType),
    #[cfg(not(any()))]
    #[message(code = 8, since = 4)]
    Conditional,
}

struct Nothing;

#[async_trait]
impl Handler<u8, 2> for Nothing {
    async fn version(
        &self,
        _: &Peer<Message<u8, 2>>,
        version: u64,
        code: u64,
        payload: u8,
    ) -> p2p::Result {
        let _ = (version, code, payload);
        Ok(())
    }

    async fn four(&self, _: &Peer<Message<u8, 2>>, _: [u8; 2]) -> p2p::Result {
        Ok(())
    }

    async fn five(&self, _: &Peer<Message<u8, 2>>) -> p2p::Result {
        Ok(())
    }

    async fn conditional(&self, _: &Peer<Message<u8, 2>>) -> p2p::Result {
        Ok(())
    }
}

/// What versions say does not depend on the traits that are in scope.
mod without_imports {
    #[derive(p2p::Protocol)]
    #[protocol(name = "bare", versions = 0..=1)]
    pub enum Bare {
        #[message(code = 0, until = 0)]
        Zero,
        #[message(code = 0, since = 1, until = 1)]
        One,
    }
}

const _: () = assert!(Message::<u8, 2>::length(5) == 9 && without_imports::Bare::length(1) == 1);

fn main() {
    let _ = Message::handled_by(Nothing);
    let message = Message::<u8, 2>::Four([1, 2]);
    let mut bytes = Vec::new();
    assert!(message.encode(5, None, &mut bytes).is_err());
    message.encode(4, None, &mut bytes).unwrap();
    assert_eq!(Message::decode(4, message.code(), &bytes), Ok(message));
    let _ = [without_imports::Bare::Zero, without_imports::Bare::One];
    let _ = (Message::<u8, 2>::Five, Message::<u8, 2>::Conditional);
    let _ = Message::<u8, 2>::Version { version: 1, code: 2, payload: 3 };
}
