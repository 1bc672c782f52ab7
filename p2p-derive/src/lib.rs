//! The derive macros of the `p2p` crate.
