//! Any bytes as the packets of a handshake.

use p2p::PublicKey;
use p2p::rlp::{Error, Reader};
use p2p::rlpx::{
    Accepted, HEAD, HandshakeError, Initiator, MAX_PACKET, Opened, Recipient, packet_size,
};

use super::connection::{fill, key_a, key_b};
use super::ecies;
use super::input::Input;

/// A packet is an error, or agrees on keys with whoever it names.
///
/// The first byte picks what the rest is: auth or ack, each as it is on the wire or before it is encrypted, or what is
/// changed in a handshake of two ends.
pub fn handshake(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    match input.byte() % 6 {
        0 => drop(auth(input.rest())),
        1 => drop(ack(input.rest())),
        2 => auth_with(input.rest()),
        3 => ack_with(input.rest()),
        _ => both(input),
    }
}

/// B's answer to an auth.
fn auth(packet: &[u8]) -> Result<(Accepted, Vec<u8>), HandshakeError> {
    let answer = Recipient::read_auth(&key_b(), packet, &mut fill());
    check_length(packet, answer.as_ref().err());
    if let Ok((_, ack)) = &answer {
        let head = ack.first_chunk().expect("a head");
        assert_eq!(packet_size(*head), Ok(ack.len()));
    }
    answer
}

/// A reads an ack to an auth for B.
fn ack(packet: &[u8]) -> Result<(), HandshakeError> {
    let key = key_a();
    let initiator = Initiator::new(&key, *key_b().public_key(), &mut fill());
    let read = initiator.read_ack(packet);
    check_length(packet, read.as_ref().err());
    read.map(|_| ())
}

/// A packet that is not as long as its head says is an error, and what a head says is bounded.
fn check_length(packet: &[u8], error: Option<&HandshakeError>) {
    let Some(head) = packet.first_chunk::<HEAD>() else {
        assert!(error.is_some());
        return;
    };
    match packet_size(*head) {
        Ok(size) => {
            assert!(size <= 2 + MAX_PACKET);
            assert!(size == packet.len() || error.is_some());
        }
        Err(refused) => assert_eq!(error, Some(&refused)),
    }
}

/// An auth with this content names the key that is accepted.
fn auth_with(content: &[u8]) {
    let answer = auth(&ecies::packet(key_b().public_key(), content));
    let content = &content[..content.len().min(MAX_PACKET)];
    match answer {
        Ok((accepted, _)) => {
            let named = auth_key(content).expect("it was read");
            assert_eq!(accepted.remote.to_bytes(), named);
        }
        Err(HandshakeError::Malformed) => {}
        Err(error) => {
            // It was encrypted well, so a key or the signature in it is wrong.
            assert_eq!(error, HandshakeError::Crypto);
            assert!(Reader::new(content).list().is_ok());
        }
    }
}

/// The key that an auth names, if the signature before it and the nonce after it are there.
fn auth_key(content: &[u8]) -> Result<[u8; 64], Error> {
    let mut list = Reader::new(content).list()?;
    list.array::<65>()?;
    let key = list.array()?;
    list.array::<32>()?;
    Ok(key)
}

/// An ack with this content is taken if it has a key and a nonce.
fn ack_with(content: &[u8]) {
    let read = ack(&ecies::packet(key_a().public_key(), content));
    // Content that is cut to fit a packet is another.
    if content.len() <= MAX_PACKET / 2 {
        assert_eq!(read, ack_fields(content));
    }
}

fn ack_fields(content: &[u8]) -> Result<(), HandshakeError> {
    let malformed = |_| HandshakeError::Malformed;
    let mut list = Reader::new(content).list().map_err(malformed)?;
    let key = list.array().map_err(malformed)?;
    PublicKey::from_bytes(&key).map_err(|_| HandshakeError::Crypto)?;
    list.array::<32>().map_err(malformed)?;
    Ok(())
}

/// Two ends agree on keys unless a byte between them is changed, and then none of them accepts it.
fn both(mut input: Input<'_>) {
    let (a, b) = (key_a(), key_b());
    let mut fill = fill();
    let initiator = Initiator::new(&a, *b.public_key(), &mut fill);
    let mut auth = initiator.auth().to_vec();
    let is_changed = change(&mut auth, &mut input);
    let answer = Recipient::read_auth(&b, &auth, &mut fill);
    assert_eq!(answer.is_err(), is_changed);
    let Ok((accepted, mut ack)) = answer else {
        return;
    };
    assert_eq!(accepted.remote, *a.public_key());
    let is_changed = change(&mut ack, &mut input);
    let read = initiator.read_ack(&ack);
    assert_eq!(read.is_err(), is_changed);
    let Ok(secrets) = read else {
        return;
    };
    let (a, b) = (secrets.into_halves(), accepted.secrets.into_halves());
    let data = [&[0x10], input.rest()].concat();
    for (mut sealer, mut opener) in [(a.0, b.1), (b.0, a.1)] {
        let mut wire = Vec::new();
        let sealed = sealer.seal(&mut wire, |out| out.extend_from_slice(&data));
        sealed.expect("it fits");
        match opener.open(&mut wire, data.len()).expect("a frame") {
            Opened::Frame { data: opened, .. } => assert_eq!(opened, data),
            other => panic!("{other:?}"),
        }
    }
}

/// Changes a byte as the input says, or none, and returns whether it did.
fn change(packet: &mut [u8], input: &mut Input<'_>) -> bool {
    let (at, by) = (input.number(), input.byte());
    let at = at % packet.len();
    packet[at] ^= by;
    by != 0
}
