//! Changes that a fingerprint shows, and changes that it does not.

use p2p::Rlp;
use p2p::spec::Specification;

/// The fingerprints of versions 1 and 2 of a protocol with these messages.
macro_rules! fingerprints {
    ($name:literal $(, length = $length:literal)?; $($messages:tt)*) => {{
        #[derive(p2p::Protocol)]
        #[protocol(name = $name, versions = 1..=2 $(, length = $length)?)]
        #[allow(dead_code)]
        enum Message { $($messages)* }
        let spec = Specification::<Message>::new();
        assert_eq!(spec.fingerprint(3), None);
        [1, 2].map(|version| spec.fingerprint(version).unwrap().to_string())
    }};
    ($($messages:tt)*) => { fingerprints!("test"; $($messages)*) };
}

fn base() -> [String; 2] {
    fingerprints! {
        #[message(code = 0)] Text(String),
        #[message(code = 1)] Block { number: u64, hash: [u8; 32], fee: Option<u64> },
        #[message(code = 2, reply = Blocks)] GetBlocks(u64),
        #[message(code = 3)] Blocks(Vec<Header>),
    }
}

#[derive(Rlp)]
#[allow(dead_code)]
struct Header {
    number: u64,
    parents: Vec<Header>,
}

#[test]
fn fingerprints_are_the_same_for_ever() {
    let expected = [
        "a1e6c2e287e8c6658209109e07a2fbf8ba7775e93bac62c568f422c6115bb8e9",
        "c9e7aa250eb42951fae4b42c83ca6d4ee721315b1b08aa832b9c2130e622308c",
    ];
    assert_eq!(base(), expected);
}

#[test]
fn names_and_documentation_do_not_count() {
    /// Documented, and named differently.
    #[derive(Rlp)]
    #[allow(dead_code)]
    struct Kopf(Number, Vec<Kopf>);

    #[derive(Rlp)]
    #[rlp(transparent)]
    struct Number(u64);

    #[derive(Rlp)]
    #[rlp(transparent)]
    struct Text(String);

    let other = fingerprints! {
        /// Some text.
        #[message(code = 0)] Words {
            /// A text.
            #[field(max_len = 100)]
            text: Box<Text>
        },
        #[message(code = 1)] Block(Number, [u8; 32], Option<Number>),
        // In another order.
        #[message(code = 3)] Headers { headers: std::sync::Arc<Vec<Kopf>> },
        #[message(code = 2, reply = Headers, timeout = "3s")] Ask(Number),
    };
    assert_eq!(other, base());
}

#[test]
fn arrays_tuples_and_structs_of_equal_items_match() {
    #[derive(Rlp)]
    #[allow(dead_code)]
    struct Three {
        a: u64,
        b: u64,
        c: u64,
    }
    let array = fingerprints! { #[message(code = 0)] A([u64; 3]), };
    assert_eq!(
        array,
        fingerprints! { #[message(code = 0)] A((u64, u64, u64)), }
    );
    assert_eq!(array, fingerprints! { #[message(code = 0)] A(Three), });
    let payload = fingerprints! { #[message(code = 0, transparent)] A(Three), };
    assert_eq!(
        payload,
        fingerprints! { #[message(code = 0)] A(u64, u64, u64), }
    );
    assert_ne!(payload, array);
}

#[test]
fn whatever_peers_can_tell_apart_counts() {
    let one = fingerprints! { #[message(code = 0)] A(u64, [u8; 32], Option<u64>), };
    for (what, other) in [
        (
            "the name",
            fingerprints! { "tset"; #[message(code = 0)] A(u64, [u8; 32], Option<u64>), },
        ),
        (
            "length",
            fingerprints! { "test", length = 2;
                #[message(code = 0)] A(u64, [u8; 32], Option<u64>),
            },
        ),
        (
            "code",
            fingerprints! { "test", length = 1; #[message(code = 0)] A(u64, [u8; 32], u64), },
        ),
        (
            "bits",
            fingerprints! { #[message(code = 0)] A(u32, [u8; 32], Option<u64>), },
        ),
        (
            "bytes",
            fingerprints! { #[message(code = 0)] A(u64, [u8; 20], Option<u64>), },
        ),
        (
            "any bytes",
            fingerprints! { #[message(code = 0)] A(u64, Vec<u8>, Option<u64>), },
        ),
        (
            "a list",
            fingerprints! { #[message(code = 0)] A(Vec<u64>, [u8; 32], Option<u64>), },
        ),
        (
            "order",
            fingerprints! { #[message(code = 0)] A([u8; 32], u64, Option<u64>), },
        ),
        (
            "optional",
            fingerprints! { #[message(code = 0)] A(u64, [u8; 32], u64), },
        ),
        (
            "one more",
            fingerprints! {
                #[message(code = 0)] A(u64, [u8; 32], Option<u64>, Option<u64>),
            },
        ),
        (
            "one less",
            fingerprints! { #[message(code = 0)] A(u64, [u8; 32]), },
        ),
        (
            "trailing",
            fingerprints! {
                #[message(code = 0, trailing = "ignore")] A(u64, [u8; 32], Option<u64>),
            },
        ),
        (
            "one more message",
            fingerprints! { "test", length = 2;
                #[message(code = 0)] A(u64, [u8; 32], Option<u64>),
                #[message(code = 1)] B,
            },
        ),
    ] {
        assert_ne!(one[0], other[0], "{what}");
        assert_ne!(one[1], other[1], "{what}");
    }

    let codes = fingerprints! { "test", length = 2; #[message(code = 0)] A(u64), };
    let other = fingerprints! { "test", length = 2; #[message(code = 1)] A(u64), };
    assert_ne!(codes, other);
    let list = fingerprints! { #[message(code = 0)] A(Vec<u64>), };
    let transparent = fingerprints! { #[message(code = 0, transparent)] A(Vec<u64>), };
    assert_ne!(list, transparent);
    let recursive = fingerprints! { #[message(code = 0)] A(Header), };
    let unrolled = fingerprints! { #[message(code = 0)] A((u64, Vec<Header>)), };
    assert_ne!(recursive, unrolled);
}

#[test]
fn requests_and_their_replies_count() {
    let none = fingerprints! {
        #[message(code = 0)] A(u64, u8),
        #[message(code = 1)] B(u64, u8),
        #[message(code = 2)] C(u64, u8),
    };
    let request = fingerprints! {
        #[message(code = 0, reply = B)] A(u8),
        #[message(code = 1)] B(u8),
        #[message(code = 2)] C(u64, u8),
    };
    let other = fingerprints! {
        #[message(code = 0, reply = C)] A(u8),
        #[message(code = 1)] B(u64, u8),
        #[message(code = 2)] C(u8),
    };
    assert_ne!(none, request);
    assert_ne!(request, other);
}

#[test]
fn each_version_has_its_own_fingerprint() {
    let [one, two] = base();
    assert_ne!(one, two, "the version counts");
    let [same, other] = fingerprints! { "test", length = 4;
        #[message(code = 0, until = 1)] Text(String),
        #[message(code = 0, since = 2)] Texts(Vec<String>),
        #[message(code = 1)] Block { number: u64, hash: [u8; 32], fee: Option<u64> },
        #[message(code = 2, reply = Blocks)] GetBlocks(u64),
        #[message(code = 3)] Blocks(Vec<Header>),
    };
    assert_eq!(same, one);
    assert_ne!(other, two);
}

#[test]
fn an_opaque_types_name_counts_as_written() {
    let one = fingerprints!(
        #[message(code = 0)]
        A(one::Opaque)
    );
    let other = fingerprints!(
        #[message(code = 0)]
        A(two::Opaque)
    );
    assert_ne!(one, other);
    let list = fingerprints!(#[message(code = 0)] A(Box<one::Opaque>));
    assert_eq!(one, list);
}

macro_rules! opaque {
    ($module:ident) => {
        mod $module {
            use p2p::rlp::{Decode, Encode, Error, Reader, Writer};

            pub(super) struct Opaque;

            impl Encode for Opaque {
                fn length(&self) -> usize {
                    1
                }

                fn encode(&self, out: &mut Writer<'_>) {
                    out.uint(1);
                }
            }

            impl Decode for Opaque {
                fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
                    u8::decode(reader).map(|_| Self)
                }
            }
        }
    };
}

opaque!(one);
opaque!(two);
