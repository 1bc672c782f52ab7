use hex_literal::hex;
use proptest::prelude::*;

use super::*;
use crate::session::base::decode_reason;
use crate::session::hello::refuse;

/// The reason in a Disconnect with this payload: in place of Hello, and in a session.
fn reasons(payload: &[u8]) -> [DisconnectReason; 2] {
    let mut raw = raw();
    let mut wire = frame(&mut raw.peer.0, 1, payload);
    let before = match raw.exchange.read(&mut wire) {
        Ok(HelloEvent::Disconnected { reason, consumed }) => {
            assert_eq!(consumed, wire.len());
            reason
        }
        other => panic!("{other:?}"),
    };
    let (mut session, mut peer) = self::raw().session(&[], &hello(&key(2), 5, &[]));
    let wire = frame(&mut peer, 1, payload);
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
fn a_disconnect_is_compressed_once_hello_was_sent() {
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
        let [(sealer, _), (_, mut opener)] = ends();
        let mut wire = Vec::new();
        refuse(sealer, reason, &mut wire);
        assert_eq!(open(&mut opener, wire), plain);

        // The peer reads our Hello before this Disconnect, so it expects compression.
        let mut raw = raw();
        open(&mut raw.peer.1, raw.sent);
        let mut wire = Vec::new();
        raw.exchange.disconnect(reason, &mut wire);
        assert_eq!(open(&mut raw.peer.1, wire), block);

        let raw = self::raw();
        let sent = raw.sent.clone();
        let (exchanged, (_, mut opener)) = raw.exchanged(&hello(&key(2), 5, &[]));
        open(&mut opener, sent);
        let mut wire = Vec::new();
        let mut session = exchanged.into_session(&[]);
        session.egress.disconnect(reason, &mut wire);
        assert_eq!(open(&mut opener, wire), block);
    }
}

#[test]
fn a_breach_in_place_of_hello_is_answered_compressed() {
    let mut raw = raw();
    open(&mut raw.peer.1, raw.sent);
    let mut wire = frame(&mut raw.peer.0, 2, &[0xc0]);
    let mut error = raw.exchange.read(&mut wire).expect_err("refused");
    let mut wire = Vec::new();
    error.egress.disconnect(error.breach.reason(), &mut wire);
    assert_eq!(open(&mut raw.peer.1, wire), hex!("01 02 04 c102"));
}

#[test]
fn a_disconnect_after_both_hellos_follows_the_lower_version() {
    for (versions, length) in [([5, 5], 2 + 2), ([4, 5], 2), ([5, 4], 2), ([4, 4], 2)] {
        let raw = raw_with(versions[0]);
        let sent = raw.sent.clone();
        let (exchanged, (_, mut opener)) = raw.exchanged(&hello(&key(2), versions[1], &[]));
        open(&mut opener, sent);
        let mut wire = Vec::new();
        let mut session = exchanged.into_session(&[]);
        let reason = DisconnectReason::TooManyPeers;
        session.egress.disconnect(reason, &mut wire);
        assert_eq!(open(&mut opener, wire).len(), 1 + length, "{versions:?}");
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
        decode_reason(&payload);
    }
}
