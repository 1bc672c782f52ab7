//! Codes, lengths and names.

use p2p::protocol::{Code, DecodeError, MessageInfo, Version};
use p2p::{Protocol, Request, Rlp};

use crate::decode;

#[derive(Debug, PartialEq, Rlp)]
struct Status {
    version: u64,
}

#[derive(Debug, PartialEq, Rlp)]
struct Hello {
    id: [u8; 2],
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "codes", version = 7)]
enum Message {
    First,
    Second(Status),
    #[message(code = 0x10)]
    Sixteenth,
    Seventeenth {},
    #[message(code = 3)]
    Third(Hello),
    Fourth(String),
    Fifth(u8, u8),
    r#Type,
}

#[test]
fn an_implicit_code_is_the_previous_one_plus_one() {
    let codes: Vec<_> = Message::MESSAGES
        .iter()
        .map(|row| (row.code.0, row.name))
        .collect();
    let expected = [
        (0, "First"),
        (1, "Second"),
        (0x10, "Sixteenth"),
        (0x11, "Seventeenth"),
        (3, "Third"),
        (4, "Fourth"),
        (5, "Fifth"),
        (6, "Type"),
    ];
    assert_eq!(codes, expected);
    assert_eq!(Message::Seventeenth {}.code(), Code(0x11));
    assert_eq!(Message::r#Type.code(), Code(6));
    assert_eq!(Message::name_of(7, Code(0x10)), Some("Sixteenth"));
    assert_eq!(Message::name_of(7, Code(2)), None);
    assert_eq!(
        Message::Third(Hello { id: [1, 2] }).info(),
        &MessageInfo::new(Code(3), "Third")
    );
    assert!(Message::r#Type.is_in(7) && !Message::r#Type.is_in(8));
}

#[test]
fn the_length_is_the_highest_code_plus_one() {
    const _: () = assert!(Message::LENGTH == 0x12);
    const _: () = assert!(Message::VERSION == 7);
    assert_eq!(Message::NAME, "codes");
    assert_eq!(
        Message::VERSIONS,
        [Version {
            number: 7,
            length: 0x12
        }]
    );
}

#[test]
fn a_length_may_reserve_more() {
    #[derive(Protocol)]
    #[protocol(name = "reserved", version = 0, length = 17)]
    enum Reserved {
        Ping,
    }

    const TABLE: &[MessageInfo] = Reserved::MESSAGES;
    assert_eq!(TABLE, [MessageInfo::new(Code(0), "Ping")]);
    assert_eq!(
        Reserved::VERSIONS,
        [Version {
            number: 0,
            length: 17
        }]
    );
    assert_eq!(Reserved::Ping.code(), Code(0));
}

#[test]
fn a_code_in_a_gap_is_unknown() {
    for code in [2, 7, 0x12, u64::MAX] {
        let expected = DecodeError::UnknownCode {
            protocol: "codes",
            version: 7,
            code: Code(code),
        };
        assert_eq!(decode::<Message>(code, &[0xc0]), Err(expected));
    }
}

#[test]
fn a_payload_is_a_request_if_only_one_has_it() {
    // Compiles only if no type is given the trait twice.
    #[derive(Debug, PartialEq, Protocol)]
    #[protocol(name = "twice", version = 1)]
    #[expect(unused_qualifications, reason = "paths are what is tested")]
    enum Twice<T> {
        #[message(reply = Done)]
        One(Status),
        #[message(reply = Done)]
        Other(super::codes::Status),
        #[message(reply = Done)]
        Hello(Hello),
        #[message(reply = Done)]
        Param(T),
        #[message(reply = Done)]
        List(Vec<Hello>),
        #[message(reply = Done)]
        Same {
            hello: Hello,
        },
        Notice(Hello),
        Done,
    }

    fn name(request: impl Request<Twice<u8>, Reply = ()>) -> String {
        format!("{:?}", request.into_call())
    }
    assert!(name(Hello { id: [1, 2] }).contains("\"Hello\""));
    assert!(name(Twice::other(Status { version: 1 })).contains("\"Other\""));
    assert!(name(Twice::param(9)).contains("\"Param\""));
}

#[test]
fn a_transparent_message_is_its_field() {
    #[derive(Debug, PartialEq, Protocol)]
    #[protocol(name = "clear", version = 1)]
    enum Clear {
        #[message(transparent)]
        Status(Status),
        #[message(transparent)]
        Hashes {
            hashes: Vec<[u8; 1]>,
        },
        Wrapped(Status),
    }

    let status = || Status { version: 5 };
    crate::is_encoded_as(Clear::Status(status()), &[0xc1, 5]);
    crate::is_encoded_as(
        Clear::Hashes {
            hashes: vec![[1], [2]],
        },
        &[0xc2, 1, 2],
    );
    crate::is_encoded_as(Clear::Wrapped(status()), &[0xc2, 0xc1, 5]);

    let error = |code, payload| decode::<Clear>(code, payload).unwrap_err().to_string();
    assert_eq!(
        error(1, &[0xc1, 1, 2]),
        "message Hashes, field hashes: expected one item, found bytes after it"
    );
    assert_eq!(
        error(0, &[0xc1, 0]),
        "message Status, field 0: Status.version: leading zero in an integer"
    );
}

#[test]
fn a_conditional_variant_with_a_code_moves_no_other() {
    #[derive(Protocol)]
    #[protocol(name = "cond", version = 1)]
    enum Conditional {
        #[cfg(not(test))]
        #[message(code = 0)]
        Never(NoSuchType),
        #[cfg(test)]
        #[message(code = 1)]
        Always,
        #[cfg(test)]
        #[message(code = 2, reply = Size)]
        GetSize,
        #[cfg(test)]
        #[message(code = 3)]
        Size(u64),
        #[cfg(test)]
        #[message(code = 4, reply = Name)]
        GetName,
        #[message(code = 5, reply = Name)]
        GetOther,
        #[message(code = 6)]
        Name(String),
        #[message(code = 7)]
        Last,
    }

    assert_eq!(Conditional::Always.code(), Code(1));
    assert_eq!(Conditional::Last.code(), Code(7));
    assert_eq!(Conditional::LENGTH, 8);
}
