//! p2p

pub mod breach;
pub mod capability;
pub mod disconnect;
pub mod enode;
pub mod identity;
#[cfg(feature = "cli")]
pub mod node;
#[cfg(feature = "runtime")]
pub mod peer;
pub mod protocol;
pub mod rlp;
pub mod rlpx;
#[cfg(feature = "runtime")]
pub mod server;
pub mod session;
pub mod snappy;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use breach::Breach;
pub use capability::Capability;
pub use disconnect::DisconnectReason;
pub use enode::{Enode, EnodeError};
pub use identity::{KeyError, KeyFileError, NodeId, NodeKey, PublicKey};
#[cfg(feature = "cli")]
pub use node::{Node, NodeError, NodeExt};
#[cfg(feature = "runtime")]
pub use peer::{ConnectError, Phase, Refusal};
pub use protocol::{
    Accepted, BoxFuture, Broadcast, Cause, Closed, Code, DecodeError, Direction, Dispatch,
    EncodeError, End, Fields, HandledBy, HandlerError, Inbox, MessageInfo, OrDisconnect, Peer,
    PeerInfo, Peers, Protocol, Result, SendError, Service, TrySendError, Unexpected, Version, pipe,
};
#[cfg(feature = "runtime")]
pub use server::{Builder, Event, EventError, Events, Server, StartError};

#[doc(inline)]
pub use async_trait::async_trait;

#[doc(inline)]
#[doc = include_str!("docs/derive.md")]
pub use p2p_derive::Protocol;
#[doc(inline)]
#[doc = include_str!("docs/derive_rlp.md")]
pub use p2p_derive::Rlp;
