use proptest::prelude::*;

use super::*;

/// A block that declares `length` bytes, and `rest`.
fn declaring(mut length: u64, rest: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    while length >= 0x80 {
        block.push(length as u8 | 0x80);
        length >>= 7;
    }
    block.push(length as u8);
    block.extend_from_slice(rest);
    block
}

fn decompress(block: &[u8], limit: usize) -> Result<Vec<u8>, SnappyError> {
    let mut out = b"before".to_vec();
    let result = decompress_to(block, limit, &mut out);
    assert!(out.starts_with(b"before"));
    assert!(result.is_ok() || out.len() == 6, "an error leaves nothing");
    result.map(|()| out.split_off(6))
}

#[test]
fn a_bomb_takes_no_memory() {
    for (declared, limit) in [
        (u64::from(u32::MAX), MAX_PAYLOAD),
        (1 << 32, MAX_PAYLOAD),
        (1 << 34, MAX_PAYLOAD),
        (1 << 24, MAX_PAYLOAD),
        (101, 100),
    ] {
        let mut out = Vec::new();
        let block = declaring(declared, &[0, 7]);
        let refused = decompress_to(&block, limit, &mut out);
        let size = declared as usize;
        assert_eq!(refused, Err(SnappyError::TooLarge { size, limit }));
        assert_eq!(out.capacity(), 0);
    }
}

#[test]
fn an_impossible_length_takes_no_memory() {
    let mut out = Vec::new();
    let block = declaring(1 << 23, &[0; 100]);
    assert_eq!(
        decompress_to(&block, MAX_PAYLOAD, &mut out),
        Err(SnappyError::Corrupt)
    );
    assert_eq!(out.capacity(), 0);
}

#[test]
fn the_best_compression_stays_within_the_ratio() {
    let zeros = vec![0; MAX_PAYLOAD];
    let block = compress(&zeros).expect("it fits");
    assert!(
        zeros.len() > block.len() * (MAX_RATIO - 1),
        "{}",
        block.len()
    );
    assert_eq!(decompress(&block, MAX_PAYLOAD), Ok(zeros));
    // One literal byte, then copies of 64 bytes in three bytes each.
    let mut rest = vec![0, 7];
    rest.extend([0xfe, 1, 0].repeat(1000));
    assert_eq!(
        decompress(&declaring(64_001, &rest), MAX_PAYLOAD),
        Ok(vec![7; 64_001])
    );
}

#[test]
fn a_declared_length_that_is_not_met_is_refused() {
    for length in [0, 1, 3, 4] {
        let refused = decompress(&declaring(length, &[4, 7, 7]), 100);
        assert_eq!(refused, Err(SnappyError::Corrupt), "{length}");
    }
    assert_eq!(decompress(&declaring(2, &[4, 7, 7]), 2), Ok(vec![7, 7]));
    assert_eq!(decompress(&[], 100), Err(SnappyError::Corrupt));
    assert_eq!(decompress(&[0x80], 100), Err(SnappyError::Corrupt));
    let endless = declaring(u64::MAX, &[0, 7]);
    assert_eq!(decompress(&endless, 100), Err(SnappyError::Corrupt));
    assert_eq!(decompress(&[0], 100), Ok(vec![]));
}

#[test]
fn a_compressed_payload_holds_little_spare_memory() {
    for (payload, most) in [(vec![0; 1 << 20], 100_000), (vec![0; 100], 200)] {
        let block = compress(&payload).expect("it fits");
        assert!(block.capacity() <= 2 * block.len(), "{}", block.capacity());
        assert!(block.len() < most);
    }
}

#[test]
fn a_payload_over_the_limit_is_not_compressed() {
    let refused = compress(&vec![0; MAX_PAYLOAD + 1]);
    assert_eq!(
        refused,
        Err(SnappyError::TooLarge {
            size: MAX_PAYLOAD + 1,
            limit: MAX_PAYLOAD
        })
    );
}

proptest! {
    #[test]
    fn a_payload_comes_back(payload: Vec<u8>, times in 1_usize..100) {
        let payload = payload.repeat(times);
        let block = compress(&payload).expect("it fits");
        prop_assert_eq!(decompressed_length(&block, payload.len()), Ok(payload.len()));
        prop_assert_eq!(decompress(&block, payload.len()), Ok(payload));
    }

    #[test]
    fn the_prefix_of_a_payload_is_right(
        words in proptest::collection::vec(proptest::collection::vec(0_u8..3, 1..9), 0..40),
        length in 0_usize..100,
    ) {
        let payload = words.concat().repeat(3);
        let block = compress(&payload).expect("it fits");
        let mut space = vec![9; length];
        let filled = decompress_prefix(&block, &mut space);
        prop_assert_eq!(filled, length.min(payload.len()));
        prop_assert_eq!(&space[..filled], &payload[..filled]);
    }

    #[test]
    fn the_prefix_of_any_valid_block_is_right(block: Vec<u8>) {
        let mut space = [0; 18];
        let filled = decompress_prefix(&block, &mut space);
        if let Ok(plain) = decompress(&block, 1000) {
            prop_assert_eq!(&space[..filled], &plain[..plain.len().min(18)]);
        }
    }

    #[test]
    fn any_bytes_are_decompressed_within_the_limit(
        block: Vec<u8>,
        limit in 0_usize..1000,
    ) {
        if let Ok(plain) = decompress(&block, limit) {
            prop_assert!(plain.len() <= limit);
        }
    }
}
