//! `#[derive(Rlp)]`.

use p2p::Rlp;
use p2p::rlp::{self, Decode, Encode};
use std::fmt::Debug;

#[track_caller]
fn is_encoded_as<T: Encode + Decode + Debug + PartialEq>(value: T, bytes: &[u8]) {
    assert_eq!(rlp::encode(&value).unwrap(), bytes);
    assert_eq!(value.length(), bytes.len());
    assert_eq!(rlp::decode(bytes), Ok(value));
}

#[derive(Debug, PartialEq, Rlp)]
struct Unit;

#[derive(Debug, PartialEq, Rlp)]
struct Newtype(u8);

#[derive(Debug, PartialEq, Rlp)]
#[rlp(transparent)]
struct Transparent(u8);

#[derive(Debug, PartialEq, Rlp)]
#[rlp(transparent)]
struct Named {
    inner: Vec<u8>,
}

#[derive(Debug, PartialEq, Rlp)]
struct Pair(u8, String);

#[derive(Debug, PartialEq, Rlp)]
struct Tree {
    value: u8,
    children: Vec<Self>,
}

#[derive(Debug, PartialEq, Rlp)]
struct Chain {
    next: Option<Box<Chain>>,
}

#[derive(Debug, PartialEq, Rlp)]
struct Generic<T, const N: usize> {
    items: [T; N],
}

#[derive(Debug, PartialEq, Rlp)]
#[rlp(trailing = "ignore")]
struct Lenient {
    value: u8,
}

#[derive(Debug, PartialEq, Rlp)]
#[rlp(trailing = "ignore")]
struct LenientUnit;

#[derive(Debug, PartialEq, Rlp)]
struct Raw {
    r#type: u8,
    self_: u8,
}

#[derive(Debug, PartialEq, rlp_derive::RlpEncodable, rlp_derive::RlpDecodable)]
struct Foreign {
    number: u64,
}

#[derive(Debug, PartialEq, Rlp)]
struct Bridged {
    one: Foreign,
    many: Vec<Foreign>,
    last: Option<Foreign>,
}

#[test]
fn a_struct_is_a_list_of_its_fields() {
    is_encoded_as(Unit, &[0xc0]);
    is_encoded_as(Newtype(5), &[0xc1, 5]);
    is_encoded_as(Pair(5, "a".into()), b"\xc2\x05a");
    is_encoded_as(
        Raw {
            r#type: 1,
            self_: 2,
        },
        &[0xc2, 1, 2],
    );
}

#[test]
fn a_transparent_struct_is_its_field() {
    is_encoded_as(Transparent(5), &[5]);
    is_encoded_as(Named { inner: vec![5, 6] }, &[0x82, 5, 6]);
    is_encoded_as(vec![Transparent(5), Transparent(6)], &[0xc2, 5, 6]);
    let error = rlp::decode::<Transparent>(&[0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Transparent.0: leading zero in an integer"
    );
}

#[test]
fn types_may_contain_themselves() {
    let leaf = |value| Tree {
        value,
        children: vec![],
    };
    let tree = Tree {
        value: 1,
        children: vec![leaf(2), leaf(3)],
    };
    is_encoded_as(tree, &[0xc8, 1, 0xc6, 0xc2, 2, 0xc0, 0xc2, 3, 0xc0]);
    is_encoded_as(
        Chain {
            next: Some(Box::new(Chain { next: None })),
        },
        &[0xc1, 0xc0],
    );
}

#[test]
fn nesting_without_end_is_refused() {
    // 5,000 lists in one another, each with the length of what is left.
    let mut bytes = vec![0xc0];
    for _ in 0..5_000 {
        let mut out = Vec::new();
        let mut writer = rlp::Writer::new(&mut out);
        writer.list(bytes.len());
        writer.raw(&bytes);
        writer.finish().unwrap();
        bytes = out;
    }
    let error = rlp::decode::<Chain>(&bytes).unwrap_err();
    assert_eq!(error.kind(), &rlp::ErrorKind::TooDeep);
}

#[test]
fn parameters_are_what_they_are_given() {
    is_encoded_as(Generic { items: [1u16, 2] }, &[0xc3, 0xc2, 1, 2]);
    is_encoded_as(Generic { items: [1u8, 2] }, &[0xc3, 0x82, 1, 2]);
}

#[test]
fn later_items_are_ignored_where_that_is_asked_for() {
    assert_eq!(rlp::decode(&[0xc3, 1, 2, 0xc0]), Ok(Lenient { value: 1 }));
    assert!(rlp::decode::<Lenient>(&[0xc1, 1, 2]).is_err());
    assert_eq!(rlp::decode(&[0xc2, 1, 2]), Ok(LenientUnit));
    assert_eq!(rlp::encode(&LenientUnit).unwrap(), [0xc0]);
    assert!(rlp::decode::<Newtype>(&[0xc2, 1, 2]).is_err());
}

#[test]
fn fields_may_have_the_rlp_crates_traits() {
    let foreign = |number| Foreign { number };
    is_encoded_as(
        Bridged {
            one: foreign(1),
            many: vec![foreign(2)],
            last: None,
        },
        &[0xc5, 0xc1, 1, 0xc2, 0xc1, 2],
    );
    is_encoded_as(
        Bridged {
            one: foreign(1),
            many: vec![],
            last: Some(foreign(3)),
        },
        &[0xc5, 0xc1, 1, 0xc0, 0xc1, 3],
    );
}

#[test]
fn an_error_names_the_innermost_struct_and_field() {
    let error = rlp::decode::<Tree>(&[0xc4, 1, 0xc2, 0xc1, 2]).unwrap_err();
    assert_eq!(error.location(), Some(("Tree", "children")));
    let error = rlp::decode::<Tree>(&[0xc5, 1, 0xc3, 0xc2, 0, 0xc0]).unwrap_err();
    assert_eq!(error.to_string(), "Tree.value: leading zero in an integer");
}
