//! The types that a field can have.

use bytes::Bytes;
use p2p::rlp::{Decode, Encode, Raw};
use p2p::{Protocol, Rlp};
use std::sync::Arc;

use crate::{decode, is_encoded_as, round_trips};

type Hash = [u8; 32];
type Hashes = Vec<Hash>;
type Payload = Vec<u8>;

#[derive(Debug, Clone, PartialEq, Rlp)]
struct Point {
    x: u8,
    y: u16,
}

#[derive(Debug, Clone, PartialEq, rlp_derive::RlpEncodable, rlp_derive::RlpDecodable)]
struct Foreign {
    number: u64,
    text: String,
}

/// A type with the rlp crate's traits by hand: a string of two digits.
#[derive(Debug, Clone, PartialEq)]
struct Digits(u8);

impl rlp::Encodable for Digits {
    fn rlp_append(&self, stream: &mut rlp::RlpStream) {
        stream.append(&format!("{:02}", self.0));
    }
}

impl rlp::Decodable for Digits {
    fn decode(item: &rlp::Rlp<'_>) -> Result<Self, rlp::DecoderError> {
        let text: String = item.as_val()?;
        text.parse()
            .map(Self)
            .map_err(|_| rlp::DecoderError::Custom("not a number"))
    }
}

#[derive(Debug, PartialEq, Protocol)]
#[expect(unused_qualifications, reason = "paths are what is tested")]
#[protocol(name = "fields", version = 1)]
enum Message {
    Nothing,
    NoFields(),
    NoNames {},
    Integers(u8, u16, u32, u64, u128, usize),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
    Shared(Bytes),
    Alias(Payload),
    Arrays([u8; 0], [u8; 1], [u8; 20], [u8; 64]),
    Numbers([u16; 3]),
    List(Vec<u64>),
    Nested(Vec<Vec<Vec<u8>>>),
    Aliases(Hashes, Vec<Hashes>),
    Tuples(Vec<(u64, String)>),
    Struct(Point),
    Structs {
        points: Vec<Point>,
        boxed: Box<Point>,
        shared: Arc<Point>,
    },
    Raw(Raw),
    Foreign(Foreign),
    ForeignList(Vec<Foreign>),
    ByHand {
        digits: Digits,
    },
    Std(std::string::String, ::std::vec::Vec<u8>),
}

#[test]
fn unit_and_empty_variants_are_empty_lists() {
    is_encoded_as(Message::Nothing, &[0xc0]);
    is_encoded_as(Message::NoFields(), &[0xc0]);
    is_encoded_as(Message::NoNames {}, &[0xc0]);
}

#[test]
fn integers_are_big_endian_without_leading_zeros() {
    is_encoded_as(
        Message::Integers(0, 1, 0x7f, 0x80, 0x0400, 0),
        &[0xc9, 0x80, 0x01, 0x7f, 0x81, 0x80, 0x82, 0x04, 0x00, 0x80],
    );
    round_trips(Message::Integers(
        u8::MAX,
        u16::MAX,
        u32::MAX,
        u64::MAX,
        u128::MAX,
        usize::MAX,
    ));
}

#[test]
fn truth_text_and_bytes_are_strings() {
    is_encoded_as(Message::Bool(true), &[0xc1, 0x01]);
    is_encoded_as(Message::Bool(false), &[0xc1, 0x80]);
    is_encoded_as(Message::Text("bar".into()), b"\xc4\x83bar");
    is_encoded_as(Message::Bytes(vec![1, 2]), &[0xc3, 0x82, 1, 2]);
    is_encoded_as(
        Message::Shared(Bytes::from_static(&[1, 2])),
        &[0xc3, 0x82, 1, 2],
    );
    is_encoded_as(Message::Std("a".into(), vec![]), b"\xc2a\x80");
}

#[test]
fn an_alias_is_what_it_stands_for() {
    is_encoded_as(Message::Alias(vec![1, 2]), &[0xc3, 0x82, 1, 2]);
    round_trips(Message::Aliases(
        vec![[1; 32]],
        vec![vec![], vec![[2; 32], [3; 32]]],
    ));
}

#[test]
fn arrays_have_the_length_of_their_type() {
    round_trips(Message::Arrays([], [0x7f], [3; 20], [4; 64]));
    is_encoded_as(Message::Numbers([1, 2, 3]), &[0xc4, 0xc3, 1, 2, 3]);
    assert!(decode::<Message>(10, &[0xc3, 0xc2, 1, 2]).is_err());
}

#[test]
fn lists_nest() {
    is_encoded_as(Message::List(vec![1, 2]), &[0xc3, 0xc2, 1, 2]);
    is_encoded_as(
        Message::Nested(vec![vec![], vec![vec![9, 9]]]),
        &[0xc6, 0xc5, 0xc0, 0xc3, 0x82, 9, 9],
    );
    round_trips(Message::Tuples(vec![(1, "one".into()), (2, "two".into())]));
    round_trips(Message::List((0..10_000).collect()));
}

#[test]
fn structs_are_lists_in_a_message() {
    let point = Point { x: 1, y: 2 };
    is_encoded_as(Message::Struct(point.clone()), &[0xc3, 0xc2, 1, 2]);
    round_trips(Message::Structs {
        points: vec![point.clone(), point.clone()],
        boxed: Box::new(point.clone()),
        shared: Arc::new(point),
    });
}

#[test]
fn a_raw_item_stays_as_it_is() {
    let raw = Raw::encode_from(&vec![1u64, 2]).unwrap();
    is_encoded_as(Message::Raw(raw), &[0xc3, 0xc2, 1, 2]);
}

#[test]
fn types_with_the_rlp_crates_traits_pass_through_the_bridge() {
    let foreign = Foreign {
        number: 7,
        text: "x".into(),
    };
    is_encoded_as(Message::Foreign(foreign.clone()), b"\xc3\xc2\x07x");
    is_encoded_as(
        Message::ForeignList(vec![foreign.clone(), foreign]),
        b"\xc7\xc6\xc2\x07x\xc2\x07x",
    );
    is_encoded_as(Message::ForeignList(vec![]), &[0xc1, 0xc0]);
    is_encoded_as(Message::ByHand { digits: Digits(42) }, b"\xc3\x8242");
}

#[test]
fn the_bridge_is_as_strict_as_the_codec() {
    // rlp-derive ignores the third item, and the encoding that comes back differs.
    assert!(decode::<Message>(18, b"\xc4\xc3\x07x\x01").is_err());
    assert!(decode::<Message>(19, b"\xc5\xc4\xc3\x07x\x01").is_err());
    // "7" is read as 7, which is written "07".
    let error = decode::<Message>(20, b"\xc17").unwrap_err().to_string();
    assert!(
        error.starts_with("message ByHand, field digits: "),
        "{error}"
    );
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "generic", version = 1)]
enum Generic<T, const N: usize>
where
    T: PartialEq,
{
    One(T),
    Many { items: Vec<T>, last: Option<T> },
    Array([u8; N]),
    Nested(Wrapper<T>),
}

#[derive(Debug, PartialEq, Rlp)]
struct Wrapper<T> {
    inner: Vec<T>,
}

#[test]
fn a_generic_enum_uses_what_it_is_given() {
    is_encoded_as(
        Generic::<u8, 2>::Many {
            items: vec![1, 2],
            last: None,
        },
        &[0xc3, 0x82, 1, 2],
    );
    is_encoded_as(
        Generic::<u16, 2>::Many {
            items: vec![1, 2],
            last: Some(3),
        },
        &[0xc4, 0xc2, 1, 2, 3],
    );
    is_encoded_as(Generic::<String, 2>::One("a".into()), b"\xc1a");
    is_encoded_as(Generic::<u16, 2>::Array([8, 9]), &[0xc3, 0x82, 8, 9]);
    is_encoded_as(
        Generic::<Point, 2>::Nested(Wrapper { inner: vec![] }),
        &[0xc2, 0xc1, 0xc0],
    );
    assert_eq!(Generic::<u8, 2>::LENGTH, 4);
}

/// A type with traits of ours by hand.
#[derive(Debug, PartialEq)]
struct Inverted(u8);

impl Encode for Inverted {
    fn length(&self) -> usize {
        (!self.0).length()
    }

    fn encode(&self, out: &mut p2p::rlp::Writer<'_>) {
        (!self.0).encode(out);
    }
}

impl Decode for Inverted {
    fn decode(reader: &mut p2p::rlp::Reader<'_>) -> Result<Self, p2p::rlp::Error> {
        u8::decode(reader).map(|byte| Self(!byte))
    }
}

#[test]
fn traits_by_hand_are_used() {
    #[derive(Debug, PartialEq, Protocol)]
    #[protocol(name = "local", version = 1)]
    enum Local {
        Value(Inverted),
        Values(Vec<Inverted>),
    }

    is_encoded_as(Local::Value(Inverted(0xfe)), &[0xc1, 0x01]);
    is_encoded_as(Local::Values(vec![Inverted(0xfe)]), &[0xc2, 0xc1, 0x01]);
}

#[test]
fn encoding_appends() {
    let mut bytes = vec![0xff];
    Message::Bool(true).encode(1, None, &mut bytes).unwrap();
    assert_eq!(bytes, [0xff, 0xc1, 0x01]);
}
