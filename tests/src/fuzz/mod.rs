//! Functions for a fuzzer: each takes any bytes, and panics if the library does with them what it must not.
//!
//! `tests/fuzz` hands them to libFuzzer, `tests/fuzz_targets.rs` runs them on its seeds and on changes of these.

mod connection;
mod ecies;
mod frames;
mod handshake;
mod hello;
mod input;
mod protocol;
mod rlp;

pub use frames::{ingress, messages};
pub use handshake::handshake;
pub use hello::hello;
pub use protocol::protocol;
pub use rlp::rlp;

/// A function for a fuzzer.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is also that of its folder of seeds.
    pub name: &'static str,
    /// The function.
    pub run: fn(&[u8]),
    /// How often a test changes each seed: less if the target agrees on keys, which is slow.
    pub changes: usize,
}

/// All of them.
pub const TARGETS: [Target; 6] = [
    target("handshake", handshake, 200),
    target("hello", hello, 200),
    target("ingress", ingress, 200),
    target("messages", messages, 200),
    target("protocol", protocol, 1000),
    target("rlp", rlp, 1000),
];

const fn target(name: &'static str, run: fn(&[u8]), changes: usize) -> Target {
    Target { name, run, changes }
}
