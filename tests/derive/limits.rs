//! Limits of fields and messages: what is beyond them is neither accepted nor sent.

use p2p::protocol::{Code, DecodeError, EncodeError, MessageInfo, OverRate, Rate};
use p2p::rlp::{self, ErrorKind, Reader, Writer};
use p2p::{Protocol, Rlp, SendError};

use crate::{decode, encode, is_encoded_as};

#[derive(Debug, Clone, PartialEq, Rlp)]
struct Query {
    origin: u64,
    #[field(range(1..=1024))]
    count: u64,
    #[field(range(..1024))]
    skip: u64,
    #[field(max_items = 2)]
    filters: Option<Vec<u64>>,
}

#[derive(Debug, PartialEq, Rlp)]
#[rlp(transparent)]
struct Name(#[field(max_len = 4, with = Self::is_upright)] String);

impl Name {
    fn is_upright(name: &str) -> Result<(), String> {
        if name.starts_with('_') {
            Err(format!("{name:?} begins with a line"))
        } else {
            Ok(())
        }
    }
}

/// A list of numbers with the traits of the rlp crate alone.
#[derive(Debug, Clone, PartialEq)]
struct Foreign(Vec<u64>);

impl ::rlp::Encodable for Foreign {
    fn rlp_append(&self, stream: &mut ::rlp::RlpStream) {
        stream.append_list(&self.0);
    }
}

impl ::rlp::Decodable for Foreign {
    fn decode(rlp: &::rlp::Rlp<'_>) -> Result<Self, ::rlp::DecoderError> {
        rlp.as_list().map(Self)
    }
}

/// A byte string that counts how often it is decoded.
#[derive(Debug, PartialEq)]
struct Counted(Vec<u8>);

thread_local! {
    static DECODED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

impl rlp::Encode for Counted {
    fn length(&self) -> usize {
        self.0.length()
    }

    fn encode(&self, out: &mut Writer<'_>) {
        self.0.encode(out);
    }
}

impl rlp::Decode for Counted {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, rlp::Error> {
        DECODED.set(DECODED.get() + 1);
        rlp::Decode::decode(reader).map(Self)
    }
}

/// Called like a variable of the generated code.
fn value(number: &u16) -> Result<(), &'static str> {
    match number % 2 {
        0 => Ok(()),
        _ => Err("odd"),
    }
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "limits", version = 1)]
enum Message {
    #[message(max_size = 64, rate = "10/s", burst = 20, excess = "drop")]
    GetHeaders {
        #[field(range(1..=1024))]
        count: u64,
        #[field(range(0..100))]
        skip: u64,
    },
    #[message(rate = "3/min", excess = "disconnect")]
    Numbers(
        #[field(max_items = 2)] Vec<u64>,
        #[field(max_items = 2)] Foreign,
    ),
    #[message(rate = "4294967295/h", burst = 1)]
    Texts {
        #[field(max_len = 3)]
        text: String,
        #[field(max_len = 3)]
        bytes: Vec<u8>,
        #[field(max_len = 3)]
        counted: Counted,
    },
    #[message(transparent)]
    Query(Query),
    #[message(transparent)]
    Bare(#[field(max_items = 1)] Vec<Foreign>),
    Named(Name),
    Even(#[field(range(..=8), with = value)] u16),
    Optional {
        #[field(range(5..), with = value)]
        number: Option<u16>,
        #[field(max_items = 1)]
        list: Option<Vec<u64>>,
    },
}

#[track_caller]
fn refused(code: u64, payload: &[u8], expected: &str) {
    let error = decode::<Message>(code, payload).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

/// Checks that a message can't be encoded, and leaves nothing behind.
#[track_caller]
fn unsendable(message: &Message, expected: &str) {
    let mut bytes = vec![7];
    let error = message.encode(1, None, &mut bytes).unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert_eq!(bytes, [7]);
}

#[test]
fn numbers_that_once_crashed_nodes_are_refused() {
    // CVE-2024-32972: a count of 0 became 2^64 - 1 when one was taken from it.
    refused(
        0,
        &[0xc2, 0x80, 0x01],
        "message GetHeaders, field count: expected a number from 1 to 1024, found 0",
    );
    // And a skip of 2^64 - 1 became 0 when one was added.
    let skip = [&[0xca, 0x01, 0x88][..], &[0xff; 8]].concat();
    refused(
        0,
        &skip,
        "message GetHeaders, field skip: expected a number up to 99, found 18446744073709551615",
    );
    for (count, skip) in [(1, 0), (1024, 99)] {
        let message = Message::GetHeaders { count, skip };
        let bytes = encode(&message);
        assert_eq!(decode(0, &bytes), Ok(message));
    }
}

#[test]
fn what_a_peer_would_refuse_is_not_encoded() {
    let get = |count, skip| Message::GetHeaders { count, skip };
    unsendable(
        &get(1025, 0),
        "message GetHeaders can't be encoded: GetHeaders.count: expected a number from 1 to 1024, \
         found 1025",
    );
    unsendable(
        &get(1, 100),
        "message GetHeaders can't be encoded: GetHeaders.skip: expected a number up to 99, found 100",
    );
    unsendable(
        &Message::Numbers(vec![1, 2, 3], Foreign(vec![])),
        "message Numbers can't be encoded: Numbers.0: a list has 3 items or more, at most 2 are \
         allowed",
    );
    unsendable(
        &Message::Numbers(vec![1, 2], Foreign(vec![1, 2, 3])),
        "message Numbers can't be encoded: Numbers.1: a list has 3 items or more, at most 2 are \
         allowed",
    );
    unsendable(
        &texts("abcd", &[]),
        "message Texts can't be encoded: Texts.text: a byte string has 4 bytes, at most 3 are allowed",
    );
    unsendable(
        &Message::Even(3),
        "message Even can't be encoded: Even.0: odd",
    );
    let query = Query {
        count: 0,
        ..query(vec![])
    };
    let error = rlp::encode(&query).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Query.count: expected a number from 1 to 1024, found 0"
    );
    unsendable(
        &Message::Query(query),
        "message Query can't be encoded: Query.count: expected a number from 1 to 1024, found 0",
    );
}

fn texts(text: &str, bytes: &[u8]) -> Message {
    Message::Texts {
        text: text.into(),
        bytes: bytes.into(),
        counted: Counted(vec![]),
    }
}

fn query(filter: Vec<u64>) -> Query {
    Query {
        origin: 0,
        count: 1,
        skip: 0,
        filters: Some(filter),
    }
}

#[test]
fn items_are_counted_whichever_crate_decodes_them() {
    is_encoded_as(
        Message::Numbers(vec![1, 2], Foreign(vec![3, 4])),
        &[0xc6, 0xc2, 1, 2, 0xc2, 3, 4],
    );
    refused(
        1,
        &[0xc7, 0xc3, 1, 2, 3, 0xc2, 3, 4],
        "message Numbers, field 0: a list has 3 items or more, at most 2 are allowed",
    );
    refused(
        1,
        &[0xc7, 0xc2, 1, 2, 0xc3, 3, 4, 5],
        "message Numbers, field 1: a list has 3 items or more, at most 2 are allowed",
    );
    is_encoded_as(
        Message::Bare(vec![Foreign(vec![7, 8])]),
        &[0xc3, 0xc2, 7, 8],
    );
    refused(
        4,
        &[0xc2, 0xc0, 0xc0],
        "message Bare, field 0: a list has 2 items or more, at most 1 are allowed",
    );
}

#[test]
fn bytes_are_counted_before_anything_is_decoded() {
    is_encoded_as(texts("abc", &[1, 2, 3]), b"\xc9\x83abc\x83\x01\x02\x03\x80");
    refused(
        2,
        b"\xc7\x84abcd\x80\x80",
        "message Texts, field text: a byte string has 4 bytes, at most 3 are allowed",
    );
    refused(
        2,
        b"\xc7\x80\x84\x01\x02\x03\x04\x80",
        "message Texts, field bytes: a byte string has 4 bytes, at most 3 are allowed",
    );
    DECODED.set(0);
    refused(
        2,
        b"\xc7\x80\x80\x84\x01\x02\x03\x04",
        "message Texts, field counted: a byte string has 4 bytes, at most 3 are allowed",
    );
    assert_eq!(DECODED.get(), 0);
    decode::<Message>(2, b"\xc3\x80\x80\x01").unwrap();
    assert_eq!(DECODED.get(), 1);
}

#[test]
fn an_error_is_of_its_kind_and_names_message_and_field() {
    let error = decode::<Message>(0, &[0xc2, 0x80, 0x01]).unwrap_err();
    let DecodeError::Field {
        message,
        field,
        cause,
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!((message, field), ("GetHeaders", "count"));
    let expected = ErrorKind::OutOfRange {
        min: 1,
        max: 1024,
        found: 0,
    };
    assert_eq!(cause.kind(), &expected);
    let error = Message::GetHeaders { count: 0, skip: 0 }
        .encode(1, None, &mut Vec::new())
        .unwrap_err();
    let cause = rlp::EncodeError::Limit {
        ty: "GetHeaders",
        field: "count",
        cause: expected,
    };
    let message = "GetHeaders";
    assert_eq!(error, EncodeError::Field { message, cause });
}

#[test]
fn structs_have_limits_of_their_own() {
    is_encoded_as(
        Message::Query(query(vec![5, 6])),
        &[0xc6, 0x80, 0x01, 0x80, 0xc2, 5, 6],
    );
    refused(
        3,
        &[0xc3, 0x80, 0x80, 0x80],
        "message Query, field 0: Query.count: expected a number from 1 to 1024, found 0",
    );
    refused(
        3,
        &[0xc7, 0x80, 0x01, 0x80, 0xc3, 5, 6, 7],
        "message Query, field 0: Query.filters: a list has 3 items or more, at most 2 are allowed",
    );
    is_encoded_as(Message::Named(Name("bob".into())), b"\xc4\x83bob");
    refused(
        5,
        b"\xc6\x85bobby",
        "message Named, field 0: Name.0: a byte string has 5 bytes, at most 4 are allowed",
    );
    refused(
        5,
        b"\xc4\x83_ob",
        "message Named, field 0: Name.0: \"_ob\" begins with a line",
    );
}

#[test]
fn several_limits_hold_together() {
    is_encoded_as(Message::Even(8), &[0xc1, 8]);
    refused(6, &[0xc1, 7], "message Even, field 0: odd");
    refused(
        6,
        &[0xc1, 10],
        "message Even, field 0: expected a number up to 8, found 10",
    );
}

#[test]
fn an_optional_field_is_checked_when_it_is_there() {
    let optional = |number, list| Message::Optional { number, list };
    is_encoded_as(optional(None, None), &[0xc0]);
    is_encoded_as(optional(Some(6), None), &[0xc1, 6]);
    is_encoded_as(optional(Some(6), Some(vec![1])), &[0xc3, 6, 0xc1, 1]);
    refused(
        7,
        &[0xc1, 4],
        "message Optional, field number: expected a number from 5 on, found 4",
    );
    refused(
        7,
        &[0xc4, 6, 0xc2, 1, 2],
        "message Optional, field list: a list has 2 items or more, at most 1 are allowed",
    );
    unsendable(
        &optional(Some(7), None),
        "message Optional can't be encoded: Optional.number: odd",
    );
}

#[test]
fn limits_of_a_message_are_in_the_table() {
    let row = |code| {
        let mut rows = Message::MESSAGES.iter();
        rows.find(|row| row.code == Code(code)).unwrap()
    };
    let rate = Rate::per_second(10).burst(20).excess(OverRate::Drop);
    assert_eq!((row(0).max_size, row(0).rate), (64, Some(rate)));
    let rate = Rate::per_minute(3).burst(3).excess(OverRate::Disconnect);
    assert_eq!(
        (row(1).max_size, row(1).rate),
        (MessageInfo::MAX_SIZE, Some(rate))
    );
    assert_eq!(row(2).rate, Some(Rate::per_hour(u32::MAX).burst(1)));
    assert_eq!(row(3).rate, None);
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "sizes", version = 1)]
enum Sized {
    #[message(max_size = 10)]
    Text(String),
}

#[tokio::test]
async fn a_message_that_is_too_large_is_not_sent() {
    let (one, mut other) = p2p::pipe::<Sized>();
    let nine = Sized::Text("123456789".into());
    let Err(SendError::Encode(error)) = one.send(nine).await else {
        panic!("sent");
    };
    assert_eq!(
        error.to_string(),
        "message Text has 11 bytes, at most 10 are allowed: see its `max_size`"
    );
    one.send(Sized::Text("12345678".into())).await.unwrap();
    other.expect(Sized::Text("12345678".into())).await.unwrap();
}

#[tokio::test]
async fn a_field_beyond_its_limit_is_not_sent() {
    let (one, mut other) = p2p::pipe::<Message>();
    let sent = one.send(Message::Even(9)).await;
    assert!(matches!(
        sent,
        Err(SendError::Encode(EncodeError::Field { .. }))
    ));
    one.send(Message::Even(2)).await.unwrap();
    other.expect(Message::Even(2)).await.unwrap();
}

mod most {
    pub(super) const ITEMS: usize = 2;
    pub(super) const BYTES: usize = 3;
    pub(super) const SIZE: usize = 6;
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "consts", version = 1)]
enum Constants {
    Limited {
        #[field(max_items = most::ITEMS)]
        items: Vec<u64>,
        #[field(max_len = most::BYTES)]
        text: String,
        #[field(range(Self::LEAST..Self::END))]
        count: u64,
    },
    #[message(max_size = most::SIZE)]
    Small(String),
}

impl Constants {
    const LEAST: u64 = 2;
    const END: u64 = 5;
}

fn limited(items: &[u64], text: &str, count: u64) -> Constants {
    Constants::Limited {
        items: items.to_vec(),
        text: text.to_owned(),
        count,
    }
}

#[test]
fn constants_limit_as_numbers_do() {
    let good = limited(&[1, 2], "abc", 4);
    is_encoded_as(good, &[0xc8, 0xc2, 1, 2, 0x83, b'a', b'b', b'c', 4]);
    for (bad, field) in [
        (limited(&[1, 2, 3], "abc", 4), "items"),
        (limited(&[1, 2], "abcd", 4), "text"),
        (limited(&[1, 2], "abc", 1), "count"),
        (limited(&[1, 2], "abc", 5), "count"),
    ] {
        let error = bad
            .encode(1, None, &mut Vec::new())
            .expect_err("beyond a limit");
        assert!(error.to_string().contains(field), "{error}");
    }
    let error = decode::<Constants>(0, &[0xc8, 0xc2, 1, 2, 0x83, b'a', b'b', b'c', 5]);
    let text = error.expect_err("beyond a limit").to_string();
    assert!(
        text.ends_with("expected a number from 2 to 4, found 5"),
        "{text}"
    );
    assert_eq!(Constants::MESSAGES[1].max_size, 6);
}

#[test]
fn constants_are_in_the_document() {
    let document = p2p::spec::Specification::<Constants>::new().to_markdown();
    for part in [
        "At most 2 items",
        "At most 3 bytes",
        "From 2 to 4",
        "at most 6 bytes",
    ] {
        assert!(document.contains(part), "{part} in {document}");
    }
}
