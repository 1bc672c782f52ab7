//! The handshake: auth from the initiator, ack from the recipient, and the secrets that both derive from them.
//!
//! Only the EIP-8 format is supported. Source: `rlpx.md`, "Initial Handshake".

use std::fmt;

use super::ecies::Fill;
use super::error::HandshakeError;
use super::frame::{Keystream, Mac};
use super::keccak::Keccak256;
use super::opener::Opener;
use super::packet;
use super::sealer::Sealer;
use crate::identity::hex::KeyError;
use crate::identity::node_key::{NodeKey, Secret};
use crate::identity::public_key::PublicKey;
use crate::rlp::Reader;

type Nonce = [u8; 32];

/// The end that opened the connection, after sending auth and before receiving ack.
///
/// `Debug` prints nothing of its keys.
pub struct Initiator<'k> {
    key: &'k NodeKey,
    ephemeral: Secret,
    nonce: Nonce,
    auth: Vec<u8>,
}

impl<'k> Initiator<'k> {
    /// Starts a handshake with the node `remote`; the packet to send is [`auth`](Self::auth).
    pub fn new(key: &'k NodeKey, remote: PublicKey, fill: Fill<'_>) -> Self {
        let nonce = create_nonce(fill);
        let ephemeral = Secret::create(fill);
        let token = xor(&key.agree(&remote), &nonce);
        // The recipient recovers our ephemeral public key from the signature.
        let (recovery, compact) = ephemeral.sign(token).serialize_compact();
        let mut signature = [0; 65];
        signature[..64].copy_from_slice(&compact);
        // A recovery id is 0 to 3.
        signature[64] = i32::from(recovery) as u8;
        let public = key.public_key().to_bytes();
        let auth = packet::seal(&remote, &[&signature, &public, &nonce], fill);
        Self {
            key,
            ephemeral,
            nonce,
            auth,
        }
    }

    /// The auth packet, to be sent once. Send nothing else before you have received the ack.
    pub fn auth(&self) -> &[u8] {
        &self.auth
    }

    /// Takes the whole ack packet, with its size prefix, and derives the secrets.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Crypto`] if it is not meant for this node or its key is invalid; otherwise what is
    /// wrong with it. Anyone but the dialed node can't read auth and derives secrets that do not
    /// match, which shows at the first frame.
    pub fn read_ack(self, packet: &[u8]) -> Result<Secrets, HandshakeError> {
        let plain = packet::open(self.key, packet)?;
        let mut fields = fields(&plain)?;
        let ephemeral = public_key(field(&mut fields)?)?;
        let agreed = Agreed {
            ephemeral: &self.ephemeral.agree(&ephemeral),
            initiator_nonce: &self.nonce,
            recipient_nonce: &field(&mut fields)?,
            auth: &self.auth,
            ack: packet,
        };
        Ok(Secrets::derive(Side::Initiator, &agreed))
    }
}

impl fmt::Debug for Initiator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Initiator(..)")
    }
}

/// The end that accepted the connection.
#[derive(Debug)]
pub struct Recipient;

/// An auth that was accepted: who sent it, and the secrets to use once our ack is sent.
#[derive(Debug)]
pub struct Accepted {
    /// The initiator's static key. It is proven only by the initiator's first frame: until then, anyone could have
    /// sent this key.
    pub remote: PublicKey,
    /// The secrets of this connection.
    pub secrets: Secrets,
}

impl Recipient {
    /// Takes the whole auth packet, with its size prefix, and returns the ack packet to send.
    ///
    /// Send nothing before the ack.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Crypto`] if it is not meant for this node, or a key or the signature in it is invalid;
    /// otherwise what is wrong with it.
    pub fn read_auth(
        key: &NodeKey,
        auth: &[u8],
        fill: Fill<'_>,
    ) -> Result<(Accepted, Vec<u8>), HandshakeError> {
        let plain = packet::open(key, auth)?;
        let mut fields = fields(&plain)?;
        let signature: [u8; 65] = field(&mut fields)?;
        let remote = public_key(field(&mut fields)?)?;
        let theirs: Nonce = field(&mut fields)?;
        let token = xor(&key.agree(&remote), &theirs);

        let ours = create_nonce(fill);
        let answer = Answer::new(&signature, &token, fill).map_err(|_| HandshakeError::Crypto)?;
        let ack = packet::seal(&remote, &[&answer.public.to_bytes(), &ours], fill);
        let agreed = Agreed {
            ephemeral: &answer.agreed,
            initiator_nonce: &theirs,
            recipient_nonce: &ours,
            auth,
            ack: &ack,
        };
        let secrets = Secrets::derive(Side::Recipient, &agreed);
        Ok((Accepted { remote, secrets }, ack))
    }
}

/// The recipient's ephemeral public key, and the secret agreed with the initiator's.
///
/// Auth does not contain the initiator's ephemeral public key Q, only the signature (r, s) that it made of the token
/// m. From the signature, Q = (s·R − m·G) / r, where R is the point with the x coordinate r. Recovering Q takes one
/// multiplication of a point other than G, and agreeing on e·Q, for our ephemeral secret e, takes another.
///
/// We draw t and use e = t·r. Then e·Q = (t·s)·R − (t·m)·G, which takes only one. That saves about 8 % of the time of
/// an inbound handshake. Since r is not zero, e is as random as t, and our public key does not show how e was made.
struct Answer {
    /// Our ephemeral public key, e·G.
    public: PublicKey,
    /// The x coordinate of e·Q.
    agreed: [u8; 32],
}

impl Answer {
    /// Answers a signature of `token`: r, s, and 0 or 1 for an R with an even or an odd y.
    ///
    /// # Errors
    ///
    /// A [`KeyError`] if no key can have made this signature. Two kinds of valid input are refused too, because an
    /// honest initiator never produces them by chance: an x coordinate not below the order of the curve, for which
    /// the last byte is 2 or 3, and a token that is zero or not below the order.
    fn new(signature: &[u8; 65], token: &[u8; 32], fill: Fill<'_>) -> Result<Self, KeyError> {
        let (r, s, odd) = split_signature(signature).ok_or(KeyError::Point)?;
        let point = PublicKey::from_x(r, odd)?;
        let drawn = Secret::create(fill);
        let of_point = drawn.times(s)?.multiply(&point)?;
        let of_token = drawn.times(token)?.negated().public_key();
        Ok(Self {
            public: drawn.times(r)?.public_key(),
            agreed: of_point.plus(&of_token)?.x(),
        })
    }
}

fn split_signature(signature: &[u8; 65]) -> Option<(&[u8; 32], &[u8; 32], bool)> {
    let (r, rest) = signature.split_first_chunk()?;
    let (s, recovery) = rest.split_first_chunk()?;
    match recovery {
        [0] => Some((r, s, false)),
        [1] => Some((r, s, true)),
        _ => None,
    }
}

/// One of the two ends of a connection.
#[derive(Clone, Copy)]
enum Side {
    Initiator,
    Recipient,
}

/// The values that both ends know after auth and ack.
struct Agreed<'a> {
    /// The x coordinate that the two ephemeral keys agree on.
    ephemeral: &'a [u8; 32],
    initiator_nonce: &'a Nonce,
    recipient_nonce: &'a Nonce,
    /// The whole auth packet, with its size prefix.
    auth: &'a [u8],
    /// The whole ack packet, with its size prefix.
    ack: &'a [u8],
}

/// The keys of one connection, and the initial states of its two MACs.
///
/// `Debug` prints nothing of them.
pub struct Secrets {
    pub(super) aes: [u8; 32],
    pub(super) mac: [u8; 32],
    /// The MAC state of what this end sends.
    pub(super) egress: Keccak256,
    /// The MAC state of what this end receives.
    pub(super) ingress: Keccak256,
}

impl Secrets {
    fn derive(side: Side, agreed: &Agreed<'_>) -> Self {
        let nonces = keccak(agreed.recipient_nonce, agreed.initiator_nonce);
        let shared = keccak(agreed.ephemeral, &nonces);
        let aes = keccak(agreed.ephemeral, &shared);
        let mac = keccak(agreed.ephemeral, &aes);
        let state = |nonce: &Nonce, packet: &[u8]| {
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

fn create_nonce(fill: Fill<'_>) -> Nonce {
    let mut nonce = [0; 32];
    fill(&mut nonce);
    nonce
}

/// Opens the list at the start of a decrypted packet. Padding follows the list, and later versions may append items
/// to the list.
fn fields(plain: &[u8]) -> Result<Reader<'_>, HandshakeError> {
    Reader::new(plain)
        .list()
        .map_err(|_| HandshakeError::Malformed)
}

fn field<const N: usize>(fields: &mut Reader<'_>) -> Result<[u8; N], HandshakeError> {
    fields.array().map_err(|_| HandshakeError::Malformed)
}

fn public_key(bytes: [u8; 64]) -> Result<PublicKey, HandshakeError> {
    PublicKey::from_bytes(&bytes).map_err(|_| HandshakeError::Crypto)
}

fn xor(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|i| one[i] ^ other[i])
}

fn keccak(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    let mut state = Keccak256::new();
    state.update(one);
    state.update(other);
    state.digest()
}

#[cfg(test)]
mod tests;
