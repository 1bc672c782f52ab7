//! The handshake: auth from the initiator, ack from the recipient, and the secrets of both.
//!
//! Only the format of EIP-8 is spoken. Source: `rlpx.md`, "Initial Handshake".

use std::fmt;

use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, SECP256K1};

use super::secrets::{Agreed, Side};
use super::{Error, Secrets, packet};
use crate::identity::{NodeKey, PublicKey, Secret};
use crate::rlp::Reader;

/// Randomness that the caller gives: each call fills the whole buffer with bytes that no one can guess.
pub type Fill<'a> = &'a mut dyn FnMut(&mut [u8]);

type Nonce = [u8; 32];

/// The end that has opened the connection, after it sent auth and before ack has come.
#[derive(Debug)]
pub struct Initiator<'k> {
    key: &'k NodeKey,
    own: Own,
    auth: Vec<u8>,
}

impl<'k> Initiator<'k> {
    /// Begins a handshake with the node `remote`: what to send is [`auth`](Self::auth).
    pub fn new(key: &'k NodeKey, remote: PublicKey, fill: Fill<'_>) -> Self {
        let own = Own::create(fill);
        let token = xor(&key.agree(&remote), &own.nonce);
        // The recipient finds our ephemeral public key by it, and nobody else needs that.
        let (recovery, compact) = own.ephemeral.sign(token).serialize_compact();
        let mut signature = [0; 65];
        signature[..64].copy_from_slice(&compact);
        // A recovery id is 0 to 3.
        signature[64] = i32::from(recovery) as u8;
        let public = key.public_key().to_bytes();
        let auth = packet::seal(&remote, &[&signature, &public, &own.nonce], fill);
        Self { key, own, auth }
    }

    /// The auth packet, to be sent once. Nothing more may be sent before the ack has come.
    pub fn auth(&self) -> &[u8] {
        &self.auth
    }

    /// Takes the whole ack packet, with its size prefix, and derives the secrets.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] if it is not meant for this node or its key is invalid; otherwise what is
    /// wrong with it. Who else than the dialed node could not read auth, and makes secrets that do not
    /// fit: that shows at the first frame.
    pub fn read_ack(self, packet: &[u8]) -> Result<Secrets, Error> {
        let plain = packet::open(self.key, packet)?;
        let mut fields = fields(&plain)?;
        let theirs = Theirs {
            ephemeral: public_key(field(&mut fields)?)?,
            nonce: field(&mut fields)?,
        };
        Ok(secrets(
            Side::Initiator,
            &self.own,
            &theirs,
            &self.auth,
            packet,
        ))
    }
}

/// The end that was connected to.
#[derive(Debug)]
pub struct Recipient;

/// An auth that was accepted: who sent it, and the secrets that hold once our ack is sent.
#[derive(Debug)]
pub struct Accepted {
    /// The initiator's static key. Its first frame will prove that it owns it: an auth can be sent again by
    /// whoever has recorded it.
    pub remote: PublicKey,
    /// The secrets of this connection.
    pub secrets: Secrets,
}

impl Recipient {
    /// Takes the whole auth packet, with its size prefix, and gives the ack packet to send.
    ///
    /// Nothing may be sent before the ack.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] if it is not meant for this node, or a key or the signature in it is invalid;
    /// otherwise what is wrong with it.
    pub fn read_auth(
        key: &NodeKey,
        auth: &[u8],
        fill: Fill<'_>,
    ) -> Result<(Accepted, Vec<u8>), Error> {
        let plain = packet::open(key, auth)?;
        let mut fields = fields(&plain)?;
        let signature: [u8; 65] = field(&mut fields)?;
        let remote = public_key(field(&mut fields)?)?;
        let nonce = field(&mut fields)?;
        let token = xor(&key.agree(&remote), &nonce);
        let theirs = Theirs {
            ephemeral: recover(&signature, token)?,
            nonce,
        };

        let own = Own::create(fill);
        let public = own.ephemeral.public_key().to_bytes();
        let ack = packet::seal(&remote, &[&public, &own.nonce], fill);
        let secrets = secrets(Side::Recipient, &own, &theirs, auth, &ack);
        Ok((Accepted { remote, secrets }, ack))
    }
}

/// Our part of the key agreement.
struct Own {
    ephemeral: Secret,
    nonce: Nonce,
}

impl Own {
    fn create(fill: Fill<'_>) -> Self {
        let mut nonce = [0; 32];
        fill(&mut nonce);
        Self {
            ephemeral: Secret::create(fill),
            nonce,
        }
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Own(..)")
    }
}

/// The peer's part of it.
struct Theirs {
    ephemeral: PublicKey,
    nonce: Nonce,
}

fn secrets(side: Side, own: &Own, theirs: &Theirs, auth: &[u8], ack: &[u8]) -> Secrets {
    let (initiator_nonce, recipient_nonce) = match side {
        Side::Initiator => (&own.nonce, &theirs.nonce),
        Side::Recipient => (&theirs.nonce, &own.nonce),
    };
    Secrets::derive(
        side,
        &Agreed {
            ephemeral: &own.ephemeral.agree(&theirs.ephemeral),
            initiator_nonce,
            recipient_nonce,
            auth,
            ack,
        },
    )
}

/// The list that begins a decrypted packet. What follows it is padding; what it has more than we read
/// belongs to a later version.
fn fields(plain: &[u8]) -> Result<Reader<'_>, Error> {
    Reader::new(plain).list().map_err(|_| Error::Malformed)
}

fn field<const N: usize>(fields: &mut Reader<'_>) -> Result<[u8; N], Error> {
    fields.array().map_err(|_| Error::Malformed)
}

fn public_key(bytes: [u8; 64]) -> Result<PublicKey, Error> {
    PublicKey::from_bytes(&bytes).map_err(|_| Error::Crypto)
}

/// The key that has signed `token`.
fn recover(signature: &[u8; 65], token: [u8; 32]) -> Result<PublicKey, Error> {
    let (compact, recovery) = signature.split_at(64);
    RecoveryId::try_from(i32::from(recovery[0]))
        .and_then(|recovery| RecoverableSignature::from_compact(compact, recovery))
        .and_then(|signature| SECP256K1.recover_ecdsa(Message::from_digest(token), &signature))
        .map(PublicKey::from_point)
        .map_err(|_| Error::Crypto)
}

pub(super) fn xor(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|i| one[i] ^ other[i])
}

#[cfg(test)]
mod tests;
