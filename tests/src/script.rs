//! The recorded runs, played by the pure layers alone, with nothing left to chance on our side.
//!
//! The same code records a run with a peer and replays it without one: only the wire differs.

use p2p::rlp::{self, Encode, Writer};
use p2p::rlpx::{HEAD, Initiator, Recipient, Secrets, packet_size};
use p2p::session::{Event, Hello, MessageId, Session, Step};
use p2p::{DisconnectReason, NodeKey, PublicKey};

use crate::hand::{FIRST_ID, Meeting, Met, hello};

/// The bytes between us and the peer.
pub trait Wire {
    /// Sends bytes, which are all of what the label names.
    fn send(&mut self, label: &str, bytes: &[u8]);

    /// Appends what comes to `buffer`, until that has `length` bytes.
    fn receive(&mut self, buffer: &mut Vec<u8>, length: usize);

    /// Notes that what was received since the last note is what the label names.
    fn received(&mut self, label: &str);

    /// Tells the peer what to do next, if it is there.
    fn cue(&mut self, command: &str);
}

/// Our key.
pub const OUR_KEY: [u8; 32] = [0x11; 32];

/// The peer's key.
pub const PEER_KEY: [u8; 32] = [0x22; 32];

fn key(bytes: &[u8; 32]) -> NodeKey {
    NodeKey::from_bytes(bytes).expect("a key")
}

/// All of our randomness: bytes that count up.
fn counting() -> impl FnMut(&mut [u8]) {
    let mut next = 0_u8;
    move |buffer| {
        for byte in buffer {
            next = next.wrapping_add(1);
            *byte = next;
        }
    }
}

/// We dial, ask and disconnect.
pub fn we_dial(wire: &mut impl Wire) {
    let remote = *key(&PEER_KEY).public_key();
    let key = key(&OUR_KEY);
    let initiator = Initiator::new(&key, remote, &mut counting());
    wire.send("auth", initiator.auth());
    let ack = packet(wire, "ack");
    let secrets = initiator.read_ack(&ack).expect("an ack for us");
    let mut end = End::greet(wire, secrets, &key, remote);
    end.say("foo", "foo");
    end.hear("bar", "bar");
    // Long enough for Snappy to find something.
    let long = "fanoun ".repeat(500);
    end.say("a long echo", &format!("echo:{long}"));
    end.hear("the long text", &long);
    end.send("ping", |session, out| session.egress.ping(out));
    end.expect("pong", |event| matches!(event, Event::Pong));
    let reason = DisconnectReason::Quitting;
    end.send("disconnect", |session, out| {
        session.egress.disconnect(reason, out);
    });
    // go-ethereum says the same again before it closes.
    end.expect(
        "disconnect",
        |event| matches!(event, Event::Disconnect(r) if *r == reason),
    );
}

/// The peer dials, asks, pings when 15 seconds have passed, and disconnects.
pub fn peer_dials(wire: &mut impl Wire) {
    let remote = *key(&PEER_KEY).public_key();
    let key = key(&OUR_KEY);
    let auth = packet(wire, "auth");
    let (accepted, ack) =
        Recipient::read_auth(&key, &auth, &mut counting()).expect("an auth for us");
    assert_eq!(accepted.remote, remote);
    wire.send("ack", &ack);
    let mut end = End::greet(wire, accepted.secrets, &key, remote);
    end.wire.cue(r#"{"cmd":"send","text":"foo"}"#);
    end.hear("foo", "foo");
    end.say("bar", "bar");
    end.expect("ping", |event| matches!(event, Event::Ping));
    end.send("pong", |session, out| session.egress.pong(out));
    end.wire.cue(r#"{"cmd":"disconnect","reason":4}"#);
    let reason = DisconnectReason::TooManyPeers;
    end.expect(
        "disconnect",
        |event| matches!(event, Event::Disconnect(r) if *r == reason),
    );
}

/// Reads a handshake packet.
fn packet(wire: &mut impl Wire, label: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    wire.receive(&mut bytes, HEAD);
    let head = bytes.first_chunk().expect("as many as asked for");
    let size = packet_size(*head).expect("a size");
    wire.receive(&mut bytes, size);
    wire.received(label);
    bytes
}

/// Our end of a session.
struct End<'w, W> {
    wire: &'w mut W,
    session: Session,
}

impl<'w, W: Wire> End<'w, W> {
    /// Exchanges Hello.
    fn greet(wire: &'w mut W, secrets: Secrets, key: &NodeKey, remote: PublicKey) -> Self {
        let ours = hello(key, "transcript/v1", "foobar");
        let mut out = Vec::new();
        let mut meeting = Meeting::start(secrets, remote, &ours, &mut out);
        wire.send("hello", &out);
        let mut buffer = Vec::new();
        let session = loop {
            match meeting.read(&mut buffer) {
                Met::Incomplete(again, needed) => {
                    wire.receive(&mut buffer, needed);
                    meeting = again;
                }
                Met::Session(session) => break *session,
                Met::Refused(reason) => panic!("{reason}"),
            }
        };
        wire.received("hello");
        let expected = Hello {
            client: "go-peer".into(),
            public_key: remote,
            ..ours
        };
        assert_eq!(session.hello, expected);
        assert!(session.egress.snappy());
        Self { wire, session }
    }

    fn send(&mut self, label: &str, write: impl FnOnce(&mut Session, &mut Vec<u8>)) {
        let mut out = Vec::new();
        write(&mut self.session, &mut out);
        self.wire.send(label, &out);
    }

    /// Sends a list of one text.
    fn say(&mut self, label: &str, text: &str) {
        let mut payload = Vec::new();
        let mut writer = Writer::new(&mut payload);
        writer.list(text.length());
        text.encode(&mut writer);
        self.send(label, |session, out| {
            let sent = session
                .egress
                .message(MessageId(FIRST_ID), &payload, false, out);
            sent.expect("it fits");
        });
    }

    /// Reads one message.
    fn expect(&mut self, label: &str, expected: impl FnOnce(&Event<'_>) -> bool) {
        let mut buffer = Vec::new();
        loop {
            // Borrowed for one step only, so that the buffer can grow between two.
            let ingress = &mut self.session.ingress;
            let needed = match ingress.next(&mut buffer).expect("a good frame") {
                Step::Incomplete { needed } => needed,
                Step::Event { event, .. } => {
                    assert!(expected(&event), "{label}: {event:?}");
                    break;
                }
            };
            self.wire.receive(&mut buffer, needed);
        }
        self.wire.received(label);
    }

    /// Reads a list of one text.
    fn hear(&mut self, label: &str, expected: &str) {
        self.expect(label, |event| {
            let Event::Message { code: 0, body, .. } = event else {
                return false;
            };
            let mut payload = Vec::new();
            body.copy_to(&mut payload).expect("valid Snappy");
            let text: Vec<String> = rlp::decode(&payload).expect("a list of text");
            text == [expected]
        });
    }
}
