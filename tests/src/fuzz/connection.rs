//! Connections between two nodes whose keys are always the same.

use p2p::rlpx::{Initiator, Opener, Recipient, Sealer};
use p2p::session::{Hello, HelloEvent, HelloExchange, MessageId, Offer, P2P_VERSION, Session};
use p2p::{Capability, NodeKey};

/// The initiator's key, that of node A in EIP-8.
const A: [u8; 32] = *b"\x49\xa7\xb3\x7a\xa6\xf6\x64\x59\x17\xe7\xb8\x07\xe9\xd1\xc0\x0d\
    \x4f\xa7\x1f\x18\x34\x3b\x0d\x41\x22\xa4\xd2\xdf\x64\xdd\x6f\xee";

/// The recipient's key, that of node B in EIP-8.
const B: [u8; 32] = *b"\xb7\x1c\x71\xa6\x7e\x11\x77\xad\x4e\x90\x16\x95\xe1\xb4\xb9\xee\
    \x17\xae\x16\xc6\x66\x8d\x31\x3e\xac\x2f\x96\xdb\xcd\xa3\xf2\x91";

pub(super) fn key_a() -> NodeKey {
    NodeKey::from_bytes(&A).expect("a key")
}

pub(super) fn key_b() -> NodeKey {
    NodeKey::from_bytes(&B).expect("a key")
}

/// Randomness that is always the same: a fuzzer's input must do the same each time.
pub(super) fn fill() -> impl FnMut(&mut [u8]) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |bytes| {
        for byte in bytes {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = state as u8;
        }
    }
}

/// Both ends after the handshake.
pub(super) struct Ends {
    pub(super) a: (Sealer, Opener),
    pub(super) b: (Sealer, Opener),
}

impl Ends {
    pub(super) fn new() -> Self {
        let (a, b) = (key_a(), key_b());
        let mut fill = fill();
        let initiator = Initiator::new(&a, *b.public_key(), &mut fill);
        let accepted = Recipient::read_auth(&b, initiator.auth(), &mut fill);
        let (accepted, ack) = accepted.expect("an auth");
        assert_eq!(accepted.remote, *a.public_key());
        let secrets = initiator.read_ack(&ack).expect("an ack");
        Self {
            a: secrets.into_halves(),
            b: accepted.secrets.into_halves(),
        }
    }
}

/// The capabilities that a node with such a Hello offers: the codes of two protocols, and a limit that makes frames
/// small.
pub(super) fn offers() -> [Offer; 2] {
    [("one", 3), ("two", 200)].map(|(name, length)| Offer {
        capability: Capability::new(name, 1).expect("a name"),
        length,
        max_size: LARGEST,
    })
}

/// The largest message of those protocols.
pub(super) const LARGEST: usize = 4096;

/// The most bytes of a frame with one of those messages: header, tags and padding take less than 64, an id up to 9, and
/// Snappy adds a sixth and 32.
pub(super) const LARGEST_FRAME: usize = 64 + 9 + LARGEST + LARGEST / 6 + 32;

/// A node's Hello. Version 4 has no Snappy.
pub(super) fn hello_of(key: &NodeKey, snappy: bool) -> Hello {
    Hello {
        version: if snappy { P2P_VERSION } else { 4 },
        client: "fuzz".to_owned(),
        capabilities: offers().map(|offer| offer.capability).to_vec(),
        listen_port: 0,
        public_key: *key.public_key(),
    }
}

/// B's exchange of Hello, with its own Hello sealed.
pub(super) fn exchange_of_b(
    (sealer, opener): (Sealer, Opener),
    out: &mut Vec<u8>,
) -> HelloExchange {
    let ours = hello_of(&key_b(), true);
    let remote = *key_a().public_key();
    HelloExchange::start(sealer, opener, remote, &ours, out).expect("it fits")
}

/// Appends a frame with this id and payload, as they are.
pub(super) fn seal(sealer: &mut Sealer, id: MessageId, payload: &[u8], out: &mut Vec<u8>) {
    let sealed = sealer.seal(out, |data| {
        id.encode(data);
        data.extend_from_slice(payload);
    });
    sealed.expect("it fits");
}

/// B's session, and A's half that seals whatever it is given.
pub(super) fn session_of_b(snappy: bool) -> (Sealer, Session) {
    let mut ends = Ends::new();
    let mut wire = Vec::new();
    let theirs = p2p::rlp::encode(&hello_of(&key_a(), snappy)).expect("it fits");
    seal(&mut ends.a.0, MessageId(0), &theirs, &mut wire);
    let exchange = exchange_of_b(ends.b, &mut Vec::new());
    (ends.a.0, greeted(exchange, &mut wire))
}

/// The sessions of A and B.
pub(super) fn sessions(snappy: bool) -> [Session; 2] {
    let Ends { a, b } = Ends::new();
    let (mut from_a, mut from_b) = (Vec::new(), Vec::new());
    let key = key_a();
    let ours = hello_of(&key, snappy);
    let a = HelloExchange::start(a.0, a.1, *key_b().public_key(), &ours, &mut from_a);
    let b = exchange_of_b(b, &mut from_b);
    [
        greeted(a.expect("it fits"), &mut from_b),
        greeted(b, &mut from_a),
    ]
}

fn greeted(exchange: HelloExchange, wire: &mut [u8]) -> Session {
    match exchange.read(wire).expect("a Hello") {
        HelloEvent::Hello { exchanged, .. } => exchanged.into_session(&offers()),
        other => panic!("{other:?}"),
    }
}
