//! Traits of the user's that every type has, with methods that are called like those of the codec.

use p2p::protocol::{Code, DecodeError};
use p2p::rlp::{self, EncodeError};
use p2p::{Protocol, Rlp};

macro_rules! declare {
    () => {
        #[derive(Debug, PartialEq, Rlp)]
        struct Pair {
            first: u8,
            second: Option<u8>,
            third: Option<u8>,
        }

        #[derive(Debug, PartialEq, Rlp)]
        struct Nothing;

        #[derive(Debug, PartialEq, Rlp)]
        #[rlp(transparent)]
        struct Word(String);

        #[derive(Debug, PartialEq, Protocol)]
        #[protocol(name = "blanket", version = 1)]
        enum Message {
            Text(String, Option<u8>, Option<u8>),
            Inner {
                pair: Pair,
                word: Word,
                nothing: Nothing,
            },
            #[message(reply = Answer)]
            Ask(#[field(max_len = 2)] Vec<u8>),
            Answer,
            #[message(transparent)]
            Whole(Pair),
        }

        #[test]
        fn the_bytes_are_the_same() {
            assert_eq!(
                wire(&Message::Text("a".into(), Some(1), None), None),
                [0xc2, 0x61, 1]
            );
            let pair = || Pair {
                first: 7,
                second: None,
                third: None,
            };
            let inner = Message::Inner {
                pair: pair(),
                word: Word("b".into()),
                nothing: Nothing,
            };
            assert_eq!(wire(&inner, None), [0xc4, 0xc1, 7, 0x62, 0xc0]);
            let id = Some(p2p::protocol::RequestId(5));
            assert_eq!(wire(&Message::Ask(vec![1, 2]), id), [0xc4, 5, 0x82, 1, 2]);
            assert_eq!(wire(&Message::Answer, id), [0xc1, 5]);
            assert_eq!(wire(&Message::Whole(pair()), None), [0xc1, 7]);
        }

        #[test]
        fn what_can_not_be_encoded_is_refused() {
            let gap = Message::Text("a".into(), None, Some(3));
            let error = Protocol::encode(&gap, 1, None, &mut Vec::new()).expect_err("a gap");
            let p2p::protocol::EncodeError::Field { cause, .. } = error else {
                panic!("{error}");
            };
            assert!(
                matches!(cause, EncodeError::NoneBeforeSome { .. }),
                "{cause}"
            );
            let gap = Pair {
                first: 1,
                second: None,
                third: Some(2),
            };
            assert!(rlp::encode(&gap).is_err());
        }

        /// The payload of a message, from which it can be read again.
        fn wire(message: &Message, id: Option<p2p::protocol::RequestId>) -> Vec<u8> {
            let mut out = Vec::new();
            Protocol::encode(message, 1, id, &mut out).expect("encoded");
            let code = Protocol::info(message).code;
            let read: Result<Message, DecodeError> = Protocol::decode(1, Code(code.0), &out);
            assert_eq!(read.as_ref(), Ok(message));
            out
        }
    };
}

/// Methods that borrow, as `Debug` makes them possible.
mod borrowing {
    use std::fmt::{Debug, Display};

    use super::*;

    #[expect(dead_code, reason = "nothing that is derived meets it")]
    trait Borrow: Debug {
        fn list(&self, _: usize) -> &'static str {
            "list"
        }
        fn fail(&self, _: impl Display) {}
        fn show(&self) {}
        fn codec(&self) {}
        fn length(&self) {}
        fn encode(&self) {}
        fn decode(&self) {}
        fn shape(&self) {}
        fn read(&self) {}
        fn id(&self) {}
        fn finish(&self) {}
        fn is_none(&self) {}
        fn is_some(&self) {}
    }

    impl<T: Debug + ?Sized> Borrow for T {}

    declare!();
}

/// Methods that take all there is.
mod taking {
    use super::*;

    #[expect(dead_code, reason = "nothing that is derived meets it")]
    #[allow(
        clippy::wrong_self_convention,
        reason = "it is there to be called by mistake"
    )]
    trait Take: Sized {
        fn list(self) {}
        fn fail(self) {}
        fn show(self) {}
        fn codec(self) {}
        fn length(self) {}
        fn encode(self) {}
        fn decode(self) {}
        fn shape(self) {}
        fn read(self) {}
        fn id(self) {}
        fn finish(self) {}
        fn is_none(self) {}
        fn is_some(self) {}
    }

    impl<T> Take for T {}

    declare!();
}
