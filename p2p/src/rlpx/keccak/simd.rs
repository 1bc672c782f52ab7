//! Keccak-256 with vector instructions.
//!
//! Two states are permuted side by side: with AVX-512 in the time of one, with older instructions in two thirds to
//! three quarters of the time of two. A single state gains from vectors only with AVX-512, which has a rotation and
//! an operation of three inputs. Otherwise it is permuted in words, compiled for AVX2 where the processor has that.

use fearless_simd::{Level, Simd, SimdBase, dispatch, u64x2};

use super::permutation::{Lane, State, permute};

/// Bytes that one permutation absorbs.
const RATE: usize = 136;

/// A running Keccak-256 state, which can go on after a digest.
#[derive(Clone)]
pub(crate) struct Keccak256 {
    state: State<u64>,
    /// Bytes of an incomplete block that are in the state already.
    taken: usize,
    /// The vector instructions to use.
    level: Level,
}

impl Keccak256 {
    pub(crate) fn new() -> Self {
        Self::at(Level::new())
    }

    fn at(level: Level) -> Self {
        Self {
            state: [0; 25],
            taken: 0,
            level,
        }
    }

    /// Absorbs more bytes.
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        if self.taken > 0 {
            let room = RATE - self.taken;
            let (first, rest) = bytes.split_at(bytes.len().min(room));
            self.add(first);
            if self.taken < RATE {
                return;
            }
            Self::absorb(self.level, &mut self.state, &[[0; RATE]]);
            self.taken = 0;
            bytes = rest;
        }
        let (blocks, rest) = bytes.as_chunks();
        Self::absorb(self.level, &mut self.state, blocks);
        self.add(rest);
    }

    /// Adds bytes to the incomplete block, which must have room for them.
    fn add(&mut self, bytes: &[u8]) {
        let first = self.taken / 8;
        let shift = self.taken % 8 * 8;
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

    /// Absorbs whole blocks.
    fn absorb(level: Level, state: &mut State<u64>, blocks: &[[u8; RATE]]) {
        if let Some(avx512) = level.as_avx512() {
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
        } else if let Some(avx2) = level.as_avx2() {
            avx2.vectorize(
                #[inline(always)]
                || absorb((), state, blocks),
            );
        } else {
            absorb((), state, blocks);
        }
    }

    /// The state with the padding after the last byte.
    fn padded(&self) -> State<u64> {
        let mut state = self.state;
        state[self.taken / 8] ^= 1 << (self.taken % 8 * 8);
        state[RATE / 8 - 1] ^= 1 << 63;
        state
    }

    /// The digest of all bytes absorbed so far.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut state = self.padded();
        let level = self.level;
        if let Some(avx512) = level.as_avx512() {
            let [digest, _] = avx512.vectorize(
                #[inline(always)]
                || digests(avx512, &state, &state),
            );
            return digest;
        }
        Self::absorb(level, &mut state, &[[0; RATE]]);
        let [a, b, c, d, ..] = state;
        bytes([a, b, c, d])
    }

    /// The digests of two states.
    pub(crate) fn digest_both(&self, other: &Self) -> [[u8; 32]; 2] {
        let one = self.padded();
        let other = other.padded();
        dispatch!(self.level, simd => digests(simd, &one, &other))
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

/// The digests of two padded states.
#[inline(always)]
fn digests<S: Simd>(simd: S, one: &State<u64>, other: &State<u64>) -> [[u8; 32]; 2] {
    let mut lanes = [u64x2::of(simd, 0); 25];
    for (lane, (one, other)) in lanes.iter_mut().zip(one.iter().zip(other)) {
        *lane = u64x2::from_slice(simd, &[*one, *other]);
    }
    permute(simd, &mut lanes);
    let mut digests = [[0; 4]; 2];
    for (i, lane) in lanes.into_iter().take(4).enumerate() {
        [digests[0][i], digests[1][i]] = lane.into();
    }
    digests.map(bytes)
}

#[inline(always)]
fn bytes(words: [u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rlpx::keccak::tests::check;

    #[test]
    fn every_instruction_set_gives_the_same_digests() {
        let best = Level::new();
        let sse2 = best.as_sse2().map(Level::Sse2);
        let avx2 = best.as_avx2().map(Level::Avx2);
        for level in [sse2, avx2, Some(best)].into_iter().flatten() {
            check(Keccak256::at(level));
        }
    }
}
