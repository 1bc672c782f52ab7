//! What derived protocols and structs put on the wire, what they accept from it, and who handles it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod blanket;
mod codes;
mod fields;
mod handler;
mod limits;
mod optional;
mod show;
mod strict;
mod structs;
mod versions;

use p2p::Protocol;
use p2p::protocol::{Code, DecodeError};

/// The payload of a message.
#[track_caller]
fn encode<P: Protocol>(message: &P) -> Vec<u8> {
    let version = P::VERSIONS.first().unwrap().number;
    let mut bytes = Vec::new();
    message.encode(version, None, &mut bytes).unwrap();
    bytes
}

/// The message with this code and payload.
fn decode<P: Protocol>(code: u64, payload: &[u8]) -> Result<P, DecodeError> {
    P::decode(P::VERSIONS.first().unwrap().number, Code(code), payload)
}

/// Checks a message against its payload, both ways.
#[track_caller]
fn is_encoded_as<P: Protocol + PartialEq + std::fmt::Debug>(message: P, payload: &[u8]) {
    assert_eq!(encode(&message), payload);
    assert_eq!(decode::<P>(message.code().0, payload), Ok(message));
}

/// Checks that a message survives, whatever its payload.
#[track_caller]
fn round_trips<P: Protocol + PartialEq + std::fmt::Debug>(message: P) {
    let payload = encode(&message);
    assert_eq!(decode::<P>(message.code().0, &payload), Ok(message));
}
