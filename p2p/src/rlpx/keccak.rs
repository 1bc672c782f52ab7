//! The Keccak-256 of this layer: sha3's, or with the feature `simd` one that uses the processor's vectors.
//!
//! A frame takes three digests of its direction's running state. Only two of them wait for each other, so
//! that two of them can be had at once.

#[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
mod plain;
#[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
pub(super) use plain::Keccak256;

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod permutation;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod vectors;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
pub(super) use vectors::Keccak256;

#[cfg(test)]
mod tests {
    use sha3::Digest;

    use super::*;

    /// Pieces that end anywhere in a block, and digests of copies in between, as a MAC takes them.
    pub(super) fn check(mut state: Keccak256) {
        let bytes: Vec<u8> = (0..8000_u32).map(|n| (n % 251) as u8).collect();
        let expected = |taken| -> [u8; 32] { sha3::Keccak256::digest(&bytes[..taken]).into() };
        let mut taken = 0;
        for length in (0..62).chain([136, 135, 137, 0, 272, 280]).cycle() {
            let Some(piece) = bytes.get(taken..taken + length) else {
                break;
            };
            let before = (state.clone(), expected(taken));
            state.update(piece);
            taken += length;
            let after = expected(taken);
            assert_eq!(state.digest(), after, "{taken} bytes");
            let both = before.0.digest_both(&state);
            assert_eq!(both, [before.1, after], "{taken} bytes");
        }
    }

    #[test]
    fn a_running_state_gives_the_digests_of_all_that_was_taken_in() {
        check(Keccak256::new());
    }
}
