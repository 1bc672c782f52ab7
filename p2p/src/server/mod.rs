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

pub(crate) mod ambient;
pub(crate) mod error;
pub(crate) mod info;
pub(crate) mod limits;
pub(crate) mod listen;

pub(crate) mod admission;
pub(crate) mod config;
pub(crate) mod counts;
pub(crate) mod gate;
#[cfg(feature = "database")]
pub(crate) mod node_log;
pub(crate) mod parts;
pub(crate) mod records;
pub(crate) mod schedule;
#[cfg(feature = "cli")]
pub(crate) mod setting;
pub(crate) mod stream;

pub(crate) mod core;

pub(crate) mod connect;
pub(crate) mod dial;
pub(crate) mod guard;
pub(crate) mod sample;
pub(crate) mod tcp;

pub(crate) mod accept;
pub(crate) mod builder;
pub(crate) mod handle;

pub use builder::Builder;
pub use config::Config;
pub use error::StartError;
pub use handle::Server;
pub use info::{NodeInfo, NodeProtocol, PeerNetwork, PeerProtocol, PeerStatus, Ports};
pub use limits::{AddressLimits, PeerLimits};
pub use records::{Explanation, Outcome, Record, WireReason};
pub use stream::Dialer;

#[cfg(test)]
mod tests;
