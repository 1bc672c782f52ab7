//! Real peers against a server of ours, on loopback: go-ethereum, ethereumjs and trinity, and the
//! execution clients geth and ethrex.
//!
//! `README.md` beside this file lists the peers and their commands. Every wait is for
//! an event and has a bound.

#![allow(clippy::expect_used, clippy::panic)]

mod clients;
mod node;
mod process;
mod text;
mod tools;
mod watch;

#[cfg(feature = "namespaces")]
mod addresses;
mod alive;
mod derived;
mod ethrex;
mod geth;
#[cfg(feature = "namespaces")]
mod network;

mod go_dials;
mod go_disconnects;
mod go_info;
mod go_limits;
mod go_probe;
mod go_reasons;
mod go_refusals;
mod go_static;
mod go_tests;
mod others;
mod payloads;
mod record;
