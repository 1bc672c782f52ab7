use hex_literal::hex;
use proptest::prelude::*;

use super::*;

/// What a session makes of a Disconnect with this payload, and what it was before Hello.
fn reasons(payload: &[u8]) -> [DisconnectReason; 2] {
    let mut raw = raw();
    let mut wire = frame(&mut raw.peer.0, 1, payload);
    let before = match raw.opening.read(&mut wire) {
        Ok(Greeting::Disconnected { reason, consumed }) => {
            assert_eq!(consumed, wire.len());
            reason
        }
        other => panic!("{other:?}"),
    };
    let mut raw = self::raw();
    let theirs = hello(&key(2), 5, &[]);
    let mut session = raw.opening.into_session(&[], &theirs);
    let wire = frame(&mut raw.peer.0, 1, payload);
    match next(&mut session.ingress, &wire) {
        Ok(Seen::Disconnect(reason)) => [before, reason],
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reason_is_read_in_every_form_that_peers_send() {
    use DisconnectReason as R;
    for (plain, reason) in [
        (&hex!("c104")[..], R::TooManyPeers),
        (&hex!("04"), R::TooManyPeers),
        (&hex!("c110"), R::ProtocolError),
        (&hex!("10"), R::ProtocolError),
        (&hex!("c180"), R::Requested),
        (&hex!("80"), R::Requested),
        (&hex!("c100"), R::Requested),
        (&hex!("00"), R::Requested),
        (&hex!("c0"), R::Requested),
        (&hex!(""), R::Requested),
        (&hex!("c28109"), R::UnexpectedIdentity),
        (&hex!("c3820009"), R::UnexpectedIdentity),
        (&hex!("8109"), R::UnexpectedIdentity),
        (&hex!("c281ff"), R::Other(255)),
        (&hex!("820100"), R::Other(256)),
        (&hex!("c988ffffffffffffffff"), R::Other(u64::MAX)),
        (&hex!("c50883666f6f"), R::Quitting),
        (&hex!("c120"), R::Other(0x20)),
    ] {
        assert_eq!(reasons(plain), [reason; 2], "{plain:x?}");
        let block = compress(plain).expect("compressed");
        assert_eq!(reasons(&block), [reason; 2], "{plain:x?} compressed");
    }
}

#[test]
fn a_reason_that_can_not_be_read_is_still_a_disconnect() {
    for payload in [&hex!("c2c104")[..], &hex!("ff"), &hex!("c2"), &[0xff; 2000]] {
        assert_eq!(reasons(payload), [DisconnectReason::Requested; 2]);
    }
}

#[test]
fn before_our_hello_a_disconnect_is_sent_plain_and_afterwards_compressed() {
    let open = |opener: &mut Opener, mut wire: Vec<u8>| match opener.open(&mut wire, 2048) {
        Ok(rlpx::Opened::Frame { data, .. }) => data.to_vec(),
        other => panic!("{other:?}"),
    };
    for (reason, plain, block) in [
        (
            DisconnectReason::TooManyPeers,
            &hex!("01c104")[..],
            &hex!("01 02 04 c104")[..],
        ),
        (
            DisconnectReason::Requested,
            &hex!("01c180"),
            &hex!("01 02 04 c180"),
        ),
        (
            DisconnectReason::Other(0x80),
            &hex!("01c28180"),
            &hex!("01 03 08 c28180"),
        ),
    ] {
        let mut raw = raw();
        let mut wire = Vec::new();
        raw.opening.disconnect(reason, &mut wire);
        assert_eq!(open(&mut raw.peer.1, wire), plain);

        // The peer has read our Hello when it comes to this, so it expects compression.
        let mut wire = Vec::new();
        let ours = hello(&key(1), 5, &[]);
        raw.opening.hello(&ours, &mut wire).expect("it fits");
        open(&mut raw.peer.1, wire);
        let mut wire = Vec::new();
        raw.opening.disconnect(reason, &mut wire);
        assert_eq!(open(&mut raw.peer.1, wire), block);

        let theirs = hello(&key(2), 5, &[]);
        let mut session = raw.opening.into_session(&[], &theirs);
        let mut wire = Vec::new();
        session.egress.disconnect(reason, &mut wire);
        assert_eq!(open(&mut raw.peer.1, wire), block);
    }
}

#[test]
fn a_disconnect_after_both_hellos_follows_the_lower_version() {
    for (versions, length) in [([5, 5], 2 + 2), ([4, 5], 2), ([5, 4], 2), ([4, 4], 2)] {
        let mut raw = raw();
        let mut wire = Vec::new();
        let ours = hello(&key(1), versions[0], &[]);
        raw.opening.hello(&ours, &mut wire).expect("it fits");
        let theirs = crate::rlp::encode(&hello(&key(2), versions[1], &[])).expect("encoded");
        let mut greeting = frame(&mut raw.peer.0, 0, &theirs);
        assert!(raw.opening.read(&mut greeting).is_ok());
        let start = wire.len();
        raw.opening
            .disconnect(DisconnectReason::TooManyPeers, &mut wire);
        let mut at = 0;
        while at < wire.len() {
            match raw.peer.1.open(&mut wire[at..], 2048) {
                Ok(rlpx::Opened::Frame { data, consumed }) => {
                    assert!(at < start || data.len() == 1 + length, "{versions:?}");
                    at += consumed;
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn every_number_comes_through(number: u64) {
        let reason = DisconnectReason::from_wire(number);
        let [mut one, mut two] = sessions(&[], [5, 5]);
        let mut wire = Vec::new();
        one.egress.disconnect(reason, &mut wire);
        prop_assert_eq!(next(&mut two.ingress, &wire), Ok(Seen::Disconnect(reason)));
    }

    #[test]
    fn any_payload_is_a_disconnect(payload: Vec<u8>) {
        disconnect::decode(&payload);
    }
}
