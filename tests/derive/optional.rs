//! Optional fields at the end, and items after it.

use p2p::protocol::EncodeError;
use p2p::{Protocol, Rlp};

use crate::{decode, is_encoded_as};

#[derive(Debug, PartialEq, Protocol)]
#[expect(unused_qualifications, reason = "paths are what is tested")]
#[protocol(name = "optional", version = 1)]
enum Message {
    One(Option<u64>),
    Fields {
        id: u64,
        port: Option<u16>,
        name: std::option::Option<String>,
        seq: core::option::Option<u64>,
    },
    #[message(trailing = "ignore")]
    Lenient {
        id: u64,
        port: Option<u16>,
    },
    #[message(trailing = "ignore")]
    Empty,
}

fn fields(port: Option<u16>, name: Option<&str>, seq: Option<u64>) -> Message {
    Message::Fields {
        id: 1,
        port,
        name: name.map(str::to_owned),
        seq,
    }
}

#[test]
fn an_absent_field_takes_no_room() {
    is_encoded_as(Message::One(None), &[0xc0]);
    is_encoded_as(Message::One(Some(0)), &[0xc1, 0x80]);
    is_encoded_as(fields(None, None, None), &[0xc1, 1]);
    is_encoded_as(fields(Some(2), None, None), &[0xc2, 1, 2]);
    is_encoded_as(fields(Some(2), Some("x"), None), b"\xc3\x01\x02x");
    is_encoded_as(fields(Some(2), Some("x"), Some(3)), b"\xc4\x01\x02x\x03");
}

#[test]
fn a_field_is_not_absent_before_one_that_is_there() {
    let cases = [
        (fields(None, Some("x"), None), "port"),
        (fields(None, None, Some(1)), "port"),
        (fields(Some(1), None, Some(1)), "name"),
    ];
    for (message, field) in cases {
        let mut bytes = vec![0xff];
        let error = message.encode(1, None, &mut bytes).unwrap_err();
        assert_eq!(bytes, [0xff], "nothing of it was written");
        assert!(matches!(
            error,
            EncodeError::Field {
                message: "Fields",
                ..
            }
        ));
        assert_eq!(
            error.to_string(),
            format!(
                "message Fields can't be encoded: Fields.{field} is None, but a field after it is \
                 Some; fill it or empty the later ones"
            )
        );
    }
}

#[test]
fn an_optional_field_that_is_there_is_read_strictly() {
    let error = decode::<Message>(1, &[0xc3, 1, 0x81, 0x02]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "message Fields, field port: a single byte below 0x80 has a header"
    );
    let error = decode::<Message>(0, &[0xc2, 1, 2]).unwrap_err();
    assert_eq!(error.to_string(), "message One: a list has too many items");
}

#[test]
fn later_items_are_ignored_where_that_is_asked_for() {
    let expected = || {
        Ok(Message::Lenient {
            id: 1,
            port: Some(2),
        })
    };
    assert_eq!(decode(2, &[0xc2, 1, 2]), expected());
    assert_eq!(decode(2, &[0xc4, 1, 2, 3, 0xc0]), expected());
    assert_eq!(decode(3, &[0xc1, 1]), Ok(Message::Empty));
}

#[test]
fn nothing_is_ignored_after_the_list() {
    let error = decode::<Message>(2, &[0xc2, 1, 2, 3]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "message Lenient: expected one item, found bytes after it"
    );
    let error = decode::<Message>(3, &[0xc0, 0xc0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "message Empty: expected one item, found bytes after it"
    );
}

#[test]
fn structs_have_optional_fields_too() {
    #[derive(Debug, PartialEq, Rlp)]
    struct Header {
        number: u64,
        fee: Option<u64>,
        root: Option<[u8; 2]>,
    }

    let header = Header {
        number: 1,
        fee: None,
        root: None,
    };
    assert_eq!(p2p::rlp::encode(&header).unwrap(), [0xc1, 1]);
    assert_eq!(p2p::rlp::decode(&[0xc1, 1]), Ok(header));
    let header = Header {
        number: 1,
        fee: Some(0),
        root: Some([5, 6]),
    };
    assert_eq!(
        p2p::rlp::encode(&header).unwrap(),
        [0xc5, 1, 0x80, 0x82, 5, 6]
    );
    assert_eq!(p2p::rlp::decode(&[0xc5, 1, 0x80, 0x82, 5, 6]), Ok(header));
    let wrong = Header {
        number: 1,
        fee: None,
        root: Some([5, 6]),
    };
    let error = p2p::rlp::encode(&wrong).unwrap_err().to_string();
    assert!(error.starts_with("Header.fee is None"), "{error}");
}
