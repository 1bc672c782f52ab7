//! The Keccak-256 of this layer: sha3's, or with the feature `simd` one that uses the processor's vectors.
//!
//! A frame takes three digests of its direction's running state. One of them depends on no other, so it can be
//! computed together with another.

#[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
mod plain;
#[cfg(not(all(feature = "simd", target_arch = "x86_64")))]
pub(super) use plain::Keccak256;

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod permutation;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod simd;
#[cfg(all(feature = "simd", target_arch = "x86_64"))]
pub(super) use simd::Keccak256;

#[cfg(test)]
mod tests {
    use sha3::Digest;

    use super::*;

    /// Absorbs pieces that end anywhere in a block, and takes digests of copies in between, as a MAC does.
    pub(super) fn check(mut state: Keccak256) {
        let bytes: Vec<u8> = (0..8000_u32).map(|n| (n % 251) as u8).collect();
        let expected = |taken| -> [u8; 32] { sha3::Keccak256::digest(&bytes[..taken]).into() };
        let mut taken = 0;
        for length in (0..62).chain([136, 135, 137, 0, 272, 280]).cycle() {
            let Some(piece) = bytes.get(taken..taken + length) else {
                break;
            };
            let before = state.clone();
            let expected_before = expected(taken);
            state.update(piece);
            taken += length;
            let after = expected(taken);
            assert_eq!(state.digest(), after, "{taken} bytes");
            let both = before.digest_both(&state);
            assert_eq!(both, [expected_before, after], "{taken} bytes");
        }
    }

    #[test]
    fn a_running_state_gives_a_digest_at_any_time() {
        check(Keccak256::new());
    }
}
