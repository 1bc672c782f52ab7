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
fn another_key_other_shared_data_and_any_flipped_bit_are_refused() {
    let good = sealed(b"plain");
    assert_eq!(decrypt(&key_a(), &good, b"shared"), Err(Error::Crypto));
    assert_eq!(decrypt(&key_b(), &good, b"other"), Err(Error::Crypto));
    for bit in 0..8 * good.len() {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            decrypt(&key_b(), &bad, b"shared"),
            Err(Error::Crypto),
            "{bit}"
        );
    }
    for length in 0..good.len() {
        assert_eq!(
            decrypt(&key_b(), &good[..length], b"shared"),
            Err(Error::Crypto)
        );
    }
}

#[test]
fn a_point_off_the_curve_is_refused_even_with_a_tag_that_fits() {
    // What an invalid-curve attack sends: the tag fits a guess of the agreed secret.
    for (tag, coordinate) in [(4, 0), (4, 1), (4, 0xff), (6, 1), (2, 1), (0, 0)] {
        let mut sealed = vec![coordinate; POINT];
        sealed[0] = tag;
        let body = [9; 32];
        sealed.extend_from_slice(&body);
        let keys = Keys::derive(&[coordinate; 32]);
        sealed.extend_from_slice(&keys.tag(&body, b"").finalize().into_bytes());
        assert_eq!(decrypt(&key_b(), &sealed, b""), Err(Error::Crypto));
    }
}

#[test]
fn the_counter_carries_into_the_upper_half_of_the_initialization_vector() {
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
