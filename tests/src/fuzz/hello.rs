//! Any bytes as a peer's first message.

use p2p::DisconnectReason;
use p2p::rlp::Encode;
use p2p::rlpx::{MAX_FRAME, Sealer};
use p2p::session::{
    Exchanged, Hello, HelloEvent, HelloExchange, MAX_CLIENT, MAX_HELLO, MessageId, refuse,
};

use super::connection::{Ends, exchange_of_b, key_a, key_b, offers, seal};
use super::input::Input;

/// What a peer says first is Hello, Disconnect or an error; the former two can be said again.
///
/// The first byte picks Hello, Disconnect or the data of any frame, the rest is its payload.
pub fn hello(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let kind = input.byte() % 3;
    let payload = input.rest();
    if payload.len() > MAX_FRAME / 2 {
        return;
    }
    let said = first_message(|mut sealer, wire| match kind {
        0 => seal(&mut sealer, MessageId(0), payload, wire),
        1 => seal(&mut sealer, MessageId(1), payload, wire),
        // A frame without data can't be sealed.
        _ => drop(sealer.seal(wire, |data| data.extend_from_slice(payload))),
    });
    match said {
        Some(Said::Hello(exchanged)) => {
            let hello = exchanged.hello().clone();
            check(&hello);
            again(&hello);
            let shared = exchanged.into_session(&offers()).shared;
            let mut next = MessageId(16);
            for shared in shared {
                assert!(hello.capabilities.contains(&shared.capability));
                assert_eq!(offers()[shared.offer].capability, shared.capability);
                assert_eq!(shared.first_id, next);
                next = shared.id(shared.length);
            }
        }
        Some(Said::Disconnect(reason)) => {
            let said = first_message(|sealer, wire| refuse(sealer, reason, wire));
            assert!(matches!(said, Some(Said::Disconnect(again)) if again == reason));
        }
        None => assert!(
            kind != 1 || payload.len() > MAX_HELLO,
            "a peer that disconnects may say why as it likes"
        ),
    }
}

/// What was said, unless it broke the rules.
enum Said {
    Hello(Exchanged),
    Disconnect(DisconnectReason),
}

/// What B takes from a first message of A.
fn first_message(write: impl FnOnce(Sealer, &mut Vec<u8>)) -> Option<Said> {
    let Ends { a, b } = Ends::new();
    let mut wire = Vec::new();
    write(a.0, &mut wire);
    let length = wire.len();
    match exchange_of_b(b, &mut Vec::new()).read(&mut wire) {
        Ok(HelloEvent::Hello {
            exchanged,
            consumed,
        }) => {
            assert_eq!(consumed, length);
            Some(Said::Hello(exchanged))
        }
        Ok(HelloEvent::Disconnected { reason, consumed }) => {
            assert_eq!(consumed, length);
            Some(Said::Disconnect(reason))
        }
        Ok(HelloEvent::Incomplete { .. }) => {
            assert_eq!(length, 0, "all of it has come");
            None
        }
        Err(error) => {
            let mut out = Vec::new();
            let mut egress = error.egress;
            egress.disconnect(error.breach.reason(), &mut out);
            assert!(!out.is_empty());
            None
        }
    }
}

/// What a peer says of itself is bounded and safe to print.
fn check(hello: &Hello) {
    assert_eq!(hello.public_key, *key_a().public_key());
    assert!(hello.client.len() <= MAX_CLIENT);
    assert!(hello.client.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    assert!(hello.listen_port <= u16::MAX.into());
}

/// A Hello that was read reads the same when it is said again, unless it has become too large.
fn again(hello: &Hello) {
    let Ends { a, b } = Ends::new();
    let mut wire = Vec::new();
    let remote = *key_b().public_key();
    let started = HelloExchange::start(a.0, a.1, remote, hello, &mut wire);
    if hello.length() > MAX_HELLO {
        assert!(started.is_err());
        return;
    }
    started.expect("it fits");
    match exchange_of_b(b, &mut Vec::new()).read(&mut wire) {
        Ok(HelloEvent::Hello { exchanged, .. }) => assert_eq!(exchanged.hello(), hello),
        other => panic!("{other:?}"),
    }
}
