//! Tests of the session: two pure ends, driven by hand.

mod disconnects;
mod exchange;
mod keepalive;
mod messages;
mod negotiation;

use crate::breach::Breach;
use crate::capability::Capability;
use crate::disconnect::DisconnectReason;
use crate::identity::node_key::NodeKey;
use crate::message_id::MessageId;
use crate::rlpx::tests::{ends, random};
use crate::rlpx::{Initiator, Opened, Opener, Recipient, Sealer};
use crate::session::base::{HELLO, MAX_HELLO, MAX_MESSAGE, P2P_VERSION};
use crate::session::egress::{Egress, EgressError};
use crate::session::hello::{Exchanged, Hello, HelloEvent, HelloExchange, MAX_CLIENT, Session};
use crate::session::ingress::{Event, Ingress, Step};
use crate::session::negotiation::Offer;
use crate::snappy::compress;

/// One end that has sent Hello, and the raw halves of the other end, which can send anything.
struct Raw {
    exchange: HelloExchange,
    peer: (Sealer, Opener),
    /// Our sealed Hello.
    sent: Vec<u8>,
}

fn key(byte: u8) -> NodeKey {
    NodeKey::from_bytes(&[byte; 32]).expect("a key")
}

/// Both ends of a connection after a real handshake, which takes a while in a debug build.
fn handshake() -> [(Sealer, Opener); 2] {
    let one = key(1);
    let two = key(2);
    let initiator = Initiator::new(&one, *two.public_key(), &mut random(1));
    let (accepted, ack) =
        Recipient::read_auth(&two, initiator.auth(), &mut random(2)).expect("accepted");
    assert_eq!(accepted.remote, *one.public_key());
    let secrets = initiator.read_ack(&ack).expect("accepted");
    [secrets.into_halves(), accepted.secrets.into_halves()]
}

/// Starts the exchange of one end, and returns it with its sealed Hello.
fn start((sealer, opener): (Sealer, Opener), remote: u8, ours: &Hello) -> (HelloExchange, Vec<u8>) {
    let mut wire = Vec::new();
    let remote = *key(remote).public_key();
    let exchange = HelloExchange::start(sealer, opener, remote, ours, &mut wire);
    (exchange.expect("it fits"), wire)
}

/// Our end, whose Hello has this version, and the raw other end.
fn raw_with(version: u64) -> Raw {
    let [ours, peer] = ends();
    let (exchange, sent) = start(ours, 2, &hello(&key(1), version, &[]));
    Raw {
        exchange,
        peer,
        sent,
    }
}

fn raw() -> Raw {
    raw_with(P2P_VERSION)
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

/// The data of the only frame in `wire`.
fn open(opener: &mut Opener, mut wire: Vec<u8>) -> Vec<u8> {
    match opener.open(&mut wire, MAX_HELLO) {
        Ok(Opened::Frame { data, .. }) => data.to_vec(),
        other => panic!("{other:?}"),
    }
}

impl Raw {
    /// Receives this Hello from the peer.
    fn exchanged(mut self, theirs: &Hello) -> (Exchanged, (Sealer, Opener)) {
        let payload = crate::rlp::encode(theirs).expect("encoded");
        let wire = frame(&mut self.peer.0, HELLO.0, &payload);
        (exchanged(self.exchange, wire), self.peer)
    }

    /// The session of our end after this Hello from the peer, and the sending half of the peer.
    fn session(self, ours: &[Offer], theirs: &Hello) -> (Session, Sealer) {
        let (exchanged, (sealer, _)) = self.exchanged(theirs);
        (exchanged.into_session(ours), sealer)
    }
}

/// Reads a wire that holds exactly one Hello.
fn exchanged(exchange: HelloExchange, mut wire: Vec<u8>) -> Exchanged {
    match exchange.read(&mut wire) {
        Ok(HelloEvent::Hello {
            exchanged,
            consumed,
        }) => {
            assert_eq!(consumed, wire.len());
            exchanged
        }
        other => panic!("{other:?}"),
    }
}

/// Two sessions that share `ours`, with these versions of the base protocol.
fn sessions(ours: &[Offer], versions: [u64; 2]) -> [Session; 2] {
    sessions_of(ends(), ours, versions)
}

fn sessions_of(
    [one, two]: [(Sealer, Opener); 2],
    ours: &[Offer],
    versions: [u64; 2],
) -> [Session; 2] {
    let capabilities: Vec<Capability> = ours.iter().map(|offer| offer.capability.clone()).collect();
    let hellos = [(1, versions[0]), (2, versions[1])].map(|(byte, version)| Hello {
        capabilities: capabilities.clone(),
        ..hello(&key(byte), version, &[])
    });
    let (one, there) = start(one, 2, &hellos[0]);
    let (two, back) = start(two, 1, &hellos[1]);
    let sessions = [exchanged(one, back), exchanged(two, there)];
    let sessions = sessions.map(|exchanged| exchanged.into_session(ours));
    assert_eq!(sessions[0].hello, hellos[1]);
    assert_eq!(sessions[1].hello, hellos[0]);
    sessions
}

/// An event without the borrowed parts.
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
                    let length = body.len();
                    let mut out = b"before".to_vec();
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

/// Seals a message with this payload as it is, which [`Egress::message`] would refuse if it were no plausible block.
pub(crate) fn seal_raw(egress: &mut Egress, id: MessageId, payload: &[u8], out: &mut Vec<u8>) {
    let sealed = egress.sealer.seal(out, |data| {
        id.encode(data);
        data.extend_from_slice(payload);
    });
    sealed.expect("it fits");
}
