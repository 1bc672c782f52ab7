//! Keccak-f[1600] for one state, or for several side by side. Source: FIPS 202, section 3.

use std::ops::{BitAnd, BitXor, Not};

use fearless_simd::{Simd, SimdBase, u64x2};

/// A state: lane (x, y) is at x + 5y.
pub(super) type State<L> = [L; 25];

/// A lane of one state, or the same lane of several.
pub(super) trait Lane:
    Copy + BitAnd<Output = Self> + BitXor<Output = Self> + Not<Output = Self>
{
    /// Proof that the processor supports such lanes.
    type Token: Copy;

    /// The same value in each state.
    fn of(token: Self::Token, value: u64) -> Self;

    fn rotate(self, by: u32) -> Self;
}

impl Lane for u64 {
    type Token = ();

    #[inline(always)]
    fn of((): (), value: u64) -> Self {
        value
    }

    #[inline(always)]
    fn rotate(self, by: u32) -> Self {
        self.rotate_left(by)
    }
}

impl<S: Simd> Lane for u64x2<S> {
    type Token = S;

    #[inline(always)]
    fn of(token: S, value: u64) -> Self {
        Self::splat(token, value)
    }

    #[inline(always)]
    fn rotate(self, by: u32) -> Self {
        (self << by) | (self >> (64 - by))
    }
}

/// The constant that iota adds in each round.
const ROUNDS: [u64; 24] = {
    let mut rounds = [0; 24];
    let mut register = 1_u8;
    let mut round = 0;
    while round < 24 {
        let mut bit = 0;
        while bit < 7 {
            if register & 1 == 1 {
                rounds[round] |= 1 << ((1 << bit) - 1);
            }
            // The shift register x^8 + x^6 + x^5 + x^4 + 1.
            register = (register << 1) ^ ((register >> 7) * 0x71);
            bit += 1;
        }
        round += 1;
    }
    rounds
};

/// Performs all rounds.
///
/// It is written out because only then does the compiler keep the state in registers. It is always inlined, so that
/// it is compiled for the instructions that its caller has enabled.
#[inline(always)]
pub(super) fn permute<L: Lane>(token: L::Token, state: &mut State<L>) {
    for constant in ROUNDS {
        // Theta.
        let a = *state;
        let c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
        let c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
        let c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
        let c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
        let c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
        let d0 = c4 ^ c1.rotate(1);
        let d1 = c0 ^ c2.rotate(1);
        let d2 = c1 ^ c3.rotate(1);
        let d3 = c2 ^ c4.rotate(1);
        let d4 = c3 ^ c0.rotate(1);
        // Rho and pi.
        let rows = [
            [
                a[0] ^ d0,
                (a[6] ^ d1).rotate(44),
                (a[12] ^ d2).rotate(43),
                (a[18] ^ d3).rotate(21),
                (a[24] ^ d4).rotate(14),
            ],
            [
                (a[3] ^ d3).rotate(28),
                (a[9] ^ d4).rotate(20),
                (a[10] ^ d0).rotate(3),
                (a[16] ^ d1).rotate(45),
                (a[22] ^ d2).rotate(61),
            ],
            [
                (a[1] ^ d1).rotate(1),
                (a[7] ^ d2).rotate(6),
                (a[13] ^ d3).rotate(25),
                (a[19] ^ d4).rotate(8),
                (a[20] ^ d0).rotate(18),
            ],
            [
                (a[4] ^ d4).rotate(27),
                (a[5] ^ d0).rotate(36),
                (a[11] ^ d1).rotate(10),
                (a[17] ^ d2).rotate(15),
                (a[23] ^ d3).rotate(56),
            ],
            [
                (a[2] ^ d2).rotate(62),
                (a[8] ^ d3).rotate(55),
                (a[14] ^ d4).rotate(39),
                (a[15] ^ d0).rotate(41),
                (a[21] ^ d1).rotate(2),
            ],
        ];
        // Chi.
        for (y, [b0, b1, b2, b3, b4]) in rows.into_iter().enumerate() {
            state[5 * y] = b0 ^ (!b1 & b2);
            state[5 * y + 1] = b1 ^ (!b2 & b3);
            state[5 * y + 2] = b2 ^ (!b3 & b4);
            state[5 * y + 3] = b3 ^ (!b4 & b0);
            state[5 * y + 4] = b4 ^ (!b0 & b1);
        }
        // Iota.
        state[0] = state[0] ^ L::of(token, constant);
    }
}
