//! Requests and replies on the wire.

use p2p::protocol::{Code, EncodeError, MessageKind, RequestId};
use p2p::{Protocol, SendError, pipe};

use super::{Message, range};

fn encode(message: &Message, id: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(1, Some(RequestId(id)), &mut bytes).unwrap();
    bytes
}

fn is_encoded_as(message: Message, id: u64, payload: &[u8]) {
    assert_eq!(encode(&message, id), payload);
    assert_eq!(RequestId::peek(payload), Ok(RequestId(id)));
    assert_eq!(Message::decode(1, message.code(), payload), Ok(message));
}

#[test]
fn requests_and_replies_start_with_the_id() {
    is_encoded_as(Message::GetBlocks(range(5, 2)), 7, &[0xc4, 7, 0xc2, 5, 2]);
    is_encoded_as(Message::Blocks(vec![5, 6]), 7, &[0xc4, 7, 0xc2, 5, 6]);
    is_encoded_as(Message::GetTip, 0, &[0xc1, 0x80]);
    let tip = Message::Tip {
        number: 9,
        hash: [1, 2, 3, 4],
    };
    is_encoded_as(tip, 1024, &[0xc9, 0x82, 4, 0, 9, 0x84, 1, 2, 3, 4]);
    let store = Message::Store {
        key: "a".into(),
        value: vec![1],
    };
    is_encoded_as(store, 1, &[0xc3, 1, b'a', 1]);
    is_encoded_as(Message::Stored, 1, &[0xc1, 1]);
}

#[test]
fn the_longest_id_has_64_bits() {
    let payload = encode(&Message::GetTip, u64::MAX);
    assert_eq!(payload[..2], [0xc9, 0x88]);
    assert_eq!(RequestId::peek(&payload), Ok(RequestId(u64::MAX)));
    let longer = [0xca, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    assert!(RequestId::peek(&longer).is_err());
    assert!(Message::decode(1, Code(3), &longer).is_err());
}

#[test]
fn a_payload_without_an_id_is_refused() {
    let error = |code, payload: &[u8]| Message::decode(1, Code(code), payload).unwrap_err();
    assert_eq!(
        error(3, &[0xc0]).to_string(),
        "message GetTip, field request id: a list has too few items"
    );
    assert_eq!(
        error(1, &[0xc3, 0xc2, 5, 2]).to_string(),
        "message GetBlocks, field request id: expected a byte string, found a list"
    );
}

#[test]
fn the_table_has_the_kind_of_each_message() {
    let kinds: Vec<MessageKind> = Message::MESSAGES.iter().map(|row| row.kind).collect();
    let request = |code| MessageKind::Request { reply: Code(code) };
    let expected = [
        MessageKind::Notification,
        request(2),
        MessageKind::Reply,
        request(4),
        MessageKind::Reply,
        request(6),
        MessageKind::Reply,
    ];
    assert_eq!(kinds, expected);
    let timeout = Message::GetTip.info().timeout;
    assert_eq!(timeout, Some(std::time::Duration::from_millis(1500)));
}

#[tokio::test]
async fn sending_a_request_or_reply_says_what_to_do() {
    let (one, _other) = pipe::<Message>();
    let error = |result: Result<(), SendError>| result.unwrap_err().to_string();
    assert_eq!(
        error(one.send(Message::GetTip).await),
        "message GetTip is a request; ask with `peer.request(..)`"
    );
    assert_eq!(
        error(one.send(Message::Stored).await),
        "message Stored is a reply; return it from the handler of its request, or give it to \
         `Responder::reply`"
    );
    assert!(one.peer().try_send(Message::GetTip).is_err());
}

#[test]
fn a_failed_encoding_leaves_the_buffer_unchanged() {
    let mut bytes = vec![1, 2];
    let message = "GetTip";
    assert_eq!(
        Message::GetTip.encode(1, None, &mut bytes),
        Err(EncodeError::Request { message })
    );
    assert_eq!(bytes, [1, 2]);
}
