//! Small encodings that become large values.

use super::super::memory::ALLOWANCE;
use super::super::*;

/// Bytes that encode a list of this payload.
fn list(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = Writer::new(&mut bytes);
    out.list(payload.len());
    out.raw(payload);
    out.finish().expect("no error");
    bytes
}

#[test]
fn items_that_take_far_more_memory_than_bytes_are_refused() {
    let empties = |count| list(&vec![0x80; count]);
    let excess = size_of::<Vec<u8>>() - 8;
    let most = ALLOWANCE / excess;
    let decoded: Vec<Vec<u8>> = decode(&empties(most)).expect("within the allowance");
    assert_eq!(decoded.len(), most);
    let error = decode::<Vec<Vec<u8>>>(&empties(most + 1)).expect_err("beyond it");
    assert!(matches!(error.kind(), ErrorKind::TooMuchMemory { .. }));
}

#[test]
fn the_allowance_is_one_for_all_lists_of_a_message() {
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
fn values_that_are_as_large_as_their_bytes_are_not_limited() {
    let numbers = list(&vec![1; 4_000_000]);
    assert_eq!(decode::<Vec<u64>>(&numbers).map(|n| n.len()), Ok(4_000_000));
}
