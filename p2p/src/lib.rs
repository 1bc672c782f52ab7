//! p2p

pub mod rlp;
