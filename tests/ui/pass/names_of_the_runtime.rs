//! Types, variants, fields and constants that are called like what the generated code uses.
#![deny(warnings)]
#![allow(non_upper_case_globals, non_camel_case_types, dead_code)]

use p2p::Protocol as _;

macro_rules! items {
    ($($Name:ident)*) => {
        $(#[derive(Debug, PartialEq, p2p::Rlp)] struct $Name;)*
    };
}

items!(Result Codec Tag Fields Writer Reader Error Peer Cause Code Version MessageInfo Own H Arc Field Shape Shapes
    Describe Description);

static string_codec: u8 = 0;
fn u8_codec() {}

#[derive(Debug, PartialEq, p2p::Protocol)]
#[protocol(name = "names", version = 1)]
enum Message {
    Handler(Result),
    Types(Codec, Tag, Fields, Writer, Reader, Error, Peer, Cause, Code),
    NAME,
    VERSIONS(Version, MessageInfo, Own, H, Arc),
    MESSAGES { handler: u8, peer: u8, peer_: u8, message: u8, fields: u8, reader: String },
    Code(u8),
    Dispatch { code: u8, payload: u8, version: u8, cause: u8, list: u8, value: u8, field_0: u8 },
    Err(Error),
    Shapes { shapes: Shapes, shape: Shape, field: Field, describe: Describe, description: Description },
}

#[derive(Debug, PartialEq, p2p::Rlp)]
struct Struct {
    list: u8,
    value: u8,
    reader: u8,
    length: String,
    payload_length: u8,
}

fn main() {
    let message = Message::MESSAGES {
        handler: 1,
        peer: 2,
        peer_: 3,
        message: 4,
        fields: 5,
        reader: "6".into(),
    };
    let mut bytes = Vec::new();
    message.encode(1, None, &mut bytes).unwrap();
    assert_eq!(bytes, b"\xc6\x01\x02\x03\x04\x056");
    assert_eq!(Message::decode(1, message.code(), &bytes), Ok(message));
    let shapes = <Message as p2p::spec::Describe>::describe().messages.pop().unwrap();
    assert_eq!(shapes.fields[1].name, "shape");
}
