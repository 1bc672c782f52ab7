//! Tests of the `p2p` crate; see the files beside `Cargo.toml`.
