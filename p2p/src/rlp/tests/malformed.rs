//! Bytes that are no canonical encoding: each rule, and each input on which other codecs failed.

use std::sync::Arc;

use bytes::Bytes;

use super::{nested, refusal};
use crate::rlp::{Decode, Encode, Error, ErrorKind, Raw, Reader, decode, encode};

const fn end(needed: usize, available: usize) -> ErrorKind {
    ErrorKind::UnexpectedEnd { needed, available }
}

#[test]
fn an_empty_input_is_no_item() {
    assert_eq!(refusal::<u64>(&[]), end(1, 0));
    assert_eq!(refusal::<Vec<u64>>(&[]), end(1, 0));
    assert_eq!(refusal::<String>(&[]), end(1, 0));
    assert_eq!(refusal::<(u8, u8)>(&[]), end(1, 0));
}

#[test]
fn an_item_that_is_cut_short_is_refused() {
    assert_eq!(refusal::<u8>(&[0x81]), end(2, 1));
    assert_eq!(refusal::<Vec<u8>>(&[0x83, 1, 2]), end(4, 3));
    assert_eq!(refusal::<Vec<u8>>(&[0xb8]), end(2, 1));
    assert_eq!(refusal::<Vec<u8>>(&[0xb9, 1]), end(3, 2));
    assert_eq!(refusal::<Vec<u8>>(&[0xb8, 56, 0]), end(58, 3));
    assert_eq!(
        refusal::<Vec<u8>>(&[0xc5, 1][..1]),
        ErrorKind::ExpectedString
    );
    assert_eq!(refusal::<Vec<u64>>(&[0xf9, 1]), end(3, 2));
}

#[test]
fn a_list_with_a_bad_item_is_refused() {
    assert_eq!(refusal::<Vec<u64>>(&[0xc5, 1]), end(6, 2));
    assert_eq!(refusal::<Vec<u64>>(&[0xc2, 1, 0x82]), end(3, 1));
    assert_eq!(
        refusal::<Vec<u64>>(&[0xc2, 1, 0x00]),
        ErrorKind::LeadingZero
    );
    assert_eq!(refusal::<Vec<Vec<u64>>>(&[0xc2, 0xc0, 0xc1]), end(2, 1));
}

#[test]
fn a_string_is_no_list_and_a_list_is_no_string() {
    assert_eq!(refusal::<Vec<u64>>(&[0x80]), ErrorKind::ExpectedList);
    assert_eq!(refusal::<Vec<u64>>(&[0x01]), ErrorKind::ExpectedList);
    assert_eq!(refusal::<[u64; 1]>(&[0x01]), ErrorKind::ExpectedList);
    assert_eq!(refusal::<(u8, u8)>(&[0x82, 1, 2]), ErrorKind::ExpectedList);
    assert_eq!(refusal::<u64>(&[0xc0]), ErrorKind::ExpectedString);
    assert_eq!(refusal::<u128>(&[0xc0]), ErrorKind::ExpectedString);
    assert_eq!(refusal::<bool>(&[0xc1, 1]), ErrorKind::ExpectedString);
    assert_eq!(refusal::<String>(&[0xc0]), ErrorKind::ExpectedString);
    assert_eq!(refusal::<Bytes>(&[0xc2, 1, 2]), ErrorKind::ExpectedString);
    assert_eq!(refusal::<Vec<u8>>(&[0xc2, 1, 2]), ErrorKind::ExpectedString);
    assert_eq!(refusal::<[u8; 2]>(&[0xc2, 1, 2]), ErrorKind::ExpectedString);
}

#[test]
fn nothing_reads_past_the_end_of_its_list() {
    // `c1 01 | 02 03` has one item, whatever follows.
    let bytes = [0xc1, 1, 2, 3];
    assert_eq!(refusal::<(u8, u8, u8)>(&bytes), ErrorKind::TooFewItems);
    let mut reader = Reader::new(&bytes);
    let mut list = reader.list().unwrap();
    assert_eq!(list.bytes().unwrap(), [1]);
    assert_eq!(list.bytes().unwrap_err().kind(), &ErrorKind::TooFewItems);
    assert_eq!(list.list().unwrap_err().kind(), &ErrorKind::TooFewItems);
    assert_eq!(list.item().unwrap_err().kind(), &ErrorKind::TooFewItems);
    assert_eq!(reader.remaining(), [2, 3]);
    // Neither does an item whose length reaches out of the list but not out of the input.
    assert_eq!(refusal::<(u32, u8)>(&[0xc2, 0x82, 1, 2]), end(3, 2));
    assert_eq!(refusal::<Vec<Vec<u8>>>(&[0xc1, 0x82, 1, 2]), end(3, 1));
}

#[test]
fn bytes_after_the_item_are_refused() {
    assert_eq!(refusal::<u8>(&[1, 2]), ErrorKind::TrailingBytes);
    assert_eq!(refusal::<Vec<u64>>(&[0xc1, 1, 2]), ErrorKind::TrailingBytes);
    assert_eq!(
        refusal::<(u8, u8)>(&[0xc2, 1, 2, 0x80]),
        ErrorKind::TrailingBytes
    );
}

#[test]
fn a_list_of_fixed_size_has_exactly_its_items() {
    assert_eq!(refusal::<(u8, u8)>(&[0xc1, 1]), ErrorKind::TooFewItems);
    assert_eq!(
        refusal::<(u8, u8)>(&[0xc3, 1, 2, 3]),
        ErrorKind::TooManyItems
    );
    assert_eq!(refusal::<[u16; 2]>(&[0xc1, 1]), ErrorKind::TooFewItems);
    assert_eq!(
        refusal::<[u16; 2]>(&[0xc3, 1, 2, 3]),
        ErrorKind::TooManyItems
    );
    assert_eq!(refusal::<[u16; 0]>(&[0xc1, 1]), ErrorKind::TooManyItems);
}

#[test]
fn an_array_of_bytes_has_exactly_its_length() {
    let wrong = |expected, found| ErrorKind::WrongLength { expected, found };
    assert_eq!(refusal::<[u8; 2]>(&[1]), wrong(2, 1));
    assert_eq!(refusal::<[u8; 2]>(&[0x83, 1, 2, 3]), wrong(2, 3));
    assert_eq!(refusal::<[u8; 1]>(&[0x80]), wrong(1, 0));
    assert_eq!(refusal::<[u8; 0]>(&[0]), wrong(0, 1));
    // From 56 bytes on, the first byte doesn't tell the length.
    let short = [&[0x80 + 60][..], &[1; 60]].concat();
    assert!(matches!(
        refusal::<[u8; 60]>(&short),
        ErrorKind::UnexpectedEnd { .. }
    ));
}

#[test]
fn a_header_before_a_small_byte_is_refused() {
    for byte in 0..0x80 {
        assert_eq!(refusal::<u64>(&[0x81, byte]), ErrorKind::NonCanonicalByte);
        assert_eq!(
            refusal::<Vec<u8>>(&[0x81, byte]),
            ErrorKind::NonCanonicalByte
        );
    }
    assert_eq!(refusal::<[u8; 1]>(&[0x81, 0]), ErrorKind::NonCanonicalByte);
    assert_eq!(refusal::<bool>(&[0x81, 1]), ErrorKind::NonCanonicalByte);
    assert_eq!(refusal::<Raw>(&[0x81, 1]), ErrorKind::NonCanonicalByte);
}

#[test]
fn a_length_that_is_not_in_its_shortest_form_is_refused() {
    for first in [0xb8, 0xf8] {
        for length in [0, 1, 55] {
            let bytes = [&[first, length][..], &[0x80; 55]].concat();
            assert_eq!(refusal::<Raw>(&bytes), ErrorKind::NonCanonicalSize);
        }
        let zero = [&[first + 1, 0, 56][..], &[0x80; 56]].concat();
        assert_eq!(refusal::<Raw>(&zero), ErrorKind::NonCanonicalSize);
        let zeros = [&[first + 7, 0, 0, 0, 0, 0, 0, 0, 60][..], &[0x80; 60]].concat();
        assert_eq!(refusal::<Raw>(&zeros), ErrorKind::NonCanonicalSize);
    }
}

#[test]
fn a_huge_length_neither_overflows_nor_allocates() {
    for first in [0xb8, 0xf8] {
        for width in 1..=8 {
            let bytes = [&[first + (width - 1)][..], &vec![0xff; usize::from(width)]].concat();
            let kind = refusal::<Raw>(&bytes);
            let declared = u64::MAX >> (64 - 8 * u32::from(width));
            let needed = usize::try_from(declared).unwrap_or(usize::MAX);
            let header = 1 + usize::from(width);
            assert_eq!(kind, end(needed.saturating_add(header), header));
        }
    }
    let bytes = [0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert!(matches!(
        refusal::<Vec<u64>>(&bytes),
        ErrorKind::UnexpectedEnd { .. }
    ));
    assert!(matches!(
        refusal::<Vec<[u64; 1000]>>(&bytes),
        ErrorKind::UnexpectedEnd { .. }
    ));
}

#[test]
fn leading_zeros_are_refused_in_every_integer() {
    fn check<T: Decode + std::fmt::Debug>() {
        assert_eq!(refusal::<T>(&[0]), ErrorKind::LeadingZero);
        assert_eq!(refusal::<T>(&[0x82, 0, 1]), ErrorKind::LeadingZero);
        assert_eq!(refusal::<T>(&[0x82, 0, 0xff]), ErrorKind::LeadingZero);
        // Before other items too.
        let behind = [[0xcc, 0x82, 0, 0xff].to_vec(), vec![0x80; 9]].concat();
        assert_eq!(refusal::<Vec<Box<T>>>(&behind), ErrorKind::LeadingZero);
        let behind = [[0xcc, 0x81, 0x7f].to_vec(), vec![0x80; 10]].concat();
        assert_eq!(refusal::<Vec<Box<T>>>(&behind), ErrorKind::NonCanonicalByte);
    }
    check::<u8>();
    check::<u16>();
    check::<u32>();
    check::<u64>();
    check::<u128>();
    check::<usize>();
}

#[test]
fn an_integer_that_is_too_wide_is_refused() {
    let wide = |bytes: usize| [&[0x80 + bytes as u8][..], &vec![1; bytes]].concat();
    let over = |bits| ErrorKind::Overflow { bits };
    assert_eq!(refusal::<u8>(&wide(2)), over(8));
    assert_eq!(refusal::<u16>(&wide(3)), over(16));
    assert_eq!(refusal::<u32>(&wide(5)), over(32));
    assert_eq!(refusal::<u64>(&wide(9)), over(64));
    assert_eq!(refusal::<usize>(&wide(9)), over(usize::BITS));
    assert_eq!(refusal::<u128>(&wide(17)), over(128));
    // Before other items too.
    let behind = [&[0xcf, 0x83, 1, 2, 3][..], &[0x80; 11]].concat();
    assert_eq!(refusal::<Vec<u16>>(&behind), over(16));
    assert_eq!(
        refusal::<u64>(&[&[0xb8, 56][..], &[1; 56]].concat()),
        over(64)
    );
}

#[test]
fn a_truth_value_is_nothing_but_80_or_01() {
    for byte in (0..0x80).filter(|byte| *byte != 1) {
        assert_eq!(refusal::<bool>(&[byte]), ErrorKind::InvalidBool);
    }
    assert_eq!(refusal::<bool>(&[0x81, 0x80]), ErrorKind::InvalidBool);
    assert_eq!(refusal::<bool>(&[0x82, 0, 1]), ErrorKind::InvalidBool);
}

#[test]
fn text_is_utf8() {
    assert_eq!(refusal::<String>(&[0x81, 0xff]), ErrorKind::InvalidUtf8);
}

#[derive(Debug, PartialEq)]
struct Tree(Vec<Tree>);

impl Encode for Tree {
    fn length(&self) -> usize {
        self.0.length()
    }

    fn encode(&self, out: &mut crate::rlp::Writer<'_>) {
        self.0.encode(out);
    }
}

impl Decode for Tree {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        Vec::decode(reader).map(Self)
    }
}

#[test]
fn nesting_is_bounded() {
    assert_eq!(refusal::<Tree>(&nested(200_000)), ErrorKind::TooDeep);
    assert_eq!(refusal::<Arc<Tree>>(&nested(65)), ErrorKind::TooDeep);
    let deepest = nested(64);
    let tree: Tree = decode(&deepest).unwrap();
    assert_eq!(encode(&tree).unwrap(), deepest);
    // Lists beside each other cost nothing.
    let wide: Vec<Tree> = decode(&encode(&vec![Vec::<u64>::new(); 1000]).unwrap()).unwrap();
    assert_eq!(wide.len(), 1000);
    let mut none = Reader::with_depth(&[0xc0], 0);
    assert_eq!(none.list().unwrap_err().kind(), &ErrorKind::TooDeep);
    assert_eq!(none.item().unwrap(), [0xc0]);
}

#[test]
fn a_list_of_a_type_that_reads_nothing_comes_to_an_end() {
    #[derive(Debug)]
    struct Nothing;

    impl Decode for Nothing {
        fn decode(_: &mut Reader<'_>) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    assert_eq!(refusal::<Vec<Nothing>>(&[0xc1, 1]), ErrorKind::TooManyItems);
}

#[test]
fn memory_for_a_list_is_bounded_by_its_bytes() {
    // One-byte items of a large type: what is reserved in advance is no more than the input has.
    let bytes = [&[0xf9, 0x10, 0x00][..], &[0xc0; 0x1000]].concat();
    let items: Vec<Vec<u64>> = decode(&bytes).unwrap();
    assert_eq!(items.len(), 0x1000);
    assert!(items.capacity() <= 2 * items.len());
    let hashes = encode(&vec![[7u8; 32]; 100]).unwrap();
    assert!(decode::<Vec<[u8; 32]>>(&hashes).unwrap().capacity() <= 104);
}

#[test]
fn a_refused_item_leaves_the_reader_where_it_was() {
    let bytes = [0x82, 0, 1];
    let mut reader = Reader::new(&bytes);
    assert!(reader.uint::<8>().is_err());
    assert!(reader.array::<3>().is_err());
    assert!(u64::decode(&mut reader).is_err());
    assert!(u16::decode(&mut reader).is_err());
    assert!(reader.list().is_err());
    assert_eq!(reader.bytes().unwrap(), [0, 1]);
}
