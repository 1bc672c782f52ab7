//! Keccak-256 by vectors.
//!
//! Two states are permuted side by side in about the time of one. One state by itself gains from vectors only
//! where they have AVX-512's rotation and its operation of three inputs, else it goes the usual way, with what
//! AVX2 brings along for words.

use fearless_simd::{Level, Simd, SimdBase, dispatch, u64x2};

use super::permutation::{Lane, State, permute};

/// Bytes that are taken in by one permutation.
const RATE: usize = 136;

/// A Keccak-256 state, which copies can be asked for their digest of all that was taken in.
#[derive(Clone)]
pub(in crate::rlpx) struct Keccak256 {
    state: State<u64>,
    /// Bytes of a block that are in the state already, less than a whole one.
    taken: usize,
    level: Level,
}

impl Keccak256 {
    pub(in crate::rlpx) fn new() -> Self {
        Self::at(Level::new())
    }

    fn at(level: Level) -> Self {
        Self {
            state: [0; 25],
            taken: 0,
            level,
        }
    }

    /// Takes in more bytes.
    pub(in crate::rlpx) fn update(&mut self, mut bytes: &[u8]) {
        if self.taken > 0 {
            let room = RATE - self.taken;
            let (first, rest) = bytes.split_at(bytes.len().min(room));
            self.add(first);
            if self.taken < RATE {
                return;
            }
            self.absorb(&[[0; RATE]]);
            self.taken = 0;
            bytes = rest;
        }
        let (blocks, rest) = bytes.as_chunks();
        self.absorb(blocks);
        self.add(rest);
    }

    /// Puts bytes into the block that is not full yet, which has room for them.
    fn add(&mut self, bytes: &[u8]) {
        let (first, shift) = (self.taken / 8, self.taken % 8 * 8);
        for (i, piece) in bytes.chunks(8).enumerate() {
            let mut word = [0; 8];
            word[..piece.len()].copy_from_slice(piece);
            let word = u64::from_le_bytes(word);
            self.state[first + i] ^= word << shift;
            if shift > 0 {
                self.state[first + i + 1] ^= word >> (64 - shift);
            }
        }
        self.taken += bytes.len();
    }

    /// Takes in whole blocks.
    fn absorb(&mut self, blocks: &[[u8; RATE]]) {
        let state = &mut self.state;
        if let Some(avx512) = self.level.as_avx512() {
            avx512.vectorize(
                #[inline(always)]
                || {
                    let mut lanes = [u64x2::of(avx512, 0); 25];
                    for (lane, word) in lanes.iter_mut().zip(state.iter()) {
                        *lane = u64x2::of(avx512, *word);
                    }
                    absorb(avx512, &mut lanes, blocks);
                    for (word, lane) in state.iter_mut().zip(lanes) {
                        [*word, _] = lane.into();
                    }
                },
            );
        } else if let Some(avx2) = self.level.as_avx2() {
            avx2.vectorize(
                #[inline(always)]
                || absorb((), state, blocks),
            );
        } else {
            absorb((), state, blocks);
        }
    }

    /// Adds what comes behind the last byte.
    fn pad(&mut self) {
        self.add(&[1]);
        self.state[RATE / 8 - 1] ^= 1 << 63;
    }

    fn digest(&self) -> [u8; 32] {
        let mut digest = [0; 32];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(self.state) {
            *bytes = word.to_le_bytes();
        }
        digest
    }

    /// The digest of all that was taken in.
    pub(in crate::rlpx) fn finalize(mut self) -> [u8; 32] {
        self.pad();
        self.absorb(&[[0; RATE]]);
        self.digest()
    }

    /// The digests of two states.
    pub(in crate::rlpx) fn finalize_both(mut one: Self, mut other: Self) -> [[u8; 32]; 2] {
        one.pad();
        other.pad();
        let level = one.level;
        dispatch!(level, simd => permute_both(simd, &mut one.state, &mut other.state));
        [one.digest(), other.digest()]
    }
}

#[inline(always)]
fn absorb<L: Lane>(token: L::Token, state: &mut State<L>, blocks: &[[u8; RATE]]) {
    for block in blocks {
        for (lane, word) in state.iter_mut().zip(block.as_chunks().0) {
            *lane = *lane ^ L::of(token, u64::from_le_bytes(*word));
        }
        permute(token, state);
    }
}

#[inline(always)]
fn permute_both<S: Simd>(simd: S, one: &mut State<u64>, other: &mut State<u64>) {
    let mut lanes = [u64x2::of(simd, 0); 25];
    for (lane, words) in lanes.iter_mut().zip(one.iter().zip(other.iter())) {
        *lane = u64x2::from_slice(simd, &[*words.0, *words.1]);
    }
    permute(simd, &mut lanes);
    for (lane, words) in lanes.into_iter().zip(one.iter_mut().zip(other)) {
        [*words.0, *words.1] = lane.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rlpx::keccak::tests::check;

    #[test]
    fn whatever_the_processor_has_the_digests_are_the_same() {
        let best = Level::new();
        let sse2 = best.as_sse2().map(Level::Sse2);
        let avx2 = best.as_avx2().map(Level::Avx2);
        for level in [sse2, avx2, Some(best)].into_iter().flatten() {
            check(Keccak256::at(level));
        }
    }
}
