//! The enums of `examples/eth` against what go-ethereum sends, fork ids against the EIP, and the client.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod client;
mod contents;
mod fork_ids;
mod malformed;
mod spec;
mod vectors;
