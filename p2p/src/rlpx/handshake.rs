//! The handshake: auth from the initiator, ack from the recipient, and the secrets of both.
//!
//! Only the EIP-8 format is supported. Source: `rlpx.md`, "Initial Handshake".

mod answer;

use std::fmt;

use answer::Answer;

use super::secrets::{Agreed, Side};
use super::{Error, Secrets, packet};
use crate::identity::node_key::{NodeKey, Secret};
use crate::identity::public_key::PublicKey;
use crate::rlp::Reader;

/// Randomness supplied by the caller: each call fills the whole buffer with bytes that no one can guess.
pub type Fill<'a> = &'a mut dyn FnMut(&mut [u8]);

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
        // The recipient finds our ephemeral public key by it, and nobody else needs that.
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
    /// [`Error::Crypto`] if it is not meant for this node or its key is invalid; otherwise what is
    /// wrong with it. Anyone but the dialed node can't read auth and derives secrets that do not
    /// match, which shows at the first frame.
    pub fn read_ack(self, packet: &[u8]) -> Result<Secrets, Error> {
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
    /// The initiator's static key. Its first frame will prove that it owns the key; until then, anybody can have
    /// named it.
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
        let theirs: Nonce = field(&mut fields)?;
        let token = xor(&key.agree(&remote), &theirs);

        let ours = create_nonce(fill);
        let answer = Answer::new(&signature, &token, fill).map_err(|_| Error::Crypto)?;
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

fn create_nonce(fill: Fill<'_>) -> Nonce {
    let mut nonce = [0; 32];
    fill(&mut nonce);
    nonce
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

pub(super) fn xor(one: &[u8; 32], other: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|i| one[i] ^ other[i])
}

#[cfg(test)]
mod tests;
