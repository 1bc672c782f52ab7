//! The secrets of a connection, derived from the result of the handshake.

use std::fmt;

use super::frame::Keystream;
use super::handshake::xor;
use super::keccak::Keccak256;
use super::mac::Mac;
use super::{Opener, Sealer};

/// Which end of the connection this is.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Initiator,
    Recipient,
}

/// What both ends know after auth and ack.
pub(super) struct Agreed<'a> {
    pub(super) ephemeral: &'a [u8; 32],
    pub(super) initiator_nonce: &'a [u8; 32],
    pub(super) recipient_nonce: &'a [u8; 32],
    /// The whole packets, with their size prefixes.
    pub(super) auth: &'a [u8],
    pub(super) ack: &'a [u8],
}

/// The keys of one connection, and the initial states of its two MACs.
///
/// `Debug` prints nothing of them.
pub struct Secrets {
    pub(super) aes: [u8; 32],
    pub(super) mac: [u8; 32],
    pub(super) egress: Keccak256,
    pub(super) ingress: Keccak256,
}

impl Secrets {
    pub(super) fn derive(side: Side, agreed: &Agreed<'_>) -> Self {
        let nonces = keccak(agreed.recipient_nonce, agreed.initiator_nonce);
        let shared = keccak(agreed.ephemeral, &nonces);
        let aes = keccak(agreed.ephemeral, &shared);
        let mac = keccak(agreed.ephemeral, &aes);
        let state = |nonce: &[u8; 32], packet: &[u8]| {
            let mut state = Keccak256::new();
            state.update(&xor(&mac, nonce));
            state.update(packet);
            state
        };
        let from_initiator = state(agreed.recipient_nonce, agreed.auth);
        let from_recipient = state(agreed.initiator_nonce, agreed.ack);
        let (egress, ingress) = match side {
            Side::Initiator => (from_initiator, from_recipient),
            Side::Recipient => (from_recipient, from_initiator),
        };
        Self {
            aes,
            mac,
            egress,
            ingress,
        }
    }

    /// Splits the connection into its two directions, which are independent of each other.
    pub fn into_halves(self) -> (Sealer, Opener) {
        let keystream = || Keystream::new(&self.aes);
        (
            Sealer::new(keystream(), Mac::new(&self.mac, self.egress)),
            Opener::new(keystream(), Mac::new(&self.mac, self.ingress)),
        )
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

fn keccak(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    let mut state = Keccak256::new();
    state.update(one);
    state.update(other);
    state.digest()
}
