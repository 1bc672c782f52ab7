//! What is refused, and how the error says where it was.

use p2p::{Protocol, Rlp};

use crate::decode;

#[derive(Debug, PartialEq, Rlp)]
struct Point {
    x: u8,
    y: u8,
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "strict", version = 1)]
enum Message {
    Ping,
    Pair { number: u64, text: String },
    Hash([u8; 2]),
    Points(Vec<Point>),
    Flag(bool),
}

#[track_caller]
fn refused(code: u64, payload: &[u8], expected: &str) {
    let error = decode::<Message>(code, payload).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_payload_is_one_list_and_nothing_after_it() {
    refused(0, &[], "message Ping: an item needs 1 bytes, 0 are left");
    refused(
        0,
        &[0x80],
        "message Ping: expected a list, found a byte string",
    );
    refused(
        0,
        &[0xc0, 0x01],
        "message Ping: expected one item, found bytes after it",
    );
    refused(
        0,
        &[0xc2, 0x01],
        "message Ping: an item needs 3 bytes, 2 are left",
    );
    refused(
        0,
        &[0xf8, 0x00],
        "message Ping: a length is not in its shortest form",
    );
}

#[test]
fn every_field_is_there_and_no_more() {
    refused(0, &[0xc1, 0x01], "message Ping: a list has too many items");
    refused(
        1,
        &[0xc0],
        "message Pair, field number: a list has too few items",
    );
    refused(
        1,
        &[0xc1, 0x01],
        "message Pair, field text: a list has too few items",
    );
    refused(
        1,
        b"\xc3\x01a\x01",
        "message Pair: a list has too many items",
    );
}

#[test]
fn a_field_is_what_its_type_says() {
    refused(
        1,
        b"\xc2\x00a",
        "message Pair, field number: leading zero in an integer",
    );
    refused(
        1,
        b"\xc3\x81\x01a",
        "message Pair, field number: a single byte below 0x80 has a header",
    );
    refused(
        1,
        b"\xc2\xc0a",
        "message Pair, field number: expected a byte string, found a list",
    );
    refused(
        1,
        b"\xcb\x89\x01\x02\x03\x04\x05\x06\x07\x08\x09a",
        "message Pair, field number: expected an integer of at most 64 bits, found a larger one",
    );
    refused(
        1,
        b"\xc4\x01\x82\xff\xff",
        "message Pair, field text: expected text in UTF-8, found other bytes",
    );
    refused(
        2,
        &[0xc4, 0x83, 1, 2, 3],
        "message Hash, field 0: expected a byte string of 2 bytes, found 3",
    );
    refused(
        3,
        &[0xc1, 0x80],
        "message Points, field 0: expected a list, found a byte string",
    );
    refused(
        4,
        &[0xc1, 0x02],
        "message Flag, field 0: expected 0x80 or 0x01 for a truth value, found something else",
    );
}

#[test]
fn an_error_inside_a_struct_names_that_too() {
    refused(
        3,
        &[0xc7, 0xc6, 0xc2, 1, 2, 0xc2, 1, 0],
        "message Points, field 0: Point.y: leading zero in an integer",
    );
    refused(
        3,
        &[0xc3, 0xc2, 0xc1, 1],
        "message Points, field 0: Point.y: a list has too few items",
    );
    refused(
        3,
        &[0xc5, 0xc4, 0xc3, 1, 2, 3],
        "message Points, field 0: a list has too many items",
    );
}
