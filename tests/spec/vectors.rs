//! Examples of messages.

use p2p::protocol::{Code, RequestId};
use p2p::rlp::{self, Decode, Encode, Error, Reader, Shape, Shapes, Writer};
use p2p::spec::{Specification, VectorError};
use p2p::{Protocol, Rlp};

use super::Chat;

/// The examples of a message in a version.
fn examples<P: p2p::spec::Describe>(version: u64, name: &str) -> Vec<Vec<u8>> {
    let vectors = Specification::<P>::new().vectors(version).unwrap();
    let vectors = vectors.into_iter().filter(|vector| vector.message == name);
    vectors.map(|vector| vector.payload).collect()
}

#[test]
fn every_message_has_an_example_that_decodes() {
    for version in Chat::VERSIONS {
        let vectors = Specification::<Chat>::new()
            .vectors(version.number)
            .unwrap();
        for row in Chat::MESSAGES
            .iter()
            .filter(|row| row.is_in(version.number))
        {
            let of_row = vectors.iter().filter(|vector| vector.code == row.code);
            let of_row: Vec<_> = of_row.collect();
            assert!(!of_row.is_empty(), "{}", row.name);
            for vector in of_row {
                assert_eq!(vector.message, row.name);
                Chat::decode(version.number, vector.code, &vector.payload).unwrap();
            }
        }
    }
    assert_eq!(Specification::<Chat>::new().vectors(3), Ok(vec![]));
}

#[test]
fn there_are_a_smallest_and_a_typical_example() {
    let hello = [b"\xc1\x80".to_vec(), b"\xc8\x84text\x82\x01\x02".to_vec()];
    assert_eq!(examples::<Chat>(1, "Hello"), hello);
    assert_eq!(examples::<Chat>(4, "Bye"), [[0xc0]]);
    // A request begins with an id, and its list has two items.
    let [smallest, typical] = examples::<Chat>(1, "GetFiles").try_into().unwrap();
    assert_eq!(smallest, [0xc2, 0x80, 0xc0]);
    assert_eq!(
        RequestId::peek(&typical),
        Ok(RequestId(0x0102_0304_0506_0708))
    );
    let message = Chat::decode(1, Code(2), &typical).unwrap();
    assert!(matches!(message, Chat::GetFiles(hashes) if hashes.len() == 2));
}

#[test]
fn a_struct_within_itself_comes_to_an_end() {
    let [smallest, typical] = examples::<Chat>(2, "Folder").try_into().unwrap();
    assert_eq!(smallest, [0xc4, 0xc3, 0x80, 0xc0, 0xc0]);
    let Chat::Folder(folder) = Chat::decode(2, Code(4), &typical).unwrap() else {
        panic!("another message");
    };
    assert_eq!(folder.folders.len(), 2);
    assert!(folder.folders[0].folders.is_empty());
}

/// Without a shape.
#[derive(Debug, PartialEq)]
struct Even(u8);

impl Encode for Even {
    fn length(&self) -> usize {
        self.0.length()
    }

    fn encode(&self, out: &mut Writer<'_>) {
        self.0.encode(out);
    }
}

impl Decode for Even {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        u8::decode(reader).map(Self)
    }
}

/// With a wrong one.
#[derive(Debug, PartialEq)]
struct Wrong(u8);

impl Encode for Wrong {
    fn length(&self) -> usize {
        self.0.length()
    }

    fn encode(&self, out: &mut Writer<'_>) {
        self.0.encode(out);
    }
}

impl Decode for Wrong {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        u8::decode(reader).map(Self)
    }

    fn shape(_: &mut Shapes) -> Shape {
        Shape::FixedBytes(4)
    }
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "opaque", version = 1)]
enum Opaque {
    Own(Vec<Even>),
    Foreign(foreign::Header, Vec<foreign::Header>),
}

mod foreign {
    use rlp::{Decodable, DecoderError, Encodable, Rlp, RlpStream};

    /// With the rlp crate's traits.
    #[derive(Debug, PartialEq)]
    pub(super) struct Header(pub(super) u64);

    impl Encodable for Header {
        fn rlp_append(&self, stream: &mut RlpStream) {
            stream.begin_list(1).append(&self.0);
        }
    }

    impl Decodable for Header {
        fn decode(rlp: &Rlp<'_>) -> Result<Self, DecoderError> {
            rlp.val_at(0).map(Self)
        }
    }
}

#[test]
fn opaque_types_have_only_given_examples() {
    let spec = Specification::<Opaque>::new();
    assert_eq!(spec.vectors(1), Ok(vec![]));
    let document = spec.to_markdown();
    for part in [
        "No example: `Even` is opaque.",
        "No example: `foreign::Header` is opaque.",
        "`[foreign::Header, [foreign::Header, ...]]`",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }

    let header = || foreign::Header(5);
    let spec = spec.example(Opaque::Own(vec![Even(2)]));
    let spec = spec.example(Opaque::Foreign(header(), vec![header()]));
    let payloads = spec.vectors(1).unwrap().into_iter().map(|it| it.payload);
    let expected: [&[u8]; 2] = [&[0xc2, 0xc1, 2], &[0xc5, 0xc1, 5, 0xc2, 0xc1, 5]];
    assert!(payloads.eq(expected));
    assert!(spec.to_markdown().contains("Examples:\n\n    c2c102"));
}

#[test]
fn a_foreign_type_can_look_like_ours() {
    let spec = Specification::<Opaque>::new()
        .with_shape::<[u64; 1]>("foreign::Header")
        .with_shape::<u8>("Even");
    let vectors = spec.vectors(1).unwrap();
    let payloads: Vec<_> = vectors.into_iter().map(|it| it.payload).collect();
    assert_eq!(payloads[..2], [vec![0xc1, 0xc0], vec![0xc3, 0xc2, 1, 1]]);
    assert_eq!(payloads[2], [0xc3, 0xc1, 0x80, 0xc0]);
    assert!(spec.to_markdown().contains("`[[P64], [[P64], ...]]`"));
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "wrong", version = 1)]
enum Mistaken {
    Wrong(Wrong),
}

#[test]
fn a_wrong_shape_is_found_out() {
    let error = Specification::<Mistaken>::new().vectors(1).unwrap_err();
    assert!(matches!(error, VectorError::Refused { version: 1, .. }));
    assert_eq!(
        error.to_string(),
        "version 1 refuses the example c58400000000: message Wrong, field 0: leading zero in an integer; \
         give one with `Specification::example`, or correct the `Decode::shape` of the type"
    );
    // One that is given stands in for those that are refused.
    let spec = Specification::<Mistaken>::new().example(Mistaken::Wrong(Wrong(1)));
    assert_eq!(spec.vectors(1).unwrap()[0].payload, [0xc1, 1]);
}

#[derive(Debug, PartialEq, Rlp)]
struct Everything {
    small: u8,
    large: u128,
    yes: bool,
    pair: (u16, [u8; 3]),
    numbers: [u32; 2],
    boxed: Box<bool>,
    bytes: p2p_bytes::Bytes,
    shared: std::sync::Arc<Vec<[u8; 2]>>,
    none: [u64; 0],
}

use bytes as p2p_bytes;

#[test]
fn built_in_types_have_shapes() {
    let shape = |shape: Shape| format!("{shape:?}");
    let Shape::Struct(everything) = Everything::shape(&mut Shapes::new()) else {
        panic!("no struct");
    };
    let shapes: Vec<_> = everything
        .fields
        .iter()
        .map(|it| shape(it.shape.clone()))
        .collect();
    let expected = [
        "Uint { bits: 8 }",
        "Uint { bits: 128 }",
        "Bool",
        "Tuple([Uint { bits: 16 }, FixedBytes(3)])",
        "Array(Uint { bits: 32 }, 2)",
        "Bool",
        "Bytes",
        "List(FixedBytes(2))",
        "Array(Uint { bits: 64 }, 0)",
    ];
    assert_eq!(shapes, expected);
    assert_eq!(shape(rlp::Raw::shape(&mut Shapes::new())), "Raw");
    let _ = rlp::decode::<Everything>(&[]);
}
