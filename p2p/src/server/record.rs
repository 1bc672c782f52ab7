//! What became of past connections, kept to explain why a node is not a peer.

mod why;

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

pub use why::Why;

use crate::connection::cause::Cause;
use crate::connection::info::Direction;
use crate::disconnect::DisconnectReason;
use crate::driver::error::{ConnectError, Phase};
use crate::identity::NodeId;
use crate::protocol::show::Escaped;

/// One connection that was refused, failed or ended.
#[non_exhaustive]
#[derive(Debug, Clone)]
pub struct Record {
    /// When.
    pub time: SystemTime,
    /// The node, if it is known. An inbound connection has proven its identity only in
    /// [`Phase::Connected`].
    pub node: Option<NodeId>,
    /// The other end's address, if there was one to reach.
    pub address: Option<SocketAddr>,
    /// Who opened the connection.
    pub direction: Direction,
    /// How far it got.
    pub phase: Phase,
    /// Whether this node gave the other end its reason.
    pub(super) is_told: bool,
    /// What became of it.
    pub outcome: Outcome,
}

/// How a connection ended.
#[non_exhaustive]
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It did not become a peer.
    Refused(ConnectError),
    /// It was a peer.
    Dropped {
        /// Why, from this node's point of view.
        cause: Cause,
        /// How long it was a peer.
        lifetime: Duration,
    },
}

/// What went over the wire when a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Farewell {
    /// This node sent a reason. Whether the peer read it is unknown.
    Sent(DisconnectReason),
    /// The peer sent a reason.
    Received(DisconnectReason),
    /// Neither did.
    Nothing,
}

impl Record {
    /// What went over the wire.
    pub fn farewell(&self) -> Farewell {
        let ours = match &self.outcome {
            Outcome::Dropped {
                cause: Cause::Remote(reason),
                ..
            }
            | Outcome::Refused(ConnectError::Disconnected(reason)) => {
                return Farewell::Received(*reason);
            }
            Outcome::Dropped { cause, .. } => Some(cause.reason()),
            Outcome::Refused(error) => error.reason(),
        };
        match ours {
            Some(reason) if self.is_told => Farewell::Sent(reason),
            _ => Farewell::Nothing,
        }
    }
}

/// A sentence without its time: `inbound connection from 192.0.2.1:9 refused after the handshake: ..`.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} connection", self.direction)?;
        if let Some(address) = self.address {
            let side = match self.direction {
                Direction::Inbound => "from",
                Direction::Outbound => "to",
            };
            write!(f, " {side} {address}")?;
        }
        match &self.outcome {
            Outcome::Refused(error) => {
                write!(f, " ended in {}: {}", self.phase, Escaped(error))?;
            }
            Outcome::Dropped { cause, lifetime } => {
                write!(f, " ended after {}: {}", Span(*lifetime), Escaped(cause))?;
            }
        }
        match self.farewell() {
            Farewell::Sent(reason) => write!(f, "; the peer was told: {reason}"),
            // The error says it.
            Farewell::Received(_) => Ok(()),
            Farewell::Nothing => f.write_str("; nothing was said"),
        }
    }
}

/// A length of time as one says it.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0 => write!(f, "{} ms", self.0.as_millis()),
            1..120 => write!(f, "{seconds} s"),
            120..7200 => write!(f, "{} min", seconds / 60),
            _ => write!(f, "{} h", seconds / 3600),
        }
    }
}

/// The last records. Those of whoever has connected and became no peer are kept apart: a key costs nothing,
/// so that strangers that come in numbers must not push out what is known of nodes.
#[derive(Debug)]
pub(super) struct Records {
    capacity: usize,
    of_nodes: VecDeque<Record>,
    of_strangers: VecDeque<Record>,
}

impl Records {
    /// At most `capacity` of each sort.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            of_nodes: VecDeque::new(),
            of_strangers: VecDeque::new(),
        }
    }

    pub(super) fn add(&mut self, record: Record) {
        let is_stranger =
            record.direction == Direction::Inbound && record.phase != Phase::Connected;
        let records = match is_stranger {
            true => &mut self.of_strangers,
            false => &mut self.of_nodes,
        };
        if records.len() >= self.capacity {
            records.pop_front();
        }
        if self.capacity > 0 {
            records.push_back(record);
        }
    }

    /// Those of a node, the last first.
    pub(super) fn of(&self, id: &NodeId) -> Vec<Record> {
        self.last_first(|record| record.node.as_ref() == Some(id))
    }

    /// All, the last first.
    pub(super) fn all(&self) -> Vec<Record> {
        self.last_first(|_| true)
    }

    fn last_first(&self, wanted: impl Fn(&Record) -> bool) -> Vec<Record> {
        let all = self.of_nodes.iter().chain(&self.of_strangers).rev();
        let mut records: Vec<Record> = all.filter(|record| wanted(record)).cloned().collect();
        records.sort_by_key(|record| std::cmp::Reverse(record.time));
        records
    }
}

#[cfg(test)]
mod tests;
