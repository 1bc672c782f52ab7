//! Tests of the codec, one file per concern.

#![allow(clippy::unwrap_used)]

#[cfg(feature = "alloy")]
mod alloy;
mod amplification;
mod bridge;
mod limits;
mod malformed;
mod raw;
mod values;

use std::fmt::Debug;

use super::{Decode, ErrorKind, decode, encode};

/// The kind of error with which `bytes` are refused as a `T`.
#[track_caller]
fn refusal<T: Decode + Debug>(bytes: &[u8]) -> ErrorKind {
    decode::<T>(bytes).unwrap_err().kind().clone()
}

/// `depth` lists within each other, the innermost one empty.
fn nested(depth: usize) -> Vec<u8> {
    // From the inside out, headers reversed.
    let mut reversed: Vec<u8> = Vec::new();
    for _ in 0..depth {
        let payload = reversed.len();
        if payload <= 55 {
            reversed.push(0xc0 + payload as u8);
        } else {
            let digits = encode(&payload).unwrap();
            let digits = if payload < 0x80 {
                &digits[..]
            } else {
                &digits[1..]
            };
            reversed.extend(digits.iter().rev());
            reversed.push(0xf7 + digits.len() as u8);
        }
    }
    reversed.reverse();
    reversed
}
