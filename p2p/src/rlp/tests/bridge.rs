//! The codec that a field gets, and the items that are refused for types of the rlp crate.

use ::rlp::{Decodable, DecoderError, Encodable, Rlp, RlpStream};
use rlp_derive::{RlpDecodable, RlpDecodableWrapper, RlpEncodable, RlpEncodableWrapper};

// As derived code has them, whether they are needed or not.
#[allow(unused_imports)]
use crate::__private::{
    Codec, PickAlloy as _, PickAlloyList as _, PickNone as _, PickOwn as _, PickRlp as _,
    PickRlpList as _, Tag,
};
use crate::rlp::bridge::NoCodec;
use crate::rlp::{Decode, Encode, EncodeError, Error, ErrorKind, Reader, Writer, encode};

macro_rules! codec {
    ($ty:ty) => {{
        fn field() -> impl Codec<$ty> {
            (&&&&&&Tag::<$ty>::NEW).__p2p_codec()
        }
        field()
    }};
}

fn write<T>(codec: &impl Codec<T>, value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = Writer::new(&mut bytes);
    codec.encode(value, &mut out);
    out.finish().unwrap();
    assert_eq!(codec.length(value), bytes.len());
    bytes
}

fn read<T>(codec: &impl Codec<T>, bytes: &[u8]) -> Result<T, ErrorKind> {
    let mut reader = Reader::new(bytes);
    let value = codec
        .decode(&mut reader)
        .map_err(|error| error.kind().clone())?;
    assert!(reader.is_empty());
    Ok(value)
}

/// By hand, as users of the rlp crate write it.
#[derive(Debug, Clone, PartialEq)]
struct Point {
    x: u64,
    y: u64,
}

impl Encodable for Point {
    fn rlp_append(&self, s: &mut RlpStream) {
        s.begin_list(2).append(&self.x).append(&self.y);
    }
}

impl Decodable for Point {
    fn decode(rlp: &Rlp<'_>) -> Result<Self, DecoderError> {
        Ok(Self {
            x: rlp.val_at(0)?,
            y: rlp.val_at(1)?,
        })
    }
}

#[derive(Debug, Clone, PartialEq, RlpEncodable, RlpDecodable)]
struct Line {
    name: String,
    from: Point,
    points: Vec<Point>,
}

#[derive(Debug, PartialEq, RlpEncodableWrapper, RlpDecodableWrapper)]
struct Numbers {
    all: Vec<u64>,
}

#[derive(Debug, PartialEq)]
struct Tree(Vec<Tree>);

impl Encodable for Tree {
    fn rlp_append(&self, s: &mut RlpStream) {
        s.append_list(&self.0);
    }
}

impl Decodable for Tree {
    fn decode(rlp: &Rlp<'_>) -> Result<Self, DecoderError> {
        rlp.as_list().map(Self)
    }
}

/// Has both pairs of traits, which write different bytes.
#[derive(Debug, PartialEq)]
struct Both;

impl Encodable for Both {
    fn rlp_append(&self, s: &mut RlpStream) {
        s.append_internal(&1u8);
    }
}

impl Decodable for Both {
    fn decode(_: &Rlp<'_>) -> Result<Self, DecoderError> {
        Ok(Self)
    }
}

impl Encode for Both {
    fn length(&self) -> usize {
        1
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.uint(2);
    }
}

impl Decode for Both {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.bytes().map(|_| Self)
    }
}

#[test]
fn our_own_traits_come_before_those_of_the_rlp_crate() {
    assert_eq!(write(&codec!(Both), &Both), [2]);
    assert_eq!(write(&codec!(Vec<Both>), &vec![Both]), [0xc1, 2]);
    assert_eq!(write(&codec!(Vec<u8>), &vec![1, 2]), [0x82, 1, 2]);
}

#[test]
#[allow(clippy::needless_borrow)]
fn types_without_traits_get_no_codec() {
    struct Unsuitable;
    type Alias = Option<u64>;
    type Points = Option<Point>;
    // `NoCodec` is a codec of nothing, so that a field of such a type doesn't compile.
    let _: [NoCodec; 4] = [
        (&&&&&&Tag::<Unsuitable>::NEW).__p2p_codec(),
        (&&&&&&Tag::<Vec<Unsuitable>>::NEW).__p2p_codec(),
        (&&&&&&Tag::<Alias>::NEW).__p2p_codec(),
        (&&&&&&Tag::<Points>::NEW).__p2p_codec(),
    ];
}

#[test]
fn a_generic_field_with_our_bounds_has_our_codec() {
    fn field<T: Encode + Decode>() -> impl Codec<Vec<T>> {
        (&&&&&&Tag::<Vec<T>>::NEW).__p2p_codec()
    }
    assert_eq!(write(&field::<u8>(), &vec![1, 2]), [0x82, 1, 2]);
    assert_eq!(write(&field::<u16>(), &vec![1, 2]), [0xc2, 1, 2]);
    assert_eq!(read(&field::<u16>(), &[0xc2, 1, 2]), Ok(vec![1, 2]));
}

#[test]
fn types_of_the_rlp_crate_and_lists_of_them_come_through() {
    let point = Point { x: 1, y: 1024 };
    let bytes = write(&codec!(Point), &point);
    assert_eq!(bytes, [0xc4, 1, 0x82, 4, 0]);
    assert_eq!(read(&codec!(Point), &bytes), Ok(point.clone()));

    let points = vec![point.clone(), Point { x: 0, y: 0 }];
    let bytes = write(&codec!(Vec<Point>), &points);
    assert_eq!(bytes, [0xc8, 0xc4, 1, 0x82, 4, 0, 0xc2, 0x80, 0x80]);
    assert_eq!(read(&codec!(Vec<Point>), &bytes), Ok(points.clone()));

    let line = Line {
        name: "a line".into(),
        from: point,
        points,
    };
    let bytes = write(&codec!(Line), &line);
    assert_eq!(bytes, &*::rlp::encode(&line));
    assert_eq!(read(&codec!(Line), &bytes), Ok(line));

    let numbers = Numbers {
        all: vec![1, 2, 300],
    };
    let bytes = write(&codec!(Numbers), &numbers);
    assert_eq!(bytes, encode(&numbers.all).unwrap());
    assert_eq!(read(&codec!(Numbers), &bytes), Ok(numbers));
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
fn items_that_the_rlp_crate_misreads_are_refused() {
    // An extra item, which the rlp crate ignores.
    let extra = read(&codec!(Point), &[0xc3, 1, 2, 3]);
    assert_eq!(extra, Err(ErrorKind::ForeignNonCanonical));
    // `[1, malformed]`, which it takes for `[1]`.
    let cut = read(&codec!(Numbers), &[0xc2, 1, 0x82]);
    assert_eq!(
        cut,
        Err(ErrorKind::UnexpectedEnd {
            needed: 3,
            available: 1
        })
    );
    // `c5 01`, which it takes for an empty list.
    let short = read(&codec!(Numbers), &[0xc5, 1]);
    assert_eq!(
        short,
        Err(ErrorKind::UnexpectedEnd {
            needed: 6,
            available: 2
        })
    );
    // A string, which it takes for an empty list.
    assert_eq!(
        read(&codec!(Numbers), &[0x80]),
        Err(ErrorKind::ForeignNonCanonical)
    );
    assert_eq!(
        read(&codec!(Vec<Point>), &[0x80]),
        Err(ErrorKind::ExpectedList)
    );
    // A long length that is less than 56, below the top.
    let size = read(&codec!(Tree), &[0xc3, 0xf8, 1, 0xc0]);
    assert_eq!(size, Err(ErrorKind::NonCanonicalSize));
    let byte = read(&codec!(Numbers), &[0xc2, 0x81, 1]);
    assert_eq!(byte, Err(ErrorKind::NonCanonicalByte));
    // Its own refusal.
    let zero = read(&codec!(Point), &[0xc2, 0, 1]);
    assert_eq!(
        zero,
        Err(ErrorKind::Foreign(DecoderError::RlpInvalidIndirection))
    );
}

#[test]
fn a_foreign_item_does_not_read_past_the_list_that_it_is_in() {
    let mut reader = Reader::new(&[0xc2, 0xc2, 1, 2]);
    let mut list = reader.list().unwrap();
    let error = codec!(Point).decode(&mut list);
    assert!(matches!(error, Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEnd { .. })));
}

#[test]
fn a_foreign_decoder_that_panics_on_cut_items_never_sees_one() {
    #[derive(Debug, PartialEq)]
    struct Picky(u64);

    impl Encodable for Picky {
        fn rlp_append(&self, s: &mut RlpStream) {
            s.append_internal(&self.0);
        }
    }

    impl Decodable for Picky {
        fn decode(rlp: &Rlp<'_>) -> Result<Self, DecoderError> {
            // Panics on `81`.
            if rlp.is_int() {
                rlp.as_val().map(Self)
            } else {
                Err(DecoderError::RlpIsTooShort)
            }
        }
    }

    let cut = ErrorKind::UnexpectedEnd {
        needed: 2,
        available: 1,
    };
    assert_eq!(read(&codec!(Picky), &[0x81]), Err(cut.clone()));
    assert_eq!(read(&codec!(Vec<Picky>), &[0xc1, 0x81]), Err(cut));
    assert_eq!(read(&codec!(Picky), &[0x81, 0x80]), Ok(Picky(0x80)));
}

#[test]
fn a_recursive_foreign_type_is_bounded_in_depth() {
    let bytes = super::nested(200_000);
    assert_eq!(read(&codec!(Tree), &bytes), Err(ErrorKind::TooDeep));
    assert_eq!(read(&codec!(Vec<Tree>), &bytes), Err(ErrorKind::TooDeep));
    assert!(read(&codec!(Tree), &super::nested(64)).is_ok());
    assert_eq!(
        read(&codec!(Tree), &super::nested(65)),
        Err(ErrorKind::TooDeep)
    );

    // A reader that allows more doesn't make the rlp crate recurse deeper.
    let mut reader = Reader::with_depth(&bytes, u16::MAX);
    assert_eq!(
        codec!(Tree).decode(&mut reader).unwrap_err().kind(),
        &ErrorKind::TooDeep
    );
    // A reader that allows less has its way.
    let four = super::nested(4);
    let mut reader = Reader::with_depth(&four, 3);
    assert_eq!(
        codec!(Tree).decode(&mut reader).unwrap_err().kind(),
        &ErrorKind::TooDeep
    );
}

#[test]
fn an_encode_error_of_our_own_type_comes_through_its_codec() {
    #[derive(Debug)]
    struct Failing;

    impl Encode for Failing {
        fn length(&self) -> usize {
            0
        }

        fn encode(&self, out: &mut Writer<'_>) {
            out.fail(EncodeError::NoneBeforeSome {
                ty: "Failing",
                field: "first",
            });
        }
    }

    impl Decode for Failing {
        fn decode(_: &mut Reader<'_>) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    let mut bytes = vec![9];
    let mut out = Writer::new(&mut bytes);
    codec!(Failing).encode(&Failing, &mut out);
    let expected = EncodeError::NoneBeforeSome {
        ty: "Failing",
        field: "first",
    };
    assert_eq!(out.finish(), Err(expected));
    assert_eq!(bytes, [9]);
}
