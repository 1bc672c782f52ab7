//! ECIES, the encryption of handshake packets. Source: `rlpx.md`, "ECIES Encryption".

use aes::Aes128;
use aes::cipher::{KeyIvInit, StreamCipher};
use ctr::Ctr128BE;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::error::HandshakeError;
use crate::identity::node_key::{NodeKey, Secret};
use crate::identity::public_key::PublicKey;

/// Randomness supplied by the caller: each call fills the whole buffer with bytes that no one can guess.
pub type Fill<'a> = &'a mut dyn FnMut(&mut [u8]);

const POINT: usize = 65;
const IV: usize = 16;
const TAG: usize = 32;

/// Bytes that encryption adds: the ephemeral point, the initialization vector and the tag.
pub(super) const OVERHEAD: usize = POINT + IV + TAG;

// The IV comes from the peer, so its lower half may overflow: the counter must have all 128 bits.
type Cipher = Ctr128BE<Aes128>;

/// Appends a sealed message to `out`: `R || iv || c || d`. `write` appends the message itself, which is encrypted in
/// place. `shared` is authenticated, but not part of the output.
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
/// [`HandshakeError::Crypto`] if the length, the point or the tag is wrong.
pub(super) fn decrypt(
    key: &NodeKey,
    sealed: &[u8],
    shared: &[u8],
) -> Result<Vec<u8>, HandshakeError> {
    let (point, rest) = sealed
        .split_first_chunk::<POINT>()
        .ok_or(HandshakeError::Crypto)?;
    let (body, tag) = rest
        .split_last_chunk::<TAG>()
        .ok_or(HandshakeError::Crypto)?;
    let (iv, cipher) = body
        .split_first_chunk::<IV>()
        .ok_or(HandshakeError::Crypto)?;
    // A point off the curve would reveal the secret key bit by bit.
    let point = PublicKey::from_uncompressed(point).map_err(|_| HandshakeError::Crypto)?;
    let keys = Keys::derive(&key.agree(&point));
    keys.tag(body, shared)
        .verify_slice(tag)
        .map_err(|_| HandshakeError::Crypto)?;
    let mut plain = cipher.to_vec();
    keys.cipher(iv).apply_keystream(&mut plain);
    Ok(plain)
}

/// The two keys derived from one agreement.
struct Keys {
    encryption: [u8; 16],
    tag: [u8; 32],
}

impl Keys {
    /// NIST SP 800-56 concatenation with SHA-256. One round gives the 32 bytes that we need.
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
        // HMAC pads a key shorter than a block with zeros.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.tag);
        <Hmac<Sha256> as KeyInit>::new(&block.into())
            .chain_update(body)
            .chain_update(shared)
    }
}

#[cfg(test)]
mod tests {
    use aes::cipher::{BlockCipherEncrypt, KeyInit as _};

    use super::*;
    use crate::rlpx::tests::random;
    use crate::rlpx::vectors::{key_a, key_b};

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encrypt(
            key_b().public_key(),
            b"shared",
            &mut random(1),
            &mut out,
            |out| out.extend_from_slice(plain),
        );
        out
    }

    #[test]
    fn what_was_encrypted_is_decrypted() {
        for length in [0, 1, 15, 16, 17, 300] {
            let plain = vec![7; length];
            let sealed = sealed(&plain);
            assert_eq!(sealed.len(), OVERHEAD + length);
            assert_eq!(decrypt(&key_b(), &sealed, b"shared"), Ok(plain));
        }
    }

    #[test]
    fn any_other_key_shared_data_or_bit_is_refused() {
        let good = sealed(b"plain");
        assert_eq!(
            decrypt(&key_a(), &good, b"shared"),
            Err(HandshakeError::Crypto)
        );
        assert_eq!(
            decrypt(&key_b(), &good, b"other"),
            Err(HandshakeError::Crypto)
        );
        for bit in 0..8 * good.len() {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                decrypt(&key_b(), &bad, b"shared"),
                Err(HandshakeError::Crypto),
                "{bit}"
            );
        }
        for length in 0..good.len() {
            assert_eq!(
                decrypt(&key_b(), &good[..length], b"shared"),
                Err(HandshakeError::Crypto)
            );
        }
    }

    #[test]
    fn a_point_off_the_curve_is_always_refused() {
        // An invalid-curve attack guesses the agreed secret and sends a tag that fits the guess.
        for (tag, coordinate) in [(4, 0), (4, 1), (4, 0xff), (6, 1), (2, 1), (0, 0)] {
            let mut sealed = vec![coordinate; POINT];
            sealed[0] = tag;
            let body = [9; 32];
            sealed.extend_from_slice(&body);
            let keys = Keys::derive(&[coordinate; 32]);
            sealed.extend_from_slice(&keys.tag(&body, b"").finalize().into_bytes());
            assert_eq!(decrypt(&key_b(), &sealed, b""), Err(HandshakeError::Crypto));
        }
    }

    #[test]
    fn the_counter_carries_into_the_ivs_upper_half() {
        let keys = Keys::derive(&[5; 32]);
        let mut iv = [0xff; 16];
        iv[0] = 0;
        let mut stream = [0; 32];
        keys.cipher(&iv).apply_keystream(&mut stream);
        let mut second = [0; 16];
        second[0] = 1;
        let mut expected = [iv.into(), second.into()];
        Aes128::new(&keys.encryption.into()).encrypt_blocks(&mut expected);
        assert_eq!(stream[..16], expected[0][..]);
        assert_eq!(stream[16..], expected[1][..]);
    }
}
