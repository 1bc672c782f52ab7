//! Hello, the first message of either side, and its exchange. Source: `rlpx.md`, "Hello".

use thiserror::Error;

use super::base::{DISCONNECT, HELLO, MAX_HELLO, SNAPPY_VERSION, decode_reason};
use super::egress::{Egress, EgressError};
use super::ingress::Ingress;
use super::negotiation::{Offer, SharedCapability, negotiate};
use crate::breach::Breach;
use crate::capability::Capability;
use crate::disconnect::DisconnectReason;
use crate::identity::public_key::PublicKey;
use crate::message_id::MessageId;
use crate::rlp::{self, Encode, Reader, Writer};
use crate::rlpx::opener::{Opened, Opener};
use crate::rlpx::sealer::Sealer;

/// The maximum length kept of a peer's client name, in bytes.
pub const MAX_CLIENT: usize = 256;

/// Who a node is and what it speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// The version of the base protocol.
    pub version: u64,
    /// The client's name. A peer's name is safe to print: truncated to [`MAX_CLIENT`] bytes, with
    /// everything but printable ASCII escaped.
    pub client: String,
    /// The capabilities that the node speaks. Invalid entries from a peer, for instance with a
    /// version beyond 64 bits, are left out, because they can't be shared.
    pub capabilities: Vec<Capability>,
    /// The TCP port on which the node claims to listen; 0 if it does not say, or says something that is not
    /// a port. Nothing proves it. A server sends 0.
    pub listen_port: u64,
    /// The node's key.
    pub public_key: PublicKey,
}

/// A connection on which our Hello is sealed and the peer's is awaited.
///
/// Each state is consumed by the step that leaves it, so a session exists only where both Hellos do:
///
/// ```text
///       our Hello ▶ out                 the peer's bytes
/// start ───────────────▶ HelloExchange ── read ──┬▶ Incomplete: the same HelloExchange
///                                                ├▶ Hello: Exchanged ── into_session ──▶ Session
///                                                ├▶ Disconnected: the peer refused
///                                                └▶ HelloError: the Egress that can still say why
/// ```
#[derive(Debug)]
pub struct HelloExchange {
    halves: Box<Halves>,
    remote: PublicKey,
}

/// The two directions of a connection. Boxed, so that a step to the next state moves a pointer and not the keys.
#[derive(Debug)]
struct Halves {
    egress: Egress,
    opener: Opener,
}

/// The result of [`HelloExchange::read`].
#[derive(Debug)]
pub enum HelloEvent {
    /// There is no complete message yet.
    Incomplete {
        /// The exchange, which goes on.
        exchange: HelloExchange,
        /// Bytes that the buffer must hold before the next call can do more.
        needed: usize,
    },
    /// The peer's Hello.
    Hello {
        /// The completed exchange.
        exchanged: Exchanged,
        /// Bytes of the buffer that Hello took up. Pass the bytes after them to the session.
        consumed: usize,
    },
    /// The peer refused this connection.
    Disconnected {
        /// The reason it gave.
        reason: DisconnectReason,
        /// Bytes of the buffer that it took up.
        consumed: usize,
    },
}

/// The peer broke the rules in place of its Hello. Nothing more can be read, but the peer can be told why:
///
/// ```
/// use p2p::session::HelloError;
///
/// fn answer(error: HelloError, out: &mut Vec<u8>) {
///     let HelloError { breach, mut egress } = error;
///     egress.disconnect(breach.reason(), out);
/// }
/// ```
#[derive(Debug, Error)]
#[error("{breach}")]
pub struct HelloError {
    /// The rule that the peer broke.
    pub breach: Breach,
    /// The sending half of the connection.
    pub egress: Box<Egress>,
}

/// A connection on which both ends have sent Hello.
#[derive(Debug)]
pub struct Exchanged {
    hello: Hello,
    halves: Box<Halves>,
}

/// A connection on which both ends have sent Hello, and the capabilities are negotiated.
#[derive(Debug)]
pub struct Session {
    /// The peer's Hello.
    pub hello: Hello,
    /// The shared capabilities in the order of their message IDs. If there are none, disconnect with
    /// [`DisconnectReason::UselessPeer`].
    pub shared: Vec<SharedCapability>,
    /// The sending half.
    pub egress: Egress,
    /// The receiving half.
    pub ingress: Ingress,
}

/// Appends a Disconnect to `out` in place of our Hello.
///
/// It is not compressed, because the peer does not know our version. After our Hello, use
/// [`HelloExchange::disconnect`].
pub fn refuse(sealer: Sealer, reason: DisconnectReason, out: &mut Vec<u8>) {
    Egress::new(sealer, false).disconnect(reason, out);
}

impl HelloExchange {
    /// Starts with the two halves of a connection to `remote`, the key from the handshake, and appends our Hello to
    /// `out`.
    ///
    /// It may be sent before or after the peer's Hello is read. An error drops both halves.
    ///
    /// # Errors
    ///
    /// [`EgressError::TooLarge`] if it is larger than [`MAX_HELLO`], which peers refuse: use fewer
    /// capabilities or a shorter client name.
    pub fn start(
        sealer: Sealer,
        opener: Opener,
        remote: PublicKey,
        ours: &Hello,
        out: &mut Vec<u8>,
    ) -> Result<Self, EgressError> {
        let size = ours.length();
        if size > MAX_HELLO {
            return Err(EgressError::TooLarge {
                size,
                limit: MAX_HELLO,
            });
        }
        let mut payload = Vec::with_capacity(size);
        ours.encode(&mut Writer::new(&mut payload));
        let mut egress = Egress::new(sealer, false);
        egress.message(HELLO, &payload, false, out)?;
        // A peer that has read our Hello expects what follows it to be compressed, even if its own Hello has not
        // arrived here yet.
        egress.set_snappy(ours.version >= SNAPPY_VERSION);
        Ok(Self {
            halves: Box::new(Halves { egress, opener }),
            remote,
        })
    }

    /// Reads the message at the start of `buffer`, if all of it is there.
    ///
    /// After [`HelloEvent::Incomplete`], call again with the same bytes followed by more.
    ///
    /// # Errors
    ///
    /// A [`HelloError`] if the peer broke the rules.
    pub fn read(mut self, buffer: &mut [u8]) -> Result<HelloEvent, HelloError> {
        match self.first_message(buffer) {
            Ok(FirstMessage::Incomplete { needed }) => Ok(HelloEvent::Incomplete {
                exchange: self,
                needed,
            }),
            Ok(FirstMessage::Hello { hello, consumed }) => {
                let mut halves = self.halves;
                let snappy = halves.egress.snappy() && hello.version >= SNAPPY_VERSION;
                halves.egress.set_snappy(snappy);
                let exchanged = Exchanged { hello, halves };
                Ok(HelloEvent::Hello {
                    exchanged,
                    consumed,
                })
            }
            Ok(FirstMessage::Disconnect { reason, consumed }) => {
                Ok(HelloEvent::Disconnected { reason, consumed })
            }
            Err(breach) => Err(HelloError {
                breach,
                egress: Box::new(self.halves.egress),
            }),
        }
    }

    /// Appends a Disconnect to `out`, without waiting for the peer's Hello; send nothing after it.
    pub fn disconnect(mut self, reason: DisconnectReason, out: &mut Vec<u8>) {
        self.halves.egress.disconnect(reason, out);
    }

    fn first_message(&mut self, buffer: &mut [u8]) -> Result<FirstMessage, Breach> {
        // The id takes one byte.
        let (data, consumed) = match self.halves.opener.open(buffer, 1 + MAX_HELLO)? {
            Opened::Incomplete { needed } => return Ok(FirstMessage::Incomplete { needed }),
            Opened::Frame { data, consumed } => (data, consumed),
        };
        match MessageId::split(data).ok_or(Breach::MessageId)? {
            (HELLO, payload) => Ok(FirstMessage::Hello {
                hello: Hello::read(payload, &self.remote)?,
                consumed,
            }),
            (DISCONNECT, payload) => Ok(FirstMessage::Disconnect {
                reason: decode_reason(payload),
                consumed,
            }),
            (id, _) => Err(Breach::BeforeHello { id }),
        }
    }
}

/// A peer's first message, if it is one of those that are allowed.
enum FirstMessage {
    Incomplete {
        needed: usize,
    },
    Hello {
        hello: Hello,
        consumed: usize,
    },
    Disconnect {
        reason: DisconnectReason,
        consumed: usize,
    },
}

impl Exchanged {
    /// The peer's Hello. Its key is the one from the handshake.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Negotiates the capabilities that both speak; `offers` are those in our Hello.
    ///
    /// Payloads are compressed if both Hellos have version 5 or later.
    pub fn into_session(self, offers: &[Offer]) -> Session {
        let shared = negotiate(offers, &self.hello.capabilities);
        let Halves { egress, opener } = *self.halves;
        let snappy = egress.snappy();
        Session {
            ingress: Ingress::new(opener, snappy, &shared, offers),
            egress,
            hello: self.hello,
            shared,
        }
    }
}

impl Hello {
    /// Reads a peer's Hello and checks that its key is `remote`, the one of the handshake.
    fn read(payload: &[u8], remote: &PublicKey) -> Result<Self, Breach> {
        let (hello, key) = Self::fields(payload, remote).map_err(Breach::Hello)?;
        if key.len() != 64 || key.iter().all(|byte| *byte == 0) {
            Err(Breach::NodeKey { length: key.len() })
        } else if key != remote.to_bytes() {
            Err(Breach::OtherNodeKey)
        } else {
            Ok(hello)
        }
    }

    /// The fields, and the bytes of the key, not yet checked. Later versions may append items after the key.
    fn fields<'a>(payload: &'a [u8], remote: &PublicKey) -> Result<(Self, &'a [u8]), rlp::Error> {
        let mut reader = Reader::new(payload);
        let mut list = reader.list()?;
        reader.finish()?;
        let version = saturating(list.bytes()?);
        let client = printable(list.bytes()?);
        let mut items = list.list()?;
        let mut capabilities = Vec::new();
        while !items.is_empty() {
            capabilities.extend(rlp::decode::<Capability>(items.item()?).ok());
        }
        // Any item is accepted, because most nodes ignore this field.
        let port = rlp::decode::<u16>(list.item()?).unwrap_or(0);
        let hello = Self {
            version,
            client,
            capabilities,
            listen_port: port.into(),
            public_key: *remote,
        };
        Ok((hello, list.bytes()?))
    }

    fn payload_length(&self) -> usize {
        self.version.length()
            + self.client.length()
            + self.capabilities.length()
            + self.listen_port.length()
            + self.public_key.to_bytes().length()
    }
}

impl Encode for Hello {
    fn length(&self) -> usize {
        rlp::list_length(self.payload_length())
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.list(self.payload_length());
        self.version.encode(out);
        self.client.encode(out);
        self.capabilities.encode(out);
        self.listen_port.encode(out);
        self.public_key.to_bytes().encode(out);
    }
}

/// An integer of any length: a later version of the protocol may have a version number beyond 64 bits.
fn saturating(digits: &[u8]) -> u64 {
    digits.iter().fold(0_u64, |value, digit| {
        value
            .checked_mul(256)
            .map_or(u64::MAX, |value| value | u64::from(*digit))
    })
}

/// A peer's string, safe for logs and terminals.
fn printable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for character in String::from_utf8_lossy(bytes).chars() {
        let before = text.len();
        match character {
            ' '..='~' => text.push(character),
            _ => text.extend(character.escape_default()),
        }
        if text.len() > MAX_CLIENT {
            text.truncate(before);
            break;
        }
    }
    text
}
