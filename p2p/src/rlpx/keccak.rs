//! The Keccak-256 of this layer: sha3's, or with the feature `asm` keccak-asm's.

#[cfg(feature = "asm")]
pub(super) use keccak_asm::{Digest, Keccak256};
#[cfg(not(feature = "asm"))]
pub(super) use sha3::{Digest, Keccak256};

#[cfg(test)]
mod tests {
    use sha3::{Digest as _, Keccak256 as Expected};

    use super::*;

    #[test]
    fn the_feature_decides_whose_it_is() {
        let crate_name = if cfg!(feature = "asm") {
            "keccak_asm::"
        } else {
            "sha3::"
        };
        let name = std::any::type_name::<Keccak256>();
        assert!(name.starts_with(crate_name), "{name}");
    }

    /// Pieces that end anywhere in a block, and digests of a copy in between, as a MAC takes them.
    #[test]
    fn a_running_state_gives_the_digests_of_all_that_was_taken_in() {
        let bytes: Vec<u8> = (0..8000_u32).map(|n| (n % 251) as u8).collect();
        let (mut state, mut taken) = (Keccak256::new(), 0);
        for length in (0..62).chain([136, 135, 137, 0, 272]).cycle() {
            let Some(piece) = bytes.get(taken..taken + length) else {
                break;
            };
            state.update(piece);
            taken += length;
            let digest: [u8; 32] = state.clone().finalize().into();
            let expected: [u8; 32] = Expected::digest(&bytes[..taken]).into();
            assert_eq!(digest, expected, "{taken} bytes");
        }
    }
}
