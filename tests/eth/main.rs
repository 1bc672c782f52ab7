//! The enums of `examples/eth` against what go-ethereum sends, and fork ids against the EIP.

#![allow(clippy::panic, clippy::unwrap_used)]

mod contents;
mod fork_ids;
mod malformed;
mod spec;
mod vectors;
