//! The server: it listens, dials, admits peers, and ends their connections.
//!
//! The modules stand in groups. A file imports from its own group and those above it, in no circle, and never
//! from this file:
//!
//! - data, and what the surroundings provide;
//! - the parts of a server, which know nothing of the whole: state machines, records, metrics, settings;
//! - `core`, the state that all tasks share;
//! - the way from a stream to a peer, and the tasks that open, dial and measure;
//! - the public handles.

mod ambient;
mod error;
mod event;
mod info;
mod limits;

mod admission;
mod config;
mod counts;
mod gate;
mod node_log;
mod records;
mod schedule;
mod stream;

mod core;

mod connect;
mod dial;
mod guard;
mod sample;
mod tcp;

mod accept;
mod builder;
mod handle;

pub use builder::Builder;
#[cfg(feature = "cli")]
pub(crate) use builder::{listen, parse_listen_addr};
pub use error::StartError;
pub(crate) use event::Feed;
pub use event::{Event, EventError, Events, MessageEvent};
pub use handle::Server;
pub use info::{NodeInfo, NodeProtocol, PeerNetwork, PeerProtocol, PeerStatus, Ports};
pub use limits::{AddressLimits, PeerLimits};
pub use records::{Explanation, Outcome, Record, WireReason};
pub use stream::Dialer;

#[cfg(test)]
mod tests;
