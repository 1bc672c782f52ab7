//! Items that are kept as their bytes.

use super::refusal;
use crate::rlp::{ErrorKind, Raw, decode, encode};

#[test]
fn a_raw_item_is_written_as_it_came() {
    let bytes = [0xc5, 1, 0xc1, 2, 0x81, 0xff];
    let raw: Raw = decode(&bytes).unwrap();
    assert_eq!(raw.as_bytes(), bytes);
    assert_eq!(encode(&raw).unwrap(), bytes);
    assert_eq!(encode(&vec![raw.clone(), raw]).unwrap()[1..7], bytes);
}

#[test]
fn a_raw_item_takes_one_item_of_a_list() {
    let raws: Vec<Raw> = decode(&[0xc5, 1, 0xc1, 2, 0x81, 0xff]).unwrap();
    let parts: Vec<&[u8]> = raws.iter().map(Raw::as_bytes).collect();
    assert_eq!(parts, [&[1][..], &[0xc1, 2], &[0x81, 0xff]]);
}

#[test]
fn exactly_one_canonical_item_is_a_raw_item() {
    let kind = |bytes: &[u8]| Raw::new(bytes.to_vec()).unwrap_err().kind().clone();
    assert!(Raw::new(vec![0xc1, 0]).is_ok());
    assert_eq!(
        kind(&[]),
        ErrorKind::UnexpectedEnd {
            needed: 1,
            available: 0
        }
    );
    assert_eq!(kind(&[1, 2]), ErrorKind::TrailingBytes);
    assert_eq!(
        kind(&[0xc2, 1]),
        ErrorKind::UnexpectedEnd {
            needed: 3,
            available: 2
        }
    );
    assert_eq!(kind(&[0x81, 1]), ErrorKind::NonCanonicalByte);
    assert_eq!(kind(&[0xf8, 0]), ErrorKind::NonCanonicalSize);
    assert_eq!(refusal::<Raw>(&[0xb8, 1, 1]), ErrorKind::NonCanonicalSize);
}

#[test]
fn a_raw_item_decodes_strictly() {
    // Its content is looked at only now.
    let raw = Raw::new(vec![0xc2, 1, 0x82]).unwrap();
    let error = raw.decode::<Vec<u64>>().unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::UnexpectedEnd {
            needed: 3,
            available: 1
        }
    );
    assert_eq!(
        Raw::encode_from("dog").unwrap().decode::<String>().unwrap(),
        "dog"
    );
}

#[test]
fn a_raw_item_shows_its_first_bytes() {
    assert_eq!(
        format!("{:?}", Raw::encode_from("dog").unwrap()),
        "Raw(83646f67)"
    );
    let long = format!("{:?}", Raw::encode_from(&[1u8; 50]).unwrap());
    assert_eq!(long, format!("Raw(b2{}.., 51 bytes)", "01".repeat(31)));
}
