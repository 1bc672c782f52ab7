//! The server: it listens, dials, admits peers, and ends their connections. Most programs need only what stands at
//! the root: [`Server`], [`Builder`] and [`Config`].

// The modules stand in groups. A file imports from its own group and those above it, and never from this file.

// Data, and what the surroundings provide.
pub(crate) mod ambient;
pub(crate) mod error;
pub(crate) mod info;
pub(crate) mod limits;
pub(crate) mod listen;

// The parts of a server, which know nothing of the whole: state machines, records, metrics, settings.
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
pub mod settings;
pub(crate) mod stream;

// The state that all tasks share.
pub(crate) mod core;

// The way from a stream to a peer, and the tasks that open, dial and measure.
pub(crate) mod connect;
pub(crate) mod dial;
pub(crate) mod guard;
pub(crate) mod sample;
pub(crate) mod tcp;

// The public handles.
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

pub use crate::driver::error::Phase;
pub use crate::driver::event::{EventError, MessageEvent};
pub use crate::driver::rejection::Rejection;

#[cfg(test)]
mod tests;
