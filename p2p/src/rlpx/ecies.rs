//! ECIES, the encryption of handshake packets. Source: `rlpx.md`, "ECIES Encryption".

use aes::Aes128;
use aes::cipher::{KeyIvInit, StreamCipher};
use ctr::Ctr128BE;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::{Error, Fill};
use crate::identity::node_key::{NodeKey, Secret};
use crate::identity::public_key::PublicKey;

const POINT: usize = 65;
const IV: usize = 16;
const TAG: usize = 32;

/// Bytes that encryption adds: the ephemeral point, the initialization vector and the tag.
pub(super) const OVERHEAD: usize = POINT + IV + TAG;

// The IV comes from the peer, so its lower half may overflow: the counter must have all 128 bits.
type Cipher = Ctr128BE<Aes128>;

/// Appends `R || iv || c || d` to `out` for the message that `write` appends; `shared` goes into the tag only.
pub(super) fn encrypt(
    remote: &PublicKey,
    shared: &[u8],
    fill: Fill<'_>,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>),
) {
    let ephemeral = Secret::create(fill);
    let keys = Keys::derive(&ephemeral.agree(remote));
    let mut iv = [0; IV];
    fill(&mut iv);

    out.push(4);
    out.extend_from_slice(&ephemeral.public_key().to_bytes());
    let sealed = out.len();
    out.extend_from_slice(&iv);
    write(out);
    keys.cipher(&iv).apply_keystream(&mut out[sealed + IV..]);
    let tag = keys.tag(&out[sealed..], shared).finalize().into_bytes();
    out.extend_from_slice(&tag);
}

/// Checks and decrypts `R || iv || c || d`.
///
/// # Errors
///
/// [`Error::Crypto`] for whatever is wrong: the length, the point or the tag.
pub(super) fn decrypt(key: &NodeKey, sealed: &[u8], shared: &[u8]) -> Result<Vec<u8>, Error> {
    let (point, rest) = sealed.split_first_chunk::<POINT>().ok_or(Error::Crypto)?;
    let (body, tag) = rest.split_last_chunk::<TAG>().ok_or(Error::Crypto)?;
    let (iv, cipher) = body.split_first_chunk::<IV>().ok_or(Error::Crypto)?;
    // A point off the curve would give away the secret key bit by bit.
    let point = PublicKey::from_uncompressed(point).map_err(|_| Error::Crypto)?;
    let keys = Keys::derive(&key.agree(&point));
    keys.tag(body, shared)
        .verify_slice(tag)
        .map_err(|_| Error::Crypto)?;
    let mut plain = cipher.to_vec();
    keys.cipher(iv).apply_keystream(&mut plain);
    Ok(plain)
}

/// The two keys that come out of one agreement.
struct Keys {
    encryption: [u8; 16],
    tag: [u8; 32],
}

impl Keys {
    /// NIST SP 800-56 concatenation with SHA-256, of which one round gives the 32 bytes that we need.
    fn derive(agreed: &[u8; 32]) -> Self {
        let material: [u8; 32] = Sha256::new()
            .chain_update(1_u32.to_be_bytes())
            .chain_update(agreed)
            .finalize()
            .into();
        let (first, second) = material.split_at(16);
        let mut encryption = [0; 16];
        encryption.copy_from_slice(first);
        Self {
            encryption,
            tag: Sha256::digest(second).into(),
        }
    }

    fn cipher(&self, iv: &[u8; IV]) -> Cipher {
        Cipher::new(&self.encryption.into(), &(*iv).into())
    }

    fn tag(&self, body: &[u8], shared: &[u8]) -> Hmac<Sha256> {
        // A key of 32 bytes is shorter than a block, so it is taken as it is.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.tag);
        <Hmac<Sha256> as KeyInit>::new(&block.into())
            .chain_update(body)
            .chain_update(shared)
    }
}

#[cfg(test)]
mod tests;
