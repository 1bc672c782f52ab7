//! p2p

pub mod disconnect;
pub mod enode;
pub mod identity;
pub mod rlp;

pub use disconnect::DisconnectReason;
pub use enode::{Enode, EnodeError};
pub use identity::{KeyError, KeyFileError, NodeId, NodeKey, PublicKey};
