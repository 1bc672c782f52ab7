//! Real peers against a server of ours, on loopback: go-ethereum, geth with a chain, ethereumjs and
//! trinity.
//!
//! What the peers are, and what they can be told, is in `README.md` beside this file. Every wait is for
//! an event and has a bound.

#![allow(clippy::expect_used, clippy::panic)]

mod node;
mod process;
#[path = "../transcripts/script.rs"]
mod script;
mod text;
mod tools;
mod watch;

mod alive;
mod derived;
mod geth;
mod go_dials;
mod go_disconnects;
mod go_probe;
mod go_refusals;
mod others;
mod payloads;
mod record;
