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
//! [`writing_a_protocol`] continues step by step with requests, limits and versions, and
//! [`running_a_node`] covers every setting. If you know go-ethereum's `p2p.Server`, [`parity`] maps its names to
//! the ones here. [`performance`] shows how fast the library is and where the time goes. [`metrics`] and
//! [`logging`] help you observe a node.
//!
//! # The parts, in the order in which you meet them
//!
//! - [`derive@Protocol`] turns an enum of messages into a [`trait@Protocol`], with a handler trait that has one
//!   method per message. One enum can hold several versions. [`derive@Rlp`] is for the structs inside.
//! - [`Peer`] is the handle passed to a handler: it sends, makes requests, disconnects, and identifies the peer.
//!   [`Peers`] is all of them, for broadcasts. Each [`Request`] has its own reply type.
//! - [`ServeExt::handled_by`], [`ServeExt::accepting`] and [`ServeExt::run`] define how a protocol is served:
//!   by one handler shared by all peers, by a handler per peer after an initial exchange, or by a sequential
//!   function. Each returns a [`Service`], which [`Service::pipe`] tests without sockets.
//! - [`Server`] serves protocols on a network. Its settings are a [`Config`], which a [`Builder`] holds.
//!   [`Node`] is a server with a command line.
//! - [`Cause`] and [`ConnectError`] say why a connection ended or was never established. [`Events`]
//!   report it as it happens, and [`Server::why`] afterwards. The part sent on the wire is a [`DisconnectReason`].
//! - A [`NodeSource`] supplies nodes to dial in addition to the static ones; [`NodeList`] is one.
//!   [`NodeDatabase`] keeps the nodes that a server has met in a file.
//! - [`NodeKey`], [`PublicKey`], [`NodeId`], [`Enode`], [`Network`] and [`Capability`] are the basic vocabulary.
//! - [`spec`] generates a document, examples and a test of a protocol's wire format, so that no version ever
//!   changes.
//! - [`rlp`] is the codec. [`rlpx`] and [`session`] are the transport as pure state machines, for programs that
//!   bring their own sockets, such as crawlers and test tools.
//!
//! # Features
//!
//! - `cli`, on by default: [`Node`]. It enables `runtime` and `database`.
//! - `simd`, on by default: hashes frames with vector instructions, through the crate `fearless_simd`. It detects at
//!   run time what the processor supports: with AVX-512 a message takes a sixth to a quarter less time, with older
//!   instructions the gain is smaller. Without the feature, and on processors other than x86-64, the crate `sha3` hashes.
//! - `runtime`: [`Server`], and the parts of tokio it needs. Without it, the rest uses no socket, no clock and no
//!   randomness of its own.
//! - `database`: [`NodeDatabase`], which enables `runtime`.
//! - `serde`: [`NodeInfo`][server::NodeInfo] and [`PeerStatus`][server::PeerStatus] serialise to go-ethereum's JSON.
//! - `alloy`: types that implement the alloy-rlp 0.3 traits work in messages, including alloy's headers and
//!   transactions.
//!
//! A program that embeds the server leaves out what only the command line needs, which is about two fifths of all
//! crates:
//!
//! ```toml
//! p2p = { version = "0.1", default-features = false, features = ["runtime", "simd"] }
//! ```

// Where an item is left out, links to it lead to the list of features.
#![cfg_attr(not(feature = "cli"), doc = "", doc = include_str!("docs/absent.md"))]
// Some of what the lower layers offer to the crate is only for the runtime.
#![cfg_attr(not(feature = "runtime"), allow(dead_code, unused_imports))]

mod breach;
mod bucket;
mod budget;
mod capability;
mod connection;
mod disconnect;
#[cfg(feature = "runtime")]
mod driver;
mod enode;
mod future;
mod identity;
mod lane;
mod message_id;
mod meters;
mod network;
#[cfg(feature = "cli")]
pub mod node;
#[cfg(feature = "runtime")]
pub mod nodes;
mod pool;
pub mod protocol;
pub mod rlp;
pub mod rlpx;
pub mod serve;
#[cfg(feature = "runtime")]
pub mod server;
pub mod session;
pub mod snappy;
mod source;
pub mod spec;
mod sync;
mod timer;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

/// The names that a program needs to serve a protocol: `use p2p::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Cause, DisconnectReason, NodeId, NodeKey, OrDisconnect, Peer, Protocol, Request, Rlp,
        ServeExt, async_trait,
    };
    #[cfg(feature = "cli")]
    pub use crate::{Node, NodeExt};
}

#[doc(inline)]
pub use breach::Breach;
#[doc(inline)]
pub use capability::{Capability, NameError};
#[doc(inline)]
pub use connection::cause::Cause;
#[doc(inline)]
pub use connection::handler_error::{HandlerError, OrDisconnect, Result};
#[doc(inline)]
pub use connection::info::{Direction, PeerInfo};
#[doc(inline)]
pub use disconnect::DisconnectReason;
#[cfg(feature = "runtime")]
#[doc(inline)]
pub use driver::error::{ConnectError, Refusal};
#[cfg(feature = "runtime")]
#[doc(inline)]
pub use driver::event::{Event, Events};
#[doc(inline)]
pub use enode::{Enode, EnodeError, Host};
#[doc(inline)]
pub use identity::{KeyError, KeyFileError, NodeId, NodeKey, PublicKey};
#[doc(inline)]
pub use network::{Network, NetworkError};
#[cfg(feature = "cli")]
#[doc(inline)]
pub use node::{Node, NodeError, NodeExt, interrupted};
#[cfg(feature = "database")]
#[doc(inline)]
pub use nodes::NodeDatabase;
#[cfg(feature = "runtime")]
#[doc(inline)]
pub use nodes::NodeList;
#[doc(inline)]
pub use protocol::Protocol;
#[doc(inline)]
pub use serve::error::{RequestError, SendError};
#[doc(inline)]
pub use serve::ext::ServeExt;
#[doc(inline)]
pub use serve::inbox::{Inbox, Incoming, Responder};
#[doc(inline)]
pub use serve::peer::Peer;
#[doc(inline)]
pub use serve::peers::Peers;
#[doc(inline)]
pub use serve::pipe::{PipeEnd, pipe};
#[doc(inline)]
pub use serve::request::Request;
#[doc(inline)]
pub use serve::service::Service;
#[cfg(feature = "cli")]
#[doc(inline)]
pub use server::settings::{self, Settings};
#[cfg(feature = "runtime")]
#[doc(inline)]
pub use server::{Builder, Config, Dialer, Server};
#[doc(inline)]
pub use source::NodeSource;

#[doc(inline)]
#[doc = include_str!("docs/derive.md")]
#[cfg_attr(not(feature = "cli"), doc = "", doc = include_str!("docs/absent.md"))]
pub use p2p_derive::Protocol;
#[doc(inline)]
#[doc = include_str!("docs/derive_rlp.md")]
pub use p2p_derive::Rlp;
#[cfg(feature = "cli")]
#[doc(inline)]
#[doc = include_str!("docs/derive_settings.md")]
pub use p2p_derive::Settings;

/// Allows `async fn` in the handler traits: put it on every `impl` of one.
#[doc(inline)]
pub use async_trait::async_trait;

#[doc = include_str!("docs/writing_a_protocol.md")]
#[cfg_attr(not(feature = "cli"), doc = "", doc = include_str!("docs/absent.md"))]
pub mod writing_a_protocol {}

#[cfg(feature = "cli")]
#[doc = include_str!("docs/running_a_node.md")]
pub mod running_a_node {}

#[cfg(feature = "database")]
#[doc = include_str!("docs/parity.md")]
pub mod parity {}

#[doc = include_str!("docs/architecture.md")]
pub mod architecture {}

#[doc = include_str!("docs/what_a_peer_can_cost.md")]
#[cfg_attr(not(feature = "cli"), doc = "", doc = include_str!("docs/absent.md"))]
pub mod what_a_peer_can_cost {}

#[doc = include_str!("docs/performance.md")]
pub mod performance {}

#[doc = include_str!("docs/logging.md")]
#[cfg_attr(not(feature = "cli"), doc = "", doc = include_str!("docs/absent.md"))]
pub mod logging {}

#[doc = include_str!("docs/metrics.md")]
#[cfg_attr(not(feature = "cli"), doc = "", doc = include_str!("docs/absent.md"))]
pub mod metrics {}

/// Compiles the programs in the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
