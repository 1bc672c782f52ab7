//! Handshake packets around any content, which the library makes only around its own.
//!
//! It is written anew from `rlpx.md`, so that a fuzzer gets past the encryption to what is inside.

use aes::Aes128;
use aes::cipher::{KeyIvInit as _, StreamCipher as _};
use ctr::Ctr128BE;
use hmac::{Hmac, KeyInit as _, Mac as _};
use p2p::PublicKey;
use p2p::rlpx::MAX_PACKET;
use secp256k1::ecdh::shared_secret_point;
use secp256k1::{SECP256K1, SecretKey};
use sha2::{Digest as _, Sha256};

/// The bytes that encryption adds to the content.
const OVERHEAD: usize = 65 + 16 + 32;

/// A packet for `remote` with this content, cut to what fits. Its ephemeral key and its IV are always the same.
pub(super) fn packet(remote: &PublicKey, content: &[u8]) -> Vec<u8> {
    let content = &content[..content.len().min(MAX_PACKET - OVERHEAD)];
    let ephemeral = SecretKey::from_byte_array([7; 32]).expect("a key");
    let mut point = [4; 65];
    point[1..].copy_from_slice(&remote.to_bytes());
    let remote = secp256k1::PublicKey::from_slice(&point).expect("a key");
    let agreed = shared_secret_point(&remote, &ephemeral);
    let keys = Sha256::new()
        .chain_update(1_u32.to_be_bytes())
        .chain_update(&agreed[..32])
        .finalize();
    let mut encryption = [0; 16];
    encryption.copy_from_slice(&keys[..16]);
    let iv = [9; 16];

    let prefix = (OVERHEAD + content.len()) as u16;
    let mut out = prefix.to_be_bytes().to_vec();
    out.extend_from_slice(&ephemeral.public_key(SECP256K1).serialize_uncompressed());
    let start = out.len();
    out.extend_from_slice(&iv);
    out.extend_from_slice(content);
    Ctr128BE::<Aes128>::new(&encryption.into(), &iv.into()).apply_keystream(&mut out[start + 16..]);
    let tag = Hmac::<Sha256>::new_from_slice(&Sha256::digest(&keys[16..])).expect("any key");
    let tag = tag
        .chain_update(&out[start..])
        .chain_update(prefix.to_be_bytes())
        .finalize();
    out.extend_from_slice(&tag.into_bytes());
    out
}
