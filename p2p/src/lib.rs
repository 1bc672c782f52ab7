//! p2p

pub mod breach;
pub mod capability;
pub mod disconnect;
pub mod enode;
pub mod identity;
pub mod rlp;
pub mod rlpx;
pub mod session;
pub mod snappy;

pub use breach::Breach;
pub use capability::Capability;
pub use disconnect::DisconnectReason;
pub use enode::{Enode, EnodeError};
pub use identity::{KeyError, KeyFileError, NodeId, NodeKey, PublicKey};

/// What derived code names. Not covered by version guarantees.
#[doc(hidden)]
pub mod __private {
    pub use crate::rlp::bridge::{Codec, PickNone, PickOwn, PickRlp, PickRlpList, Tag};
}
