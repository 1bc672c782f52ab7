//! The protocols of Ethereum's execution clients, and what it takes to ask one of them.
//!
//! - [`eth`] and [`snap`]: the protocols as enums, in all versions that go-ethereum speaks; [`types`] and
//!   [`fork_id`] are what their messages consist of.
//! - [`chain`]: which chain a node is on, and whether a peer is on the same.
//! - [`client`]: a node without a chain of its own, which asks and listens.
//! - [`download`]: headers and bodies, each checked against what was asked for.

pub mod chain;
pub mod client;
pub mod download;
pub mod eth;
pub mod fork_id;
pub mod snap;
pub mod types;
