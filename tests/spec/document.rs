//! The document of a protocol.

use p2p::protocol::{Code, DecodeError, EncodeError, Fields, MessageInfo, RequestId, Version};
use p2p::rlp::shape::{Bounds, Field, Struct};
use p2p::rlp::{self, Decode, Shapes};
use p2p::spec::{Describe, Description, SpecError, Specification};
use p2p::{Protocol, Rlp};

use super::Chat;

#[test]
fn the_document_is_the_one_in_the_file() -> Result<(), SpecError> {
    Specification::<Chat>::new().check_markdown("spec/chat.md")
}

#[test]
fn a_document_that_differs_names_the_line() {
    let path = std::env::temp_dir().join(format!("p2p-document-{}", std::process::id()));
    let document = Specification::<Chat>::new().to_markdown();
    let write = |text: &str| std::fs::write(&path, text).unwrap();
    let check = || Specification::<Chat>::new().check_markdown(&path);
    write(&document);
    check().unwrap();
    write(&document.replace("The first message.", "The last message."));
    let error = check().unwrap_err().to_string();
    assert!(
        error.contains(r#"expected "The first message.", found "The last message.""#),
        "{error}"
    );
    std::fs::remove_file(path).unwrap();
}

/// By hand, with bounds.
struct Numbers(Vec<u64>);

impl Protocol for Numbers {
    const NAME: &'static str = "numbers";
    const VERSIONS: &'static [Version] = &[Version {
        number: 1,
        length: 1,
    }];
    const MESSAGES: &'static [MessageInfo] = &[MessageInfo::new(Code(0), "Numbers")];

    fn info(&self) -> &'static MessageInfo {
        &Self::MESSAGES[0]
    }

    fn encode(&self, _: u64, _: Option<RequestId>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend(rlp::encode(&[&self.0]).unwrap());
        Ok(())
    }

    fn decode(_: u64, _: Code, payload: &[u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::open("Numbers", payload)?;
        let numbers: Vec<u64> = fields.next("numbers")?;
        fields.finish()?;
        // One at most.
        match numbers.as_slice() {
            [] | [_] => Ok(Self(numbers)),
            _ => Err(DecodeError::Message {
                message: "Numbers",
                cause: rlp::ErrorKind::TooManyItems.into(),
            }),
        }
    }
}

impl Describe for Numbers {
    fn describe() -> Description {
        let shapes = &mut Shapes::new();
        let bounds = Bounds::NONE.max_items(1).condition("in ascending order");
        let numbers = Field::new("numbers", <Vec<u64>>::shape(shapes));
        Description::new([Struct::new("Numbers").fields([numbers.docs("Some.").bounds(bounds)])])
    }
}

#[test]
fn bounds_are_told_and_kept() {
    let spec = Specification::<Numbers>::new();
    let document = spec.to_markdown();
    let told = "- `numbers`: Some. At most 1 item, in ascending order.";
    assert!(document.contains(told), "{document}");
    let typical = spec.vectors(1).unwrap().pop().unwrap();
    assert_eq!(typical.payload[..4], [0xca, 0xc9, 0x88, 1]);
}

#[derive(Protocol)]
#[protocol(name = "limits", version = 1)]
enum Limited {
    #[message(max_size = 1024, rate = "10/s", burst = 20, excess = "drop")]
    Get {
        /// How many.
        #[field(range(1..=1024), with = is_even)]
        count: u64,
        #[field(range(3..))]
        from: u8,
        #[field(range(..10))]
        to: Option<u8>,
    },
    #[message(rate = "5/min")]
    Found(
        #[field(max_items = 1)] Vec<u8x4>,
        #[field(max_len = 2)] String,
    ),
}

#[allow(non_camel_case_types)]
type u8x4 = [u8; 4];

fn is_even(count: &u64) -> Result<(), &'static str> {
    count.is_multiple_of(2).then_some(()).ok_or("odd")
}

#[test]
fn limits_of_the_derive_are_told_and_kept() {
    let get = || Limited::Get {
        count: 2,
        from: 3,
        to: None,
    };
    let spec = Specification::<Limited>::new();
    let error = spec.vectors(1).unwrap_err().to_string();
    assert!(error.contains("refuses the example"), "{error}");
    let spec = spec.example(get());
    let document = spec.to_markdown();
    for part in [
        "- `count`: How many. From 1 to 1024, checked by `is_even`.\n- `from`: At least 3.\n\
         - `to`: At most 9.\n\n\
         The payload has at most 1024 bytes, before it is compressed. At most 10 a second, and 20 at once; more are dropped.",
        "- Field 0: At most 1 item.\n- Field 1: At most 2 bytes.\n\n\
         At most 5 a minute; who sends more is disconnected.",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    let vectors = spec.vectors(1).unwrap();
    let payloads: Vec<_> = vectors.iter().map(|it| it.payload.as_slice()).collect();
    // The typical one has 1024, and the smallest, with 1, is refused.
    let expected: [&[u8]; 4] = [
        &[0xc5, 0x82, 4, 0, 3, 1],
        &[0xc2, 2, 3],
        &[0xc2, 0xc0, 0x80],
        b"\xc9\xc5\x84\x01\x02\x03\x04\x82te",
    ];
    assert_eq!(payloads, expected);
}

mod older {
    #[derive(p2p::Rlp)]
    pub(super) struct Item {
        pub(super) old: u8,
    }
}

#[derive(Rlp)]
struct Item {
    new: u8,
}

#[derive(Rlp)]
struct Pair<T> {
    item: T,
}

#[derive(Protocol)]
#[protocol(name = "twins", version = 1)]
enum Twins {
    Old(older::Item, Vec<older::Item>),
    New(Item),
    Pairs(Pair<u8>, /** The second. */ Pair<Item>),
    Alone(
        /// The only one.
        u8,
    ),
    #[doc = include_str!("included.md")]
    Included,
}

#[test]
fn structs_of_the_same_name_are_kept_apart() {
    let document = Specification::<Twins>::new().to_markdown();
    for part in [
        "`[Item, [Item, ...]]`",
        "`[Item2]`",
        "`[Pair, Pair2]`",
        "`Item = [old: P8]`",
        "`Item2 = [new: P8]`",
        "`Pair = [item: P8]`",
        "`Pair2 = [item: Item2]`",
        "`[Pair, Pair2]`\n\n- Field 1: The second.",
        "`[P8]`\n\n- The only one.",
    ] {
        assert!(document.contains(part), "{part}: {document}");
    }
    let _ = [
        Twins::Old(older::Item { old: 0 }, vec![]),
        Twins::New(Item { new: 0 }),
        Twins::Pairs(
            Pair { item: 0 },
            Pair {
                item: Item { new: 0 },
            },
        ),
        Twins::Included,
        Twins::Alone(0),
    ];
}

#[test]
fn documentation_may_be_included_from_a_file() {
    let document = Specification::<Twins>::new().to_markdown();
    let expected = "### Included (0x04)\n\n`[]`\n\nFrom a file.\n\n#### Below";
    assert!(document.contains(expected), "{document}");
}

mod trees {
    use p2p::Rlp;

    #[derive(Debug, Rlp)]
    pub(super) struct Tree {
        name: String,
        branches: Vec<Tree>,
    }
}

#[derive(Debug, Rlp)]
struct Tree {
    branches: Vec<Tree>,
}

#[test]
fn a_recursive_struct_is_named_by_its_section() {
    #[derive(Debug, Protocol)]
    #[protocol(name = "trees", version = 1)]
    enum Message {
        Trees(trees::Tree, Tree),
    }

    let document = Specification::<Message>::new().to_markdown();
    assert!(
        document.contains("`Tree = [name: text, branches: [Tree, ...]]`"),
        "{document}"
    );
    assert!(
        document.contains("`Tree2 = [branches: [Tree2, ...]]`"),
        "{document}"
    );
}
