//! Limits of fields, on the way in and on the way out.

use super::super::*;

const ITEMS: Limits<Vec<u64>> = Limits::new().max_items(3);
const BYTES: Limits<Vec<u8>> = Limits::new().max_len(4);
const COUNT: Limits<u64> = Limits::new().check(|count| in_range(count, 1..=1024));

/// The kind of error with which a limit refuses these bytes.
#[track_caller]
fn refused<T: Decode + std::fmt::Debug>(limits: &Limits<T>, bytes: &[u8]) -> ErrorKind {
    let error = limits.decode(&mut Reader::new(bytes)).unwrap_err();
    error.kind().clone()
}

/// The result of writing a value with a limit.
fn written<T: Encode>(limits: &Limits<T>, value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = vec![7];
    let mut out = Writer::new(&mut bytes);
    limits.encode(value, "Type", "field", &mut out);
    out.finish()?;
    Ok(bytes.split_off(1))
}

#[test]
fn a_list_has_at_most_so_many_items() {
    let three = encode(&vec![1_u64, 2, 3]).unwrap();
    assert_eq!(ITEMS.decode(&mut Reader::new(&three)), Ok(vec![1, 2, 3]));
    let four = encode(&vec![1_u64, 2, 3, 4]).unwrap();
    let limit = ErrorKind::MaxItems { limit: 3, found: 4 };
    assert_eq!(refused(&ITEMS, &four), limit);
    assert_eq!(written(&ITEMS, &vec![1, 2, 3]), Ok(three));
    let refused = written(&ITEMS, &vec![0; 100]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Type.field: a list has 4 items or more, at most 3 are allowed"
    );
}

#[test]
fn counting_stops_at_the_limit_and_before_anything_is_decoded() {
    // The fifth item is malformed, and so is the first as a number.
    let bytes = [0xc6, 0x00, 1, 2, 3, 0x81, 0x01];
    assert!(matches!(
        refused(&ITEMS, &bytes),
        ErrorKind::MaxItems { .. }
    ));
    assert_eq!(refused(&ITEMS, &bytes[..1]), {
        ErrorKind::UnexpectedEnd {
            needed: 7,
            available: 1,
        }
    });
    assert_eq!(refused(&ITEMS, &[0x80]), ErrorKind::ExpectedList);
}

#[test]
fn a_byte_string_has_at_most_so_many_bytes() {
    let four = encode(&vec![9_u8; 4]).unwrap();
    assert_eq!(BYTES.decode(&mut Reader::new(&four)), Ok(vec![9; 4]));
    assert_eq!(written(&BYTES, &vec![9; 4]), Ok(four));
    let five = encode(&vec![9_u8; 5]).unwrap();
    let limit = ErrorKind::MaxLength { limit: 4, found: 5 };
    assert_eq!(refused(&BYTES, &five), limit);
    assert_eq!(refused(&BYTES, &[0xc0]), ErrorKind::ExpectedString);
    let refused = written(&BYTES, &vec![0; 5]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Type.field: a byte string has 5 bytes, at most 4 are allowed"
    );
}

#[test]
fn what_a_limit_refuses_leaves_nothing_in_the_buffer() {
    let mut bytes = vec![7];
    let mut out = Writer::new(&mut bytes);
    out.list(9);
    BYTES.encode(&vec![1; 8], "Type", "field", &mut out);
    assert!(out.finish().is_err());
    assert_eq!(bytes, [7]);
}

#[test]
fn a_missing_item_is_an_error_when_read() {
    let empty = Reader::new(&[]);
    assert_eq!(empty.limit_items(0), Ok(()));
    assert_eq!(empty.limit_len(0), Ok(()));
    assert_eq!(
        refused(&ITEMS, &[]),
        ErrorKind::UnexpectedEnd {
            needed: 1,
            available: 0
        }
    );
}

#[test]
fn a_number_is_in_its_range() {
    for number in [1_u64, 2, 1024] {
        let bytes = encode(&number).unwrap();
        assert_eq!(COUNT.decode(&mut Reader::new(&bytes)), Ok(number));
        assert_eq!(written(&COUNT, &number), Ok(bytes));
    }
    for found in [0_u64, 1025, u64::MAX] {
        let limit = ErrorKind::OutOfRange {
            min: 1,
            max: 1024,
            found: found.into(),
        };
        assert_eq!(refused(&COUNT, &encode(&found).unwrap()), limit);
        let unwritten = written(&COUNT, &found).unwrap_err();
        assert!(matches!(unwritten, EncodeError::Limit { cause, .. } if cause == limit));
    }
}

#[test]
fn a_range_says_what_it_wants_in_each_of_its_forms() {
    let text = |result: Result<(), ErrorKind>| result.unwrap_err().to_string();
    let rows = [
        (text(in_range(&9_u8, 1..=8)), "from 1 to 8, found 9"),
        (text(in_range(&8_u16, 1..8)), "from 1 to 7, found 8"),
        (text(in_range(&0_u32, 1..)), "from 1 on, found 0"),
        (text(in_range(&9_usize, ..9)), "up to 8, found 9"),
        (
            text(in_range(&u128::MAX, ..=9)),
            &format!("up to 9, found {}", u128::MAX),
        ),
    ];
    for (found, expected) in rows {
        assert_eq!(found, format!("expected a number {expected}"));
    }
}

#[test]
fn a_check_of_ones_own_says_what_is_wrong() {
    let even: Limits<u64> = Limits::new().check(|number| {
        accepted(match number % 2 {
            0 => Ok(()),
            _ => Err(format!("{number} is odd")),
        })
    });
    assert_eq!(even.decode(&mut Reader::new(&[4])), Ok(4));
    assert_eq!(refused(&even, &[5]).to_string(), "5 is odd");
    assert_eq!(
        written(&even, &5).unwrap_err().to_string(),
        "Type.field: 5 is odd"
    );
}
