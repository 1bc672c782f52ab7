//! Tests of frames, and what all tests of this layer share.

mod frames;
mod spec;

use sha3::{Digest, Keccak256};

use super::handshake::Secrets;
use super::keccak;
use super::opener::Opener;
use super::sealer::Sealer;

/// Bytes that look random and are the same for the same seed.
pub(crate) fn random(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut count = 0_u64;
    move |bytes| {
        for chunk in bytes.chunks_mut(32) {
            count += 1;
            let block = Keccak256::new()
                .chain_update(seed.to_be_bytes())
                .chain_update(count.to_be_bytes())
                .finalize();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// The secrets of one end; those of the other have the states swapped.
fn secrets() -> Secrets {
    Secrets {
        aes: Keccak256::digest([]).into(),
        mac: [0x5a; 32],
        egress: state(b"one way"),
        ingress: state(b"the other way"),
    }
}

fn state(start: &[u8]) -> keccak::Keccak256 {
    let mut state = keccak::Keccak256::new();
    state.update(start);
    state
}

/// A sender and the receiver of what it sends.
pub(crate) fn direction() -> (Sealer, Opener) {
    let mut other = secrets();
    std::mem::swap(&mut other.egress, &mut other.ingress);
    (secrets().into_halves().0, other.into_halves().1)
}

/// The two ends of a connection.
pub(crate) fn ends() -> [(Sealer, Opener); 2] {
    let mut other = secrets();
    std::mem::swap(&mut other.egress, &mut other.ingress);
    [secrets().into_halves(), other.into_halves()]
}
