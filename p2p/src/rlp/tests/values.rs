//! Values and their bytes, and the two ends by hand.

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;

use crate::rlp::{Decode, Encode, EncodeError, Error, ErrorKind, Reader, Writer};
use crate::rlp::{decode, encode, list_length};

#[track_caller]
fn same<T: Encode + Decode + PartialEq + Debug>(value: &T, bytes: &[u8]) {
    assert_eq!(encode(value).unwrap(), bytes);
    assert_eq!(value.length(), bytes.len());
    assert_eq!(&decode::<T>(bytes).unwrap(), value);
}

#[test]
fn the_examples_of_the_yellow_paper_hold() {
    same(&"dog".to_owned(), b"\x83dog");
    same(
        &vec!["cat".to_owned(), "dog".to_owned()],
        b"\xc8\x83cat\x83dog",
    );
    same(&String::new(), &[0x80]);
    same(&Vec::<u64>::new(), &[0xc0]);
    same(&15u64, &[0x0f]);
    same(&1024u64, &[0x82, 4, 0]);
    type Nested = Vec<Vec<Vec<u64>>>;
    let nested: Nested = vec![vec![], vec![vec![]]];
    same(&nested, &[0xc3, 0xc0, 0xc1, 0xc0]);
    let text = "Lorem ipsum dolor sit amet, consectetur adipisicing elit";
    same(&text.to_owned(), &[&[0xb8, 0x38], text.as_bytes()].concat());
}

#[test]
fn integers_have_no_leading_zeros() {
    same(&0u8, &[0x80]);
    same(&0x7fu8, &[0x7f]);
    same(&0x80u8, &[0x81, 0x80]);
    same(&u8::MAX, &[0x81, 0xff]);
    same(&0x100u16, &[0x82, 1, 0]);
    same(&u32::MAX, &[0x84, 255, 255, 255, 255]);
    same(&u64::MAX, &[&[0x88][..], &[255; 8]].concat());
    same(&usize::MAX, &encode(&(usize::MAX as u128)).unwrap());
    same(&0u128, &[0x80]);
    same(&(1u128 << 64), &[0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    same(&u128::MAX, &[&[0x90][..], &[255; 16]].concat());
}

#[test]
fn a_truth_value_is_an_integer_of_zero_or_one() {
    same(&false, &[0x80]);
    same(&true, &[0x01]);
}

#[test]
fn bytes_are_a_string_by_type() {
    type Alias = Vec<u8>;
    same(&Alias::from([1, 2]), &[0x82, 1, 2]);
    same(&vec![0u8], &[0]);
    same(&[0u8; 1], &[0]);
    same(&[0x80u8], &[0x81, 0x80]);
    same(&[0u8; 0], &[0x80]);
    same(&[7u8; 60], &[&[0xb8, 60][..], &[7; 60]].concat());
    same(&Bytes::from_static(&[1, 2]), &[0x82, 1, 2]);
    same(&vec![vec![1u8], vec![]], &[0xc2, 1, 0x80]);
    assert_eq!(encode(&[1u8, 2][..]).unwrap(), [0x82, 1, 2]);
    assert_eq!(encode(&&[1u8, 2][..]).unwrap(), [0x82, 1, 2]);
}

#[test]
fn other_sequences_are_lists() {
    same(&vec![1u16, 2], &[0xc2, 1, 2]);
    same(&[1u16, 2], &[0xc2, 1, 2]);
    same(&[[1u8; 2]; 2], &[0xc6, 0x82, 1, 1, 0x82, 1, 1]);
    same(&(1u8, 2u64), &[0xc2, 1, 2]);
    same(&(1u8, "a".to_owned(), true), &[0xc3, 1, b'a', 1]);
    same(
        &(1u8, vec![9u8], vec![9u16], 0u128),
        &[0xc5, 1, 9, 0xc1, 9, 0x80],
    );
    same(
        &vec![300u64; 30],
        &[&[0xf8, 90][..], &[0x82, 1, 44].repeat(30)].concat(),
    );
    assert_eq!(encode(&[1u16, 2][..]).unwrap(), [0xc2, 1, 2]);
}

#[test]
fn pointers_are_what_they_point_to() {
    same(&Box::new(1024u64), &[0x82, 4, 0]);
    same(&Arc::new(vec![1u64]), &[0xc1, 1]);
    same(&vec![Box::new(1u8)], &[0xc1, 1]);
    assert_eq!(encode(&Arc::<str>::from("dog")).unwrap(), b"\x83dog");
    assert_eq!(encode(&&"dog").unwrap(), b"\x83dog");
}

#[test]
fn lengths_change_form_at_56_and_256_bytes() {
    for length in [0, 1, 2, 55, 56, 57, 255, 256, 65_535, 65_536, 1 << 20] {
        let string = vec![0xffu8; length];
        let bytes = encode(&string).unwrap();
        assert_eq!(bytes.len(), string.length());
        assert_eq!(decode::<Vec<u8>>(&bytes).unwrap(), string);
        let list = vec![1u64; length];
        let bytes = encode(&list).unwrap();
        assert_eq!(bytes.len(), list_length(length));
        assert_eq!(decode::<Vec<u64>>(&bytes).unwrap(), list);
    }
    assert_eq!(
        (list_length(55), list_length(56), list_length(256)),
        (56, 58, 259)
    );
    assert_eq!(list_length(usize::MAX), usize::MAX);
}

#[test]
fn a_list_header_reserves_room_for_the_whole_list() {
    let mut bytes = Vec::new();
    Writer::new(&mut bytes).list(900);
    assert!(bytes.capacity() >= 903);
    // But not for a length that no message can have.
    let mut bytes = Vec::new();
    Writer::new(&mut bytes).list(usize::MAX);
    assert!(bytes.capacity() < 1 << 25);
}

#[test]
fn a_failed_writer_removes_only_what_it_appended() {
    let mut bytes = vec![0xaa];
    let mut out = Writer::new(&mut bytes);
    out.list(6);
    out.bytes(b"ab");
    out.uint(5);
    out.raw(&[0xc1, 1]);
    out.finish().unwrap();
    assert_eq!(bytes, [0xaa, 0xc6, 0x82, b'a', b'b', 5, 0xc1, 1]);

    let first = EncodeError::NoneBeforeSome {
        ty: "Status",
        field: "fork",
    };
    let mut out = Writer::new(&mut bytes);
    out.uint(1);
    out.fail(first.clone());
    out.fail(EncodeError::NoneBeforeSome {
        ty: "Status",
        field: "other",
    });
    out.uint(2);
    assert_eq!(out.finish(), Err(first));
    assert_eq!(bytes.len(), 8);
}

#[test]
fn a_reader_goes_forward_item_by_item() {
    let bytes = [0xc8, 1, 0x82, 4, 0, 0xc1, 2, 0x81, 0x80];
    let mut reader = Reader::new(&bytes);
    assert!(reader.is_list());
    let mut list = reader.list().unwrap();
    assert_eq!(
        (list.count().unwrap(), list.depth()),
        (4, Reader::DEPTH - 1)
    );
    assert!(!list.is_list());
    assert_eq!(list.bytes().unwrap(), [1]);
    assert_eq!(list.uint().map(u32::from_be_bytes), Ok(1024));
    assert_eq!(list.clone().item().unwrap(), [0xc1, 2]);
    assert_eq!(list.list().unwrap().remaining(), [2]);
    assert_eq!(list.item().unwrap(), [0x81, 0x80]);
    assert!(list.is_empty() && reader.is_empty());
    assert_eq!((list.finish(), reader.finish()), (Ok(()), Ok(())));
}

#[test]
fn an_error_tells_its_innermost_place() {
    let error = Error::from(ErrorKind::LeadingZero);
    assert_eq!(
        (error.to_string(), error.location()),
        ("leading zero in an integer".into(), None)
    );
    let error = error.at("Header", "number").at("Block", "header");
    assert_eq!(
        error.to_string(),
        "Header.number: leading zero in an integer"
    );
    assert_eq!(error.location(), Some(("Header", "number")));
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}
