//! Any bytes as the messages of a derived protocol.

use p2p::protocol::{Code, DecodeError, MessageKind, RequestId};
use p2p::{Protocol, Rlp};

use super::input::Input;

#[derive(Debug, PartialEq, Rlp)]
struct Block {
    number: u64,
    hash: [u8; 32],
    body: Option<Vec<Vec<u8>>>,
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "fuzz", versions = 1..=2, length = 9, max_size = 4096)]
enum Message {
    #[message(code = 0, transparent)]
    Status(Block),
    #[message(code = 1)]
    Ping,
    #[message(code = 2, reply = Blocks)]
    GetBlocks {
        #[field(range(1..))]
        start: u64,
        #[field(range(..=16))]
        count: u16,
        back: Option<bool>,
    },
    #[message(code = 3, max_size = 1024)]
    Blocks(#[field(max_items = 4)] Vec<Block>),
    #[message(code = 4, rate = "1/s", excess = "drop")]
    Text(#[field(max_len = 5)] String, u8),
    #[message(code = 5, since = 2, reply = Few)]
    GetFew(#[field(with = is_sorted)] Vec<u32>),
    #[message(code = 6, since = 2)]
    Few(Option<u64>, Option<Box<Block>>),
    #[message(code = 7, until = 1, trailing = "ignore")]
    Old(u8),
}

fn is_sorted(numbers: &[u32]) -> Result<(), &'static str> {
    numbers.is_sorted().then_some(()).ok_or("out of order")
}

/// A message that decodes encodes to the same bytes, within its limits.
///
/// The first byte is the version, an even one for 1, the second the code, the rest the payload.
pub fn protocol(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    // A version that is not spoken is never passed.
    let version = 1 + u64::from(input.byte() % 2);
    let code = Code(u64::from(input.byte() % 16));
    let payload = input.rest();
    let decoded = Message::decode(version, code, payload);
    if Message::name_of(version, code).is_none() {
        assert!(
            matches!(decoded, Err(DecodeError::UnknownCode { .. })),
            "{decoded:?}"
        );
        return;
    }
    let Ok(message) = decoded else {
        return;
    };
    let info = message.info();
    assert_eq!(info.code, code);
    assert!(message.is_in(version), "{message:?}");
    // Whoever serves a protocol compares the size before.
    if payload.len() > info.max_size {
        return;
    }
    assert!(
        payload.len() <= Message::largest(info) || matches!(message, Message::Old(_)),
        "{message:?}"
    );
    let id = match info.kind {
        MessageKind::Notification => None,
        _ => Some(RequestId::peek(payload).expect("it was decoded")),
    };
    let mut encoded = Vec::new();
    let done = message.encode(version, id, &mut encoded);
    done.expect("it was decoded");
    if matches!(message, Message::Old(_)) {
        let again = Message::decode(version, code, &encoded);
        assert_eq!(again.ok(), Some(message));
    } else {
        assert_eq!(encoded, payload, "{message:?}");
    }
}
