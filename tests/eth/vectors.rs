//! Every message comes out of the bytes that go-ethereum makes of it, and gives the same bytes again.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use p2p::Protocol;
use p2p::protocol::{Code, DecodeError, MessageKind, RequestId};

use eth::eth::Eth;
use eth::snap::Snap;

/// A message as another implementation encodes it.
#[derive(Debug)]
pub(crate) struct Vector {
    pub(crate) protocol: &'static str,
    pub(crate) versions: RangeInclusive<u64>,
    pub(crate) code: Code,
    pub(crate) name: &'static str,
    /// With the id 1111, if it is a request or a reply.
    pub(crate) payload: Vec<u8>,
}

/// All vectors of a protocol.
pub(crate) fn vectors(protocol: &str) -> Vec<Vector> {
    [
        include_str!("go_ethereum.txt"),
        include_str!("eip_2481.txt"),
    ]
    .iter()
    .flat_map(|file| file.lines())
    .filter(|line| !line.starts_with('#'))
    .map(vector)
    .filter(|vector| vector.protocol == protocol)
    .collect()
}

fn vector(line: &'static str) -> Vector {
    let mut words = line.split_whitespace();
    let mut word = || words.next().unwrap();
    let protocol = word();
    let versions = word();
    let code = word();
    let name = word();
    let (first, last) = versions.split_once('-').unwrap_or((versions, versions));
    let payload: Vec<u8> = words.flat_map(bytes).collect();
    let code = u64::from_str_radix(code.trim_start_matches("0x"), 16).unwrap();
    Vector {
        protocol,
        versions: first.parse().unwrap()..=last.parse().unwrap(),
        code: Code(code),
        name,
        payload,
    }
}

/// Hex digits, or one byte many times.
fn bytes(word: &str) -> Vec<u8> {
    let digits = |word: &str| -> Vec<u8> {
        let pairs = word.as_bytes().chunks(2);
        let pairs = pairs.map(|pair| str::from_utf8(pair).unwrap());
        pairs
            .map(|pair| u8::from_str_radix(pair, 16).unwrap())
            .collect()
    };
    match word.split_once('x') {
        Some((byte, count)) => digits(byte).repeat(count.parse().unwrap()),
        None => digits(word),
    }
}

/// The id that a message came with, if it is a request or a reply.
pub(crate) fn id<P: Protocol>(message: &P, payload: &[u8]) -> Option<RequestId> {
    match message.info().kind {
        MessageKind::Notification => None,
        MessageKind::Request { .. } | MessageKind::Reply => Some(RequestId::peek(payload).unwrap()),
    }
}

fn comes_back<P: Protocol + PartialEq + std::fmt::Debug>(versions: RangeInclusive<u64>) {
    let vectors = vectors(P::NAME);
    let mut seen = BTreeSet::new();
    for vector in &vectors {
        for version in versions.clone() {
            let message = P::decode(version, vector.code, &vector.payload);
            if !vector.versions.contains(&version) {
                // It's no message there, or another one with the same code.
                let name = P::name_of(version, vector.code);
                assert_ne!(name, Some(vector.name), "{version}");
                let unknown = matches!(message, Err(DecodeError::UnknownCode { .. }));
                assert_eq!(unknown, name.is_none(), "{} in {version}", vector.name);
                continue;
            }
            let message = message.unwrap_or_else(|error| panic!("{version}: {error}"));
            assert_eq!(message.code(), vector.code);
            assert_eq!(P::name_of(version, vector.code), Some(vector.name));
            let mut bytes = Vec::new();
            let id = id(&message, &vector.payload);
            assert!(id.is_none_or(|id| id == RequestId(1111)), "{id:?}");
            message.encode(version, id, &mut bytes).unwrap();
            assert!(bytes == vector.payload, "{} in {version}", vector.name);
            seen.insert((version, vector.code));
        }
    }
    // Nothing was left out.
    for version in versions {
        for code in (0..64).map(Code) {
            let known = P::name_of(version, code).is_some();
            assert_eq!(
                known,
                seen.contains(&(version, code)),
                "{code:?} in {version}"
            );
        }
    }
}

#[test]
fn eth_messages_are_encoded_as_in_go_ethereum() {
    comes_back::<Eth>(69..=72);
}

#[test]
fn snap_messages_are_encoded_as_in_go_ethereum() {
    comes_back::<Snap>(1..=2);
}
