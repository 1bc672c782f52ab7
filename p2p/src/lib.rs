//! p2p

pub mod rlp;

/// What derived code names. Not covered by version guarantees.
#[doc(hidden)]
pub mod __private {
    pub use crate::rlp::bridge::{Codec, PickNone, PickOwn, PickRlp, PickRlpList, Tag};
}
