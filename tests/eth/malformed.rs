//! Malformed messages, as a hostile peer may send them.

use std::fmt::Debug;

use p2p::Protocol;

use crate::vectors::{id, vectors};
use eth::eth::Eth;
use eth::snap::Snap;

/// Cuts the payload off everywhere, and changes each of its bytes.
fn nothing_is_read_wrongly<P: Protocol + Debug>() {
    for vector in vectors(P::NAME) {
        let version = *vector.versions.end();
        let whole = &vector.payload;
        if whole.len() > 4096 {
            continue;
        }
        for end in 0..whole.len() {
            assert!(P::decode(version, vector.code, &whole[..end]).is_err());
        }
        for (i, byte) in whole.iter().copied().enumerate() {
            let others = [byte.wrapping_add(1), byte.wrapping_sub(1), 0, 0x80, 0xc0];
            for other in others {
                let mut changed = whole.clone();
                changed[i] = other;
                if let Ok(message) = P::decode(version, vector.code, &changed) {
                    let mut bytes = Vec::new();
                    let id = id(&message, &changed);
                    message.encode(version, id, &mut bytes).unwrap();
                    assert_eq!(bytes, changed, "byte {i} of {}", vector.name);
                }
            }
        }
    }
}

#[test]
fn a_changed_eth_message_never_decodes_as_before() {
    nothing_is_read_wrongly::<Eth>();
}

#[test]
fn a_changed_snap_message_never_decodes_as_before() {
    nothing_is_read_wrongly::<Snap>();
}
