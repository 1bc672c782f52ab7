//! A node's identity: its secret key, its public key, and the node ID derived from that.

pub(crate) mod hex;
pub(crate) mod node_key;
pub(crate) mod public_key;

pub use hex::KeyError;
pub use node_key::{KeyFileError, NodeKey};
pub use public_key::{NodeId, PublicKey};

#[cfg(test)]
mod tests;
