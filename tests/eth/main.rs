//! The enums of `examples/eth` against what go-ethereum sends, and fork ids against the EIP.

#![allow(clippy::panic, clippy::unwrap_used)]

// They are parts of a program, which uses more of them.
#[allow(dead_code)]
#[path = "../../examples/eth/eth.rs"]
mod eth;
#[allow(dead_code)]
#[path = "../../examples/eth/fork_id.rs"]
mod fork_id;
#[allow(dead_code)]
#[path = "../../examples/eth/snap.rs"]
mod snap;
#[allow(dead_code)]
#[path = "../../examples/eth/types.rs"]
mod types;

mod contents;
mod fork_ids;
mod malformed;
mod spec;
mod vectors;
