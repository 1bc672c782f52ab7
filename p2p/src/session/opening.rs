//! A connection between the handshake and the exchange of Hello.

use super::egress::EgressError;
use super::shared::{Offer, Shared, share};
use super::{Egress, Hello, Ingress, P2P_VERSION, SNAPPY_VERSION, disconnect, id};
use crate::DisconnectReason;
use crate::breach::Breach;
use crate::identity::public_key::PublicKey;
use crate::message_id::MessageId;
use crate::rlp::{Encode, Writer};
use crate::rlpx::{Opened, Opener, Sealer};
use crate::snappy::compress_to;

/// The largest payload of a message before the exchange of Hello is complete, in bytes.
pub const MAX_HELLO: usize = 2048;

/// A connection on which Hello must be sent and received; either may happen first.
#[derive(Debug)]
pub struct Opening {
    sealer: Sealer,
    opener: Opener,
    remote: PublicKey,
    /// The versions of the base protocol in the Hello that we sent and in the one that came.
    ours: Option<u64>,
    theirs: Option<u64>,
}

/// What [`Opening::read`] found at the beginning of its buffer.
#[derive(Debug)]
pub enum Greeting {
    /// There is no complete message yet.
    Incomplete {
        /// Bytes that the buffer must hold before the next call can do more.
        needed: usize,
    },
    /// The peer's Hello.
    Hello {
        /// Its content; the key has been checked.
        hello: Hello,
        /// Bytes of the buffer that it took up. Pass the bytes after them to the session.
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

/// A connection on which both ends have sent Hello.
#[derive(Debug)]
pub struct Session {
    /// The shared capabilities in the order of their message IDs. If there are none, disconnect with
    /// [`DisconnectReason::UselessPeer`].
    pub shared: Vec<Shared>,
    /// The sending half.
    pub egress: Egress,
    /// The receiving half.
    pub ingress: Ingress,
}

impl Opening {
    /// Starts with the two halves of a connection to `remote`, whose key was proven by the handshake.
    pub fn new(sealer: Sealer, opener: Opener, remote: PublicKey) -> Self {
        Self {
            sealer,
            opener,
            remote,
            ours: None,
            theirs: None,
        }
    }

    /// Appends our Hello to `out`; send it once.
    ///
    /// # Errors
    ///
    /// [`EgressError::TooLarge`] if it is larger than [`MAX_HELLO`], which peers refuse: use fewer
    /// capabilities or a shorter client name.
    pub fn hello(&mut self, hello: &Hello, out: &mut Vec<u8>) -> Result<(), EgressError> {
        if hello.length() > MAX_HELLO {
            return Err(EgressError::TooLarge {
                size: hello.length(),
                limit: MAX_HELLO,
            });
        }
        self.ours = Some(hello.version);
        self.send(id::HELLO, out, |out| hello.encode(&mut Writer::new(out)));
        Ok(())
    }

    /// Appends a Disconnect to `out`; send nothing after it.
    ///
    /// It is compressed if our Hello was sent before it: a peer that has read our Hello treats everything
    /// after it as compressed, whether its own Hello has arrived here or not, and otherwise could not read
    /// the reason.
    pub fn disconnect(&mut self, reason: DisconnectReason, out: &mut Vec<u8>) {
        let theirs = self.theirs.unwrap_or(P2P_VERSION);
        let snappy = self.ours.is_some_and(|ours| uses_snappy(ours, theirs));
        let payload = disconnect::encode(reason);
        self.send(id::DISCONNECT, out, |out| {
            if !snappy || compress_to(&payload, out).is_err() {
                out.extend_from_slice(&payload);
            }
        });
    }

    fn send(&mut self, id: MessageId, out: &mut Vec<u8>, payload: impl FnOnce(&mut Vec<u8>)) {
        let sent = self.sealer.seal(out, |out| {
            id.encode(out);
            payload(out);
        });
        debug_assert_eq!(sent, Ok(()), "2 KiB fit a frame");
    }

    /// Reads the message at the beginning of `buffer`, if all of it is there.
    ///
    /// After [`Greeting::Incomplete`], call again with the same bytes followed by more; after
    /// [`Greeting::Hello`], continue with [`into_session`](Self::into_session).
    ///
    /// # Errors
    ///
    /// A [`Breach`], after which the connection is unusable.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<Greeting, Breach> {
        // The id takes one byte.
        let (data, consumed) = match self.opener.open(buffer, 1 + MAX_HELLO)? {
            Opened::Incomplete { needed } => return Ok(Greeting::Incomplete { needed }),
            Opened::Frame { data, consumed } => (data, consumed),
        };
        match MessageId::split(data).ok_or(Breach::MessageId)? {
            (id::HELLO, _) if self.theirs.is_some() => Err(Breach::SecondHello),
            (id::HELLO, payload) => {
                let hello = Hello::read(payload, &self.remote)?;
                self.theirs = Some(hello.version);
                Ok(Greeting::Hello { hello, consumed })
            }
            (id::DISCONNECT, payload) => Ok(Greeting::Disconnected {
                reason: disconnect::decode(payload),
                consumed,
            }),
            (id, _) => Err(Breach::BeforeHello { id }),
        }
    }

    /// Negotiates what both speak: `ours` is what our Hello offers, `theirs` the Hello received.
    ///
    /// Payloads are compressed if both Hellos have version 5 or later.
    pub fn into_session(self, ours: &[Offer], theirs: &Hello) -> Session {
        let shared = share(ours, &theirs.capabilities);
        let snappy = uses_snappy(self.ours.unwrap_or(P2P_VERSION), theirs.version);
        Session {
            egress: Egress::new(self.sealer, snappy),
            ingress: Ingress::new(self.opener, snappy, &shared, ours),
            shared,
        }
    }
}

/// Whether payloads are compressed between two versions of the base protocol.
fn uses_snappy(ours: u64, theirs: u64) -> bool {
    ours.min(theirs) >= SNAPPY_VERSION
}
