//! Write a wire protocol as an enum; get an encrypted, authenticated devp2p node that go-ethereum and
//! every other devp2p client can talk to.
//!
//! ```no_run
//! use p2p::prelude::*;
//!
//! #[derive(Debug, Protocol)]
//! #[protocol(name = "foobar", version = 1)]
//! enum Message {
//!     Text(String),
//! }
//!
//! struct Foobar;
//!
//! #[async_trait]
//! impl MessageHandler for Foobar {
//!     async fn connected(&self, peer: &Peer<Message>) -> p2p::Result {
//!         peer.send(Message::Text("foo".into())).await?;
//!         Ok(())
//!     }
//!
//!     async fn text(&self, peer: &Peer<Message>, text: String) -> p2p::Result {
//!         println!("{peer} says {text}");
//!         if text == "foo" {
//!             peer.send(Message::Text("bar".into())).await?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), p2p::NodeError> {
//!     Message::node(Foobar).run().await
//! }
//! ```
//!
//! [`writing_a_protocol`] leads from here to requests, limits and versions, step by step, and
//! [`running_a_node`] to every setting. Whoever knows go-ethereum's `p2p.Server` finds its names in [`parity`].
//! [`performance`] tells how fast it is, and what takes the time. [`metrics`] and [`logging`] are for looking at
//! what a node does.
//!
//! # The parts, in the order in which one meets them
//!
//! - [`derive@Protocol`] makes an enum of messages a [`trait@Protocol`], with a handler trait of one
//!   method a message; several versions fit into one enum. [`derive@Rlp`] is for the structs inside.
//! - [`Peer`] is the handle that a handler gets: it sends, asks, disconnects, and tells who is there.
//!   [`Peers`] are all of them, to broadcast to. A [`Request`] is answered with its own type of reply.
//! - [`Protocol::handled_by`], [`Protocol::accepting`] and [`Protocol::run`] say who serves a protocol:
//!   a handler shared by all peers, one for each after a first exchange, or a sequential function. Each
//!   gives a [`Service`], which [`Service::pipe`] tests without sockets.
//! - [`Server`] serves protocols on a network; [`Node`] is a server with a command line.
//! - [`Cause`] and [`ConnectError`] say why a connection ended or did not come about, and [`Events`]
//!   tell when; [`Server::why`] answers later. What goes over the wire of it is a [`DisconnectReason`].
//! - [`NodeSource`] is where a server finds nodes to dial beside its static ones; [`NodeList`] is one.
//!   [`NodeDatabase`] remembers the nodes that it has met in a file.
//! - [`NodeKey`], [`PublicKey`], [`NodeId`], [`Enode`], [`Network`] and [`Capability`] are the field's vocabulary.
//! - [`spec`] makes a document, examples and a test of a protocol's wire, so that no version ever changes.
//! - [`rlp`] is the codec. [`rlpx`] and [`session`] are the transport as pure state machines, for those
//!   who bring their own sockets, crawlers and test tools among them.
//!
//! # Features
//!
//! - `runtime`, on by default: [`Server`], and what it takes of tokio. Without it, the rest holds no
//!   socket, no clock and no randomness of its own.
//! - `cli`, on by default: [`Node`]. It takes `metrics` along.
//! - `metrics`: what a server does is counted, through the crate of that name; [`metrics`] lists it all.
//! - `serde`: [`NodeInfo`] and [`PeerStatus`] serialise to go-ethereum's JSON.
//! - `alloy`: types with the traits of alloy-rlp 0.3 stand in messages, alloy's headers and transactions
//!   among them.
//! - `simd`: the Keccak of frames by vectors, through the crate `fearless_simd`. It uses what the processor turns
//!   out to have: with AVX-512 a message takes a sixth to a quarter less time, with less it gains less. It is for
//!   x86-64 and changes nothing elsewhere.

// Some of what the lower layers offer to the crate is only for the runtime.
#![cfg_attr(not(feature = "runtime"), allow(dead_code, unused_imports))]

pub mod breach;
pub mod capability;
pub mod disconnect;
#[cfg(feature = "runtime")]
pub mod discovery;
pub mod enode;
pub mod identity;
#[cfg_attr(not(feature = "metrics"), path = "meters/off.rs")]
mod meters;
pub mod network;
#[cfg(feature = "cli")]
pub mod node;
#[cfg(feature = "runtime")]
pub mod peer;
mod pool;
pub mod protocol;
pub mod rlp;
pub mod rlpx;
#[cfg(feature = "runtime")]
pub mod server;
pub mod session;
pub mod snappy;
pub mod source;
pub mod spec;
mod timer;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

/// What a program that serves a protocol names: `use p2p::prelude::*;`.
pub mod prelude {
    #[cfg(feature = "cli")]
    pub use crate::node::{Node, NodeExt};
    pub use crate::{Peer, Protocol, Request, Rlp, async_trait};
}

#[doc(inline)]
pub use breach::Breach;
#[doc(inline)]
pub use capability::Capability;
#[doc(inline)]
pub use disconnect::DisconnectReason;
#[cfg(feature = "runtime")]
#[doc(inline)]
pub use discovery::{
    BadFile, BadFileError, DatabaseError, KnownNode, NodeDatabase, NodeDatabaseOptions, NodeList,
    Trouble,
};
#[doc(inline)]
pub use enode::{Enode, EnodeError};
#[doc(inline)]
pub use identity::{KeyError, KeyFileError, NodeId, NodeKey, PublicKey};
#[doc(inline)]
pub use network::{Network, NetworkError};
#[cfg(feature = "cli")]
#[doc(inline)]
pub use node::{Node, NodeError, NodeExt, interrupted};
#[cfg(feature = "runtime")]
#[doc(inline)]
pub use peer::{ConnectError, Phase, Refusal, Rejection};
#[doc(inline)]
pub use protocol::{
    Accepted, BoxFuture, Broadcast, Call, Cause, Closed, Code, DecodeError, Direction, Dispatch,
    Dispatched, EncodeError, End, Excess, Fields, HandledBy, HandlerError, Inbox, Incoming, Kind,
    MessageInfo, OrDisconnect, Peer, PeerInfo, Peers, Protocol, Rate, Request, RequestCounts,
    RequestError, RequestId, Responder, Result, SendError, Service, StrayReplies, TryRequestError,
    TrySendError, Unexpected, Version, pipe, pipe_version,
};
#[cfg(feature = "runtime")]
#[doc(inline)]
pub use server::{
    AddressLimits, Builder, Dialer, Event, EventError, Events, Farewell, MessageEvent, NodeInfo,
    Outcome, PeerLimits, PeerStatus, Record, Server, StartError, Why,
};
#[doc(inline)]
pub use source::NodeSource;

#[doc(inline)]
#[doc = include_str!("docs/derive.md")]
pub use p2p_derive::Protocol;
#[doc(inline)]
#[doc = include_str!("docs/derive_rlp.md")]
pub use p2p_derive::Rlp;

/// Lets `async fn` stand in the handler traits: put it on every `impl` of one.
#[doc(inline)]
pub use async_trait::async_trait;

#[doc = include_str!("docs/writing_a_protocol.md")]
pub mod writing_a_protocol {}

#[cfg(feature = "cli")]
#[doc = include_str!("docs/running_a_node.md")]
pub mod running_a_node {}

#[cfg(feature = "runtime")]
#[doc = include_str!("docs/parity.md")]
pub mod parity {}

#[doc = include_str!("docs/performance.md")]
pub mod performance {}

#[doc = include_str!("docs/logging.md")]
pub mod logging {}

#[cfg(feature = "metrics")]
#[doc = include_str!("docs/metrics.md")]
pub mod metrics {}

/// Holds the README's programs to what they promise.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
