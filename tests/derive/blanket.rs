//! Traits in scope that give every type methods of the names that derived code calls.

use p2p::rlp::{self, EncodeError::NoneBeforeSome};
use p2p::{Code, EncodeError, Protocol, RequestId};

/// A module with such a trait, whose methods take this receiver, and derives that meet it.
macro_rules! derived_beside_methods_of {
    ($module:ident, $($receiver:tt)*) => {
        mod $module {
            #[allow(unused_imports, reason = "derived code must not use it")]
            use everything::Everything as _;

            mod everything {
                #[allow(
                    dead_code,
                    clippy::wrong_self_convention,
                    reason = "it is there to be called by mistake"
                )]
                pub(super) trait Everything {
                    fn check($($receiver)*) where Self: Sized {}
                    fn codec($($receiver)*) where Self: Sized {}
                    fn decode($($receiver)*) where Self: Sized {}
                    fn encode($($receiver)*) where Self: Sized {}
                    fn fail($($receiver)*, _: impl std::fmt::Display) where Self: Sized {}
                    fn finish($($receiver)*) where Self: Sized {}
                    fn id($($receiver)*) where Self: Sized {}
                    fn info($($receiver)*) where Self: Sized {}
                    fn is_none($($receiver)*) -> bool where Self: Sized { false }
                    fn is_some($($receiver)*) -> bool where Self: Sized { false }
                    fn length($($receiver)*) where Self: Sized {}
                    fn list($($receiver)*, _: usize) where Self: Sized {}
                    fn map_err($($receiver)*) where Self: Sized {}
                    fn read($($receiver)*) where Self: Sized {}
                    fn shape($($receiver)*) where Self: Sized {}
                    fn show($($receiver)*) where Self: Sized {}
                }

                impl<T: ?Sized> Everything for T {}
            }

            #[derive(Debug, PartialEq, p2p::Rlp)]
            pub(super) struct Inner {
                pub(super) number: u8,
                #[field(max_items = 2)]
                pub(super) list: Vec<u16>,
                pub(super) early: Option<u8>,
                pub(super) late: Option<u8>,
            }

            #[derive(Debug, PartialEq, p2p::Protocol)]
            #[protocol(name = "beside", version = 1)]
            pub(super) enum Message {
                Text(String, Option<u8>, Option<u8>),
                #[message(reply = Answer)]
                Ask(Inner),
                Answer,
            }
        }

        #[test]
        fn $module() {
            use $module::{Inner, Message};
            let inner = |early, late| Inner { number: 1, list: vec![2, 3], early, late };
            let encode = |message: &Message, id: Option<u64>| {
                let mut out = Vec::new();
                message.encode(1, id.map(RequestId), &mut out).map(|()| out)
            };
            let text = Message::Text("a".to_owned(), Some(2), Some(3));
            assert_eq!(encode(&text, None).unwrap(), [0xc3, 0x61, 2, 3]);
            assert_eq!(Message::decode(1, Code(0), &[0xc3, 0x61, 2, 3]), Ok(text));
            let ask = Message::Ask(inner(Some(4), None));
            let bytes = [0xc7, 9, 0xc5, 1, 0xc2, 2, 3, 4];
            assert_eq!(encode(&ask, Some(9)).unwrap(), bytes);
            assert_eq!(Message::decode(1, Code(1), &bytes), Ok(ask));
            assert_eq!(encode(&Message::Answer, Some(9)).unwrap(), [0xc1, 9]);

            let gap = encode(&Message::Text("a".to_owned(), None, Some(3)), None);
            assert!(
                matches!(gap, Err(EncodeError::Field { cause: NoneBeforeSome { .. }, .. })),
                "{gap:?}"
            );
            let gap = rlp::encode(&inner(None, Some(3)));
            assert!(matches!(gap, Err(NoneBeforeSome { .. })), "{gap:?}");
        }
    };
}

derived_beside_methods_of!(by_reference, &self);
derived_beside_methods_of!(by_value, self);
