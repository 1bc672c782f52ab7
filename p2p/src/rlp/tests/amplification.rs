//! Small encodings that become large values.

use super::super::memory::{ALLOCATION, most, within};
use super::super::*;
use crate::protocol::fields::Fields;

/// Bytes that encode a list of this payload.
fn list(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = Writer::new(&mut bytes);
    out.list(payload.len());
    out.raw(payload);
    out.finish().expect("no error");
    bytes
}

/// What a list of so many empty items takes.
fn taken<T>(items: usize) -> usize {
    items * size_of::<T>() + ALLOCATION
}

#[test]
fn items_far_larger_than_their_bytes_are_refused() {
    let empties = |count| list(&vec![0x80; count]);
    let fits = |count: usize| taken::<Vec<u8>>(count) <= most(empties(count).len());
    let largest = (0..).take_while(|count| fits(*count)).last();
    let largest = largest.expect("some");
    let decoded: Vec<Vec<u8>> = decode(&empties(largest)).expect("as much as is allowed");
    assert_eq!(decoded.len(), largest);
    assert_eq!(decoded.capacity(), largest);
    let error = decode::<Vec<Vec<u8>>>(&empties(largest + 1)).expect_err("beyond it");
    assert!(matches!(error.kind(), ErrorKind::TooMuchMemory { .. }));
}

#[test]
fn every_level_of_lists_is_charged() {
    let inner = list(&vec![0x80; 1000]);
    let many = list(&inner.repeat(100));
    let error = decode::<Vec<Vec<Vec<u8>>>>(&many).expect_err("100,000 empty items");
    assert!(matches!(error.kind(), ErrorKind::TooMuchMemory { .. }));
    // Another message has its own.
    for _ in 0..100 {
        decode::<Vec<Vec<u8>>>(&inner).expect("1,000 empty items");
    }
}

#[test]
fn a_message_takes_what_it_is_charged() {
    let decoded = |allowed| {
        let bytes = list(&[0x83, 1, 2, 3].repeat(10));
        within(allowed, || decode::<Vec<Vec<u8>>>(&bytes).map(drop))
    };
    let vector = 10 * size_of::<Vec<u8>>() + ALLOCATION;
    let expected = vector + 10 * (3 + ALLOCATION);
    assert_eq!(decoded(expected), (Ok(()), expected));
    let (error, taken) = decoded(expected - 1);
    let allowed = expected - 1;
    let error = error.expect_err("a byte too few");
    assert_eq!(error.kind(), &ErrorKind::TooMuchMemory { allowed });
    assert!(taken <= allowed);
}

#[test]
fn messages_decoded_side_by_side_share_the_allowance() {
    let inner = list(&vec![0x80; 20_000]);
    let payload = list(&inner);
    let open = || Fields::open("Side", &payload).expect("a list");
    let first = open();
    let mut second = open();
    drop(first);
    let items = second.next::<Vec<Vec<u8>>>("items");
    let error = items.map(|items| items.len()).expect_err("too many");
    let error = error.to_string();
    assert!(error.contains("bytes of memory"), "{error}");
    drop(second);
    // Without a message being decoded, there is no limit.
    let bare = Vec::<Vec<u8>>::decode(&mut Reader::new(&inner));
    assert_eq!(bare.map(|items| items.len()), Ok(20_000));
}

#[test]
fn numbers_of_a_byte_each_are_within_the_limit() {
    let numbers = list(&vec![1; 4_000_000]);
    assert_eq!(decode::<Vec<u64>>(&numbers).map(|n| n.len()), Ok(4_000_000));
}

/// A type of the rlp crate's, with a list inside.
#[derive(Debug)]
struct Foreign(Vec<Vec<u8>>);

impl ::rlp::Encodable for Foreign {
    fn rlp_append(&self, stream: &mut ::rlp::RlpStream) {
        stream.begin_list(self.0.len());
        for item in &self.0 {
            stream.append(item);
        }
    }
}

impl ::rlp::Decodable for Foreign {
    fn decode(rlp: &::rlp::Rlp<'_>) -> Result<Self, ::rlp::DecoderError> {
        rlp.as_list().map(Self)
    }
}

#[test]
fn lists_inside_types_of_the_rlp_crate_count_too() {
    use super::super::bridge::{Codec as _, PickRlp as _, PickRlpList as _, Tag};
    let decoded = |count: usize| {
        let _allowance = memory::Allowance::begin(0);
        let one = (&&&Tag::<Foreign>::NEW).__p2p_codec();
        let bytes = list(&vec![0x80; count]);
        one.decode(&mut Reader::new(&bytes))
            .map(|list: Foreign| list.0.len())
    };
    assert_eq!(decoded(5_000), Ok(5_000));
    let error = decoded(100_000).expect_err("3 MB of 100 kB");
    assert!(matches!(error.kind(), ErrorKind::TooMuchMemory { .. }));

    let decoded = |bytes: &[u8]| -> Result<Vec<Foreign>, Error> {
        let _allowance = memory::Allowance::begin(0);
        let many = (&&Tag::<Vec<Foreign>>::NEW).__p2p_codec();
        many.decode(&mut Reader::new(bytes))
    };
    let error = decoded(&list(&list(&[0x80; 1000]).repeat(100))).expect_err("as much");
    assert!(matches!(error.kind(), ErrorKind::TooMuchMemory { .. }));
    let justified = list(&list(&[0x83, 1, 2, 3].repeat(50)).repeat(100));
    assert!(decoded(&justified).is_ok());
}

#[test]
fn what_is_behind_a_pointer_counts_too() {
    type Lists = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);
    let four = list(&[0x80; 4]);
    let bytes = list(&four.repeat(30_000));
    for error in [
        decode::<Vec<Box<Lists>>>(&bytes).map(drop),
        decode::<Vec<std::sync::Arc<Lists>>>(&bytes).map(drop),
    ] {
        let error = error.expect_err("3 MB of 150 kB");
        assert!(matches!(error.kind(), ErrorKind::TooMuchMemory { .. }));
    }
}
