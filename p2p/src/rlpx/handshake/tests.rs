use proptest::prelude::*;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, SECP256K1};

use super::*;
use crate::rlp::Writer;
use crate::rlpx::ecies;
use crate::rlpx::packet::{HEAD, packet_size};
use crate::rlpx::tests::random;
use crate::rlpx::vectors::*;

/// Recovers the key that signed `token` with the secp256k1 library.
fn recover(signature: &[u8; 65], token: [u8; 32]) -> PublicKey {
    let (compact, recovery) = signature.split_at(64);
    let recovery = RecoveryId::try_from(i32::from(recovery[0])).expect("0 to 3");
    let signature = RecoverableSignature::from_compact(compact, recovery).expect("numbers");
    let recovered = SECP256K1.recover_ecdsa(Message::from_digest(token), &signature);
    PublicKey::from_point(recovered.expect("a key"))
}

/// The signature of an auth packet for B, and the token that it signs.
fn signed(auth: &[u8]) -> ([u8; 65], [u8; 32]) {
    let plain = packet::open(&key_b(), auth).expect("decrypted");
    let mut fields = fields(&plain).expect("a list");
    let signature = field(&mut fields).expect("a signature");
    let public: [u8; 64] = field(&mut fields).expect("a public key");
    assert_eq!(public, key_a().public_key().to_bytes());
    assert_eq!(field(&mut fields), Ok(NONCE_A));
    (
        signature,
        xor(&key_b().agree(key_a().public_key()), &NONCE_A),
    )
}

#[test]
fn the_auth_packets_of_eip_8_are_read() {
    for auth in [AUTH_2, AUTH_3] {
        let (signature, token) = signed(auth);
        assert_eq!(recover(&signature, token), ephemeral_a().public_key());
        let (accepted, _) = Recipient::read_auth(&key_b(), auth, &mut random(1)).expect("accepted");
        assert_eq!(accepted.remote, *key_a().public_key());
    }
}

#[test]
fn auth_2_and_ack_2_give_the_published_secrets() {
    let (signature, token) = signed(AUTH_2);
    let mut drawn = |bytes: &mut [u8]| bytes.copy_from_slice(&DRAWN_B);
    let answer = Answer::new(&signature, &token, &mut drawn).expect("a key has signed");
    assert_eq!(answer.public, ephemeral_b().public_key());
    let agreed = Agreed {
        ephemeral: &answer.agreed,
        initiator_nonce: &NONCE_A,
        recipient_nonce: &NONCE_B,
        auth: AUTH_2,
        ack: ACK_2,
    };
    let mut secrets = Secrets::derive(Side::Recipient, &agreed);
    assert_eq!(secrets.aes, AES_SECRET);
    assert_eq!(secrets.mac, MAC_SECRET);
    secrets.ingress.update(b"foo");
    assert_eq!(secrets.ingress.digest(), INGRESS_FOO);
}

#[test]
fn the_ack_packets_of_eip_8_are_read() {
    let key = key_a();
    for ack in [ACK_2, ACK_3] {
        let initiator = Initiator {
            key: &key,
            ephemeral: ephemeral_a(),
            nonce: NONCE_A,
            auth: AUTH_2.to_vec(),
        };
        let mut secrets = initiator.read_ack(ack).expect("accepted");
        assert_eq!((secrets.aes, secrets.mac), (AES_SECRET, MAC_SECRET));
        // The initiator's egress is the recipient's ingress.
        secrets.egress.update(b"foo");
        assert_eq!(secrets.egress.digest(), INGRESS_FOO);
    }
}

#[test]
fn a_packet_has_100_to_199_bytes_of_padding() {
    let mut sizes = std::collections::BTreeSet::new();
    for byte in 0..=255 {
        // Only the padding asks for a single byte of randomness.
        let mut fill = |bytes: &mut [u8]| bytes.fill(if bytes.len() == 1 { byte } else { 1 });
        let key = key_a();
        let initiator = Initiator::new(&key, *key_b().public_key(), &mut fill);
        let auth = initiator.auth();
        assert_eq!(packet_size([auth[0], auth[1], auth[2]]), Ok(auth.len()));
        sizes.insert(packet::open(&key_b(), auth).expect("decrypted").len() - 169);
    }
    assert_eq!(sizes, (100..200).collect());
}

#[test]
fn later_versions_and_missing_padding_are_accepted() {
    let key = key_a();
    let initiator = Initiator::new(&key, *key_b().public_key(), &mut random(1));
    let plain = packet::open(&key_b(), initiator.auth()).expect("decrypted");
    let mut strings = fields(&plain).expect("a list");
    let three: Vec<u8> = (0..3)
        .flat_map(|_| strings.item().expect("an item").to_vec())
        .collect();
    for rest in [
        &b""[..],
        b"\x80",
        b"\x81\xff",
        b"\xc0",
        b"\x04\xc1\x80\x05",
        b"\xc1",
    ] {
        let mut changed = Vec::new();
        let mut writer = Writer::new(&mut changed);
        writer.list(three.len() + rest.len());
        writer.raw(&three);
        writer.raw(rest);
        let packet = seal_plain(&changed);
        assert!(
            Recipient::read_auth(&key_b(), &packet, &mut random(2)).is_ok(),
            "{rest:?}"
        );
    }
}

/// A packet to B with this plaintext.
fn seal_plain(plain: &[u8]) -> Vec<u8> {
    seal_to(key_b().public_key(), plain)
}

fn seal_to(remote: &PublicKey, plain: &[u8]) -> Vec<u8> {
    let size = ((plain.len() + ecies::OVERHEAD) as u16).to_be_bytes();
    let mut packet = size.to_vec();
    ecies::encrypt(remote, &size, &mut random(3), &mut packet, |out| {
        out.extend_from_slice(plain);
    });
    packet
}

fn list(strings: &[&[u8]]) -> Vec<u8> {
    let mut items = Vec::new();
    let mut writer = Writer::new(&mut items);
    strings.iter().for_each(|string| writer.bytes(string));
    let mut list = Vec::new();
    let mut writer = Writer::new(&mut list);
    writer.list(items.len());
    writer.raw(&items);
    list
}

fn too_large(size: usize) -> HandshakeError {
    HandshakeError::PacketTooLarge { size, limit: 2048 }
}

fn read_auth(packet: &[u8]) -> Result<(), HandshakeError> {
    Recipient::read_auth(&key_b(), packet, &mut random(4)).map(|_| ())
}

#[test]
fn bad_keys_and_signatures_in_auth_are_refused() {
    let good = key_a().public_key().to_bytes();
    let mut signature = [1; 65];
    for public in [[0; 64], [1; 64], [0xff; 64]] {
        let packet = seal_plain(&list(&[&signature, &public, &NONCE_A, &[4]]));
        assert_eq!(read_auth(&packet), Err(HandshakeError::Crypto));
    }
    for recovery in [4, 27, 0x80, 0xff] {
        signature[64] = recovery;
        let packet = seal_plain(&list(&[&signature, &good, &NONCE_A, &[4]]));
        assert_eq!(
            read_auth(&packet),
            Err(HandshakeError::Crypto),
            "{recovery}"
        );
    }
    for signature in [[0; 65], [0xff; 65]] {
        let packet = seal_plain(&list(&[&signature, &good, &NONCE_A, &[4]]));
        assert_eq!(read_auth(&packet), Err(HandshakeError::Crypto));
    }
}

#[test]
fn an_ephemeral_key_off_the_curve_in_ack_is_refused() {
    for (ephemeral, good) in [
        ([0; 64], false),
        ([1; 64], false),
        ([0xff; 64], false),
        (ephemeral_b().public_key().to_bytes(), true),
    ] {
        let key = key_a();
        let initiator = Initiator::new(&key, *key_b().public_key(), &mut random(5));
        let packet = seal_to(key.public_key(), &list(&[&ephemeral, &NONCE_B, &[4]]));
        let read = initiator.read_ack(&packet).map(|_| ());
        assert_eq!(
            read,
            if good {
                Ok(())
            } else {
                Err(HandshakeError::Crypto)
            }
        );
    }
}

#[test]
fn content_of_another_shape_is_malformed() {
    let public = key_a().public_key().to_bytes();
    let signature = [1; 65];
    for plain in [
        vec![],
        vec![0; 200],
        vec![0xff; 200],
        vec![0xf9, 0xff, 0xff],
        list(&[]),
        list(&[&signature]),
        list(&[&signature, &public]),
        list(&[&signature, &public, &NONCE_A[1..]]),
        list(&[&signature[1..], &public, &NONCE_A]),
        list(&[&signature, &[4; 65], &NONCE_A]),
    ] {
        assert_eq!(
            read_auth(&seal_plain(&plain)),
            Err(HandshakeError::Malformed)
        );
    }
}

#[test]
fn packets_of_every_length_are_refused_without_a_panic() {
    let mut bytes = vec![0; 2051];
    random(6)(&mut bytes);
    for length in 0..bytes.len() {
        let mut packet = bytes[..length].to_vec();
        let random = read_auth(&packet);
        assert!(random.is_err(), "{length}");
        if let Some(size) = length.checked_sub(2) {
            packet[..2].copy_from_slice(&(size as u16).to_be_bytes());
        }
        if let Some(tag) = packet.get_mut(2) {
            *tag = 4;
        }
        let expected = match length.saturating_sub(2) {
            _ if length < HEAD => HandshakeError::PacketLength {
                expected: HEAD,
                found: length,
            },
            size @ 0..=112 => HandshakeError::PacketTooSmall { size, least: 113 },
            113..=2048 => HandshakeError::Crypto,
            size => too_large(size),
        };
        assert_eq!(read_auth(&packet), Err(expected), "{length}");
    }
}

#[test]
fn a_packet_cut_at_any_length_is_refused() {
    for length in 0..AUTH_2.len() {
        let mut packet = AUTH_2[..length].to_vec();
        assert!(read_auth(&packet).is_err(), "{length}");
        // The same with a size that agrees.
        if let Some(size) = length.checked_sub(2) {
            packet[..2].copy_from_slice(&(size as u16).to_be_bytes());
            assert!(read_auth(&packet).is_err(), "{length}");
        }
    }
    let long = [AUTH_2, &[0]].concat();
    assert_eq!(
        read_auth(&long),
        Err(HandshakeError::PacketLength {
            expected: AUTH_2.len(),
            found: AUTH_2.len() + 1
        })
    );
}

#[test]
fn a_flipped_bit_anywhere_in_a_packet_is_refused() {
    for position in 0..AUTH_2.len() {
        let mut packet = AUTH_2.to_vec();
        packet[position] ^= 1 << (position % 8);
        assert!(read_auth(&packet).is_err(), "{position}");
    }
}

#[test]
fn three_bytes_tell_other_protocols_apart() {
    assert_eq!(packet_size([0x01, 0xb3, 4]), Ok(437));
    assert_eq!(packet_size([0x08, 0x00, 4]), Ok(2050));
    assert_eq!(packet_size([0x08, 0x01, 4]), Err(too_large(2049)));
    assert_eq!(packet_size([0x00, 113, 4]), Ok(115));
    assert_eq!(
        packet_size([0x00, 112, 4]),
        Err(HandshakeError::PacketTooSmall {
            size: 112,
            least: 113
        })
    );
    assert_eq!(
        packet_size([0x04, 0x8c, 0xa0]),
        Err(HandshakeError::PreEip8)
    );
    assert_eq!(packet_size([0x04, 0x8c, 0x04]), Ok(0x048e));
    assert!(matches!(
        packet_size(*b"GET"),
        Err(HandshakeError::PacketTooLarge { .. })
    ));
    assert_eq!(
        packet_size([0x01, 0x00, 0x02]),
        Err(HandshakeError::NotRlpx)
    );
}

#[test]
fn an_auth_for_another_node_is_refused() {
    let key = key_a();
    let initiator = Initiator::new(&key, ephemeral_a().public_key(), &mut random(1));
    assert_eq!(read_auth(initiator.auth()), Err(HandshakeError::Crypto));
}

#[test]
fn debug_shows_nothing_of_the_secrets() {
    let key = key_a();
    let initiator = Initiator::new(&key, *key_b().public_key(), &mut random(1));
    assert_eq!(format!("{initiator:?}"), "Initiator(..)");
    let (accepted, _) =
        Recipient::read_auth(&key_b(), initiator.auth(), &mut random(2)).expect("accepted");
    assert!(format!("{accepted:?}").ends_with("secrets: Secrets(..) }"));
}

#[test]
fn a_token_out_of_range_is_refused() {
    let (good, token) = signed(AUTH_2);
    let answer = |token: &_| Answer::new(&good, token, &mut random(1)).map(|_| ());
    assert_eq!(answer(&token), Ok(()));
    for token in [[0; 32], [0xff; 32]] {
        assert_eq!(answer(&token), Err(KeyError::Secret));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn an_answer_agrees_with_the_signing_key(a in 1_u8..0xff, token in 1_u8..0xff, seed: u64) {
        let own = Secret::from_bytes(&[a; 32]).expect("a key");
        let token = [token; 32];
        let (recovery, compact) = own.sign(token).serialize_compact();
        let mut signature = [i32::from(recovery) as u8; 65];
        signature[..64].copy_from_slice(&compact);
        prop_assert_eq!(recover(&signature, token), own.public_key());
        let answer = Answer::new(&signature, &token, &mut random(seed)).expect("a key");
        prop_assert_eq!(own.agree(&answer.public), answer.agreed);
    }

    #[test]
    fn two_ends_agree(a in 1_u8..0xff, b in 1_u8..0xff, seed: u64) {
        let a = key([a; 32]);
        let b = key([b; 32]);
        let initiator = Initiator::new(&a, *b.public_key(), &mut random(seed));
        let (accepted, ack) = Recipient::read_auth(&b, initiator.auth(), &mut random(!seed)).expect("accepted");
        let secrets = initiator.read_ack(&ack).expect("accepted");
        prop_assert_eq!(accepted.remote, *a.public_key());
        prop_assert_eq!(secrets.aes, accepted.secrets.aes);
        prop_assert_eq!(secrets.mac, accepted.secrets.mac);
        let digest = |state: Keccak256| state.digest();
        prop_assert_eq!(digest(secrets.egress), digest(accepted.secrets.ingress));
        prop_assert_eq!(digest(secrets.ingress), digest(accepted.secrets.egress));
    }

    #[test]
    fn any_content_is_read_without_a_panic(plain: Vec<u8>) {
        let _ = read_auth(&seal_plain(&plain));
    }
}
