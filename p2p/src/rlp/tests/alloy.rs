//! The items that are accepted and refused for types of alloy-rlp.

use alloy_rlp::{BufMut, Decodable, Encodable};

// As derived code has them, whether they are needed or not.
#[allow(unused_imports)]
use crate::__private::{
    Codec, PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _, PickRlp as _,
    PickRlpList as _, Tag,
};
use crate::rlp::bridge::{AlloyCodec, AlloyListCodec, NoCodec, OwnCodec};
use crate::rlp::memory::{ALLOCATION, Allowance, most};
use crate::rlp::{Error, ErrorKind, Reader, Writer};

/// By hand, as careless as alloy-rlp lets one be: it does not look at the list's end.
#[derive(Debug, Clone, PartialEq)]
struct Point {
    x: u64,
    y: u64,
}

impl Point {
    fn header(&self) -> alloy_rlp::Header {
        alloy_rlp::Header {
            list: true,
            payload_length: self.x.length() + self.y.length(),
        }
    }
}

impl Encodable for Point {
    fn length(&self) -> usize {
        self.header().length_with_payload()
    }

    fn encode(&self, out: &mut dyn BufMut) {
        self.header().encode(out);
        self.x.encode(out);
        self.y.encode(out);
    }
}

impl Decodable for Point {
    fn decode(buf: &mut &[u8]) -> alloy_rlp::Result<Self> {
        alloy_rlp::Header::decode(buf)?;
        Ok(Self {
            x: u64::decode(buf)?,
            y: u64::decode(buf)?,
        })
    }
}

/// Reads a whole list, whatever is in it, and writes an empty one.
#[derive(Debug, PartialEq)]
struct Forgetful;

impl Encodable for Forgetful {
    fn encode(&self, out: &mut dyn BufMut) {
        out.put_u8(0xc0);
    }
}

impl Decodable for Forgetful {
    fn decode(buf: &mut &[u8]) -> alloy_rlp::Result<Self> {
        alloy_rlp::Header::decode_bytes(buf, true).map(|_| Self)
    }
}

#[derive(Debug, PartialEq)]
struct Tree(Vec<Tree>);

impl Encodable for Tree {
    fn length(&self) -> usize {
        self.0.length()
    }

    fn encode(&self, out: &mut dyn BufMut) {
        self.0.encode(out);
    }
}

impl Decodable for Tree {
    fn decode(buf: &mut &[u8]) -> alloy_rlp::Result<Self> {
        Vec::decode(buf).map(Self)
    }
}

/// A foreign type with many small items.
#[derive(Debug, PartialEq)]
struct Nested(Vec<Vec<u64>>);

impl Encodable for Nested {
    fn length(&self) -> usize {
        self.0.length()
    }

    fn encode(&self, out: &mut dyn BufMut) {
        self.0.encode(out);
    }
}

impl Decodable for Nested {
    fn decode(buf: &mut &[u8]) -> alloy_rlp::Result<Self> {
        Vec::decode(buf).map(Self)
    }
}

macro_rules! codec {
    ($ty:ty) => {{
        fn field() -> impl Codec<$ty> {
            (&&&&&&Tag::<$ty>::NEW).__p2p_codec()
        }
        field()
    }};
}

fn write<T>(codec: &impl Codec<T>, value: &T) -> Vec<u8> {
    let mut bytes = vec![9];
    let mut out = Writer::new(&mut bytes);
    codec.encode(value, &mut out);
    out.finish().unwrap();
    assert_eq!(bytes.remove(0), 9);
    assert_eq!(codec.length(value), bytes.len());
    bytes
}

fn read<T>(codec: &impl Codec<T>, bytes: &[u8]) -> Result<T, ErrorKind> {
    let _allowance = Allowance::begin(0);
    let mut reader = Reader::new(bytes);
    let value = codec
        .decode(&mut reader)
        .map_err(|error| error.kind().clone())?;
    assert!(reader.is_empty());
    Ok(value)
}

#[test]
#[allow(clippy::needless_borrow)]
fn our_traits_come_first_and_decode_lists() {
    // All of these have alloy-rlp's traits.
    let _: [OwnCodec; 4] = [
        (&&&&&&Tag::<u64>::NEW).__p2p_codec(),
        (&&&&&&Tag::<String>::NEW).__p2p_codec(),
        (&&&&&&Tag::<Vec<u8>>::NEW).__p2p_codec(),
        (&&&&&&Tag::<Vec<Vec<u64>>>::NEW).__p2p_codec(),
    ];
    let _: AlloyCodec = (&&&&&&Tag::<Point>::NEW).__p2p_codec();
    let _: [AlloyListCodec; 2] = [
        (&&&&&&Tag::<Vec<Point>>::NEW).__p2p_codec(),
        (&&&&&&Tag::<Vec<Vec<Point>>>::NEW).__p2p_codec(),
    ];
    type Points = Option<Point>;
    let _: NoCodec = (&&&&&&Tag::<Points>::NEW).__p2p_codec();
}

#[test]
fn types_of_alloy_rlp_and_lists_of_them_come_through() {
    let point = Point { x: 1, y: 1024 };
    let bytes = write(&codec!(Point), &point);
    assert_eq!(bytes, [0xc4, 1, 0x82, 4, 0]);
    assert_eq!(read(&codec!(Point), &bytes), Ok(point.clone()));

    let points = vec![point, Point { x: 0, y: 0 }];
    let bytes = write(&codec!(Vec<Point>), &points);
    assert_eq!(bytes, alloy_rlp::encode(&points));
    assert_eq!(read(&codec!(Vec<Point>), &bytes), Ok(points.clone()));

    let bytes = write(&codec!(Vec<Vec<Point>>), &vec![points.clone(), vec![]]);
    assert_eq!(bytes[bytes.len() - 1], 0xc0);
    assert_eq!(
        read(&codec!(Vec<Vec<Point>>), &bytes),
        Ok(vec![points, vec![]])
    );
}

#[test]
fn what_follows_the_item_stays_in_the_reader() {
    let mut reader = Reader::new(&[0xc2, 1, 2, 0xc2, 3, 4, 5]);
    let codec = codec!(Point);
    assert_eq!(codec.decode(&mut reader), Ok(Point { x: 1, y: 2 }));
    assert_eq!(codec.decode(&mut reader), Ok(Point { x: 3, y: 4 }));
    assert_eq!(reader.remaining(), [5]);
}

#[test]
fn items_that_the_type_reads_wrongly_are_refused() {
    // An item too many, which the type does not see.
    assert_eq!(
        read(&codec!(Point), &[0xc3, 1, 2, 3]),
        Err(ErrorKind::AlloyUnread { left: 1 })
    );
    // An item that it does not keep.
    assert_eq!(
        read(&codec!(Forgetful), &[0xc1, 1]),
        Err(ErrorKind::AlloyNonCanonical)
    );
    // A list that is too short for the type, which would read on in what follows.
    let mut reader = Reader::new(&[0xc1, 1, 2]);
    let error = codec!(Point).decode(&mut reader).unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Alloy(alloy_rlp::Error::InputTooShort)
    );
    assert_eq!(reader.remaining(), [0xc1, 1, 2]);
    // A string, which it takes for a list.
    assert_eq!(
        read(&codec!(Point), &[0x82, 1, 2]),
        Err(ErrorKind::AlloyNonCanonical)
    );
    assert_eq!(
        read(&codec!(Vec<Point>), &[0x80]),
        Err(ErrorKind::ExpectedList)
    );
    // Its own refusal.
    let error = read(&codec!(Point), &[0xc2, 0, 1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the type's alloy_rlp::Decodable refused it: leading zero"
    );
}

#[test]
fn malformed_structure_is_refused_before_the_type_sees_it() {
    assert_eq!(
        read(&codec!(Forgetful), &[0xc1, 0x82]),
        Err(ErrorKind::UnexpectedEnd {
            needed: 3,
            available: 1
        })
    );
    assert_eq!(
        read(&codec!(Forgetful), &[0xc2, 0x81, 1]),
        Err(ErrorKind::NonCanonicalByte)
    );
    let mut reader = Reader::new(&[0xc2, 0xc2, 1, 2]);
    let mut list = reader.list().unwrap();
    let error: Result<Point, Error> = codec!(Point).decode(&mut list);
    assert!(matches!(error, Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEnd { .. })));
}

#[test]
fn a_recursive_type_is_bounded_in_depth() {
    let bytes = super::nested(200_000);
    assert_eq!(read(&codec!(Tree), &bytes), Err(ErrorKind::TooDeep));
    assert_eq!(read(&codec!(Vec<Tree>), &bytes), Err(ErrorKind::TooDeep));
    assert!(read(&codec!(Tree), &super::nested(64)).is_ok());
    let mut reader = Reader::with_depth(&bytes, u16::MAX);
    let error = codec!(Tree).decode(&mut reader).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::TooDeep);
}

#[test]
fn small_items_within_a_type_are_charged() {
    let too_much = ErrorKind::TooMuchMemory { allowed: most(0) };
    let list = |count: usize| {
        let mut bytes = Vec::new();
        let mut out = Writer::new(&mut bytes);
        out.list(count);
        out.raw(&vec![0xc0; count]);
        out.finish().unwrap();
        bytes
    };
    let most = most(0) / (size_of::<String>() + ALLOCATION + 1);
    assert!(read(&codec!(Nested), &list(most - 1)).is_ok());
    let error = read(&codec!(Nested), &list(most + 10)).unwrap_err();
    assert_eq!(error, too_much);
    // A value without a list in it takes no more than the struct that it stands in.
    #[allow(clippy::needless_borrow)]
    let zero: AlloyCodec = (&&&&&&Tag::<std::num::NonZeroU8>::NEW).__p2p_codec();
    let mut reader = Reader::new(&[1; 100_000]);
    let allowance = Allowance::begin(0);
    while !reader.is_empty() {
        let _: std::num::NonZeroU8 = zero.decode(&mut reader).unwrap();
    }
    drop(allowance);
    // All the values of a message together.
    let _allowance = Allowance::begin(0);
    let half = list(most * 2 / 3);
    let twice = [half.clone(), half].concat();
    let mut reader = Reader::new(&twice);
    assert!(codec!(Nested).decode(&mut reader).is_ok());
    let error = codec!(Nested).decode(&mut reader).unwrap_err();
    assert_eq!(error.kind(), &too_much);
}
