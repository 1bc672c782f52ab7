//! Tests of the session: two pure ends, driven by hand.

mod disconnects;
mod greeting;
mod keepalive;
mod messages;
mod negotiation;

use super::*;
use crate::breach::Breach;
use crate::rlpx::tests::random;
use crate::rlpx::{self, Initiator, Opener, Recipient, Sealer};
use crate::{Capability, DisconnectReason, NodeKey};

/// One end between handshake and Hello, whose other end can send what it likes.
struct Raw {
    opening: Opening,
    peer: (Sealer, Opener),
    peer_key: NodeKey,
}

fn key(byte: u8) -> NodeKey {
    NodeKey::from_bytes(&[byte; 32]).expect("a key")
}

/// Both halves of both ends of a connection, as after a handshake between keys 1 and 2.
fn connection() -> [(Sealer, Opener); 2] {
    rlpx::tests::ends()
}

/// The same after a real handshake, which takes a while in a debug build.
fn handshake() -> [(Sealer, Opener); 2] {
    let (one, two) = (key(1), key(2));
    let initiator = Initiator::new(&one, *two.public_key(), &mut random(1));
    let (accepted, ack) =
        Recipient::read_auth(&two, initiator.auth(), &mut random(2)).expect("accepted");
    assert_eq!(accepted.remote, *one.public_key());
    let secrets = initiator.read_ack(&ack).expect("accepted");
    [secrets.into_halves(), accepted.secrets.into_halves()]
}

/// The two ends before Hello.
fn openings() -> [Opening; 2] {
    opened(connection())
}

fn opened([(sealer, opener), (other_sealer, other_opener)]: [(Sealer, Opener); 2]) -> [Opening; 2] {
    [
        Opening::new(sealer, opener, *key(2).public_key()),
        Opening::new(other_sealer, other_opener, *key(1).public_key()),
    ]
}

fn raw() -> Raw {
    let [(sealer, opener), peer] = connection();
    Raw {
        opening: Opening::new(sealer, opener, *key(2).public_key()),
        peer,
        peer_key: key(2),
    }
}

fn hello(key: &NodeKey, version: u64, capabilities: &[(&'static str, u64)]) -> Hello {
    Hello {
        version,
        client: "test/1.0".to_owned(),
        capabilities: capabilities
            .iter()
            .map(|(name, version)| capability(name, *version))
            .collect(),
        listen_port: 0,
        public_key: *key.public_key(),
    }
}

fn capability(name: &'static str, version: u64) -> Capability {
    Capability::new(name, version).expect("a good name")
}

/// A frame of an id and a payload, as they are.
fn frame(sealer: &mut Sealer, id: u64, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    sealer
        .seal(&mut out, |out| {
            MessageId(id).encode(out);
            out.extend_from_slice(payload);
        })
        .expect("it fits");
    out
}

/// Two sessions that share `ours` of the given base protocol versions.
fn sessions(ours: &[Offer], versions: [u64; 2]) -> [Session; 2] {
    greeted(openings(), ours, versions)
}

fn greeted([mut one, mut two]: [Opening; 2], ours: &[Offer], versions: [u64; 2]) -> [Session; 2] {
    let mut hellos = [
        hello(&key(1), versions[0], &[]),
        hello(&key(2), versions[1], &[]),
    ];
    let mut wires = [Vec::new(), Vec::new()];
    for (hello, (opening, wire)) in hellos
        .iter_mut()
        .zip([&mut one, &mut two].into_iter().zip(&mut wires))
    {
        hello.capabilities = ours.iter().map(|offer| offer.capability.clone()).collect();
        opening.hello(hello, wire).expect("it fits");
    }
    let mut read = |opening: &mut Opening, wire: usize| match opening.read(&mut wires[wire]) {
        Ok(Greeting::Hello { hello, consumed }) => {
            assert_eq!(consumed, wires[wire].len());
            hello
        }
        other => panic!("{other:?}"),
    };
    let theirs = read(&mut one, 1);
    assert_eq!(theirs, hellos[1]);
    let ours_read = read(&mut two, 0);
    assert_eq!(ours_read, hellos[0]);
    [
        one.into_session(ours, &theirs),
        two.into_session(ours, &ours_read),
    ]
}

/// What a step says, without the borrowed parts.
#[derive(Debug, PartialEq)]
enum Seen {
    Message(usize, u64, Vec<u8>),
    Ping,
    Pong,
    Disconnect(DisconnectReason),
    Ignored,
}

/// Reads exactly one message.
fn next(ingress: &mut Ingress, wire: &[u8]) -> Result<Seen, Breach> {
    let mut wire = wire.to_vec();
    let length = wire.len();
    match ingress.next(&mut wire)? {
        Step::Incomplete { needed } => panic!("{needed} bytes needed, {length} given"),
        Step::Event { event, consumed } => {
            assert_eq!(consumed, length);
            Ok(match event {
                Event::Message { shared, code, body } => {
                    let (mut out, length) = (b"before".to_vec(), body.len());
                    body.copy_to(&mut out)?;
                    let payload = out.split_off(6);
                    assert_eq!(payload.len(), length);
                    Seen::Message(shared, code, payload)
                }
                Event::Ping => Seen::Ping,
                Event::Pong => Seen::Pong,
                Event::Disconnect(reason) => Seen::Disconnect(reason),
                Event::Ignored => Seen::Ignored,
            })
        }
    }
}
