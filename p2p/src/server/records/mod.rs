//! The records of past connections, kept to explain why a node is not a peer.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use crate::connection::cause::Cause;
use crate::connection::info::{Direction, PeerInfo};
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
    /// The phase that it reached.
    pub phase: Phase,
    /// True if this node sent its reason to the other end.
    pub(super) reason_sent: bool,
    /// How it ended.
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

/// The reason that went over the wire when a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireReason {
    /// This node sent a reason. Whether the peer read it is unknown.
    Sent(DisconnectReason),
    /// The peer sent a reason.
    Received(DisconnectReason),
    /// Neither did.
    Nothing,
}

impl Record {
    /// A record of an attempt that failed just now.
    pub(super) fn refused(attempt: Attempt, error: ConnectError) -> Self {
        Self {
            time: SystemTime::now(),
            node: attempt.node,
            address: attempt.address,
            direction: attempt.direction,
            phase: attempt.phase,
            reason_sent: attempt.reason_sent,
            outcome: Outcome::Refused(error),
        }
    }

    /// A record of a peer that was dropped just now.
    pub(super) fn dropped(info: &PeerInfo, cause: Cause, lifetime: Duration) -> Self {
        Self {
            time: SystemTime::now(),
            node: Some(info.node_id),
            address: info.remote_addr,
            direction: info.direction,
            phase: Phase::Connected,
            reason_sent: cause.can_send_disconnect(),
            outcome: Outcome::Dropped { cause, lifetime },
        }
    }

    /// The reason that went over the wire.
    pub fn wire_reason(&self) -> WireReason {
        let ours = match &self.outcome {
            Outcome::Dropped {
                cause: Cause::Remote(reason),
                ..
            }
            | Outcome::Refused(ConnectError::Disconnected(reason)) => {
                return WireReason::Received(*reason);
            }
            Outcome::Dropped { cause, .. } => Some(cause.reason()),
            Outcome::Refused(error) => error.reason(),
        };
        match ours {
            Some(reason) if self.reason_sent => WireReason::Sent(reason),
            _ => WireReason::Nothing,
        }
    }
}

/// A sentence without its time: `inbound connection from 192.0.2.1:9 ended in the handshake: ..`.
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
        match self.wire_reason() {
            WireReason::Sent(reason) => write!(f, "; the peer was told: {reason}"),
            // The error already contains it.
            WireReason::Received(_) => Ok(()),
            WireReason::Nothing => f.write_str("; nothing was said"),
        }
    }
}

/// Displays a length of time, such as `5 min`.
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

/// The most recent records. Inbound connections that never became a peer are kept apart. Keys are free, so
/// strangers could otherwise push out the records of real nodes.
#[derive(Debug)]
pub(super) struct Records {
    /// The most records of each sort.
    capacity: usize,
    of_nodes: VecDeque<Record>,
    of_strangers: VecDeque<Record>,
}

impl Records {
    /// Keeps at most `capacity` records of each sort.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            of_nodes: VecDeque::new(),
            of_strangers: VecDeque::new(),
        }
    }

    /// Adds a record, and drops the oldest of its sort if there are too many.
    pub(super) fn add(&mut self, record: Record) {
        let is_stranger =
            record.direction == Direction::Inbound && record.phase != Phase::Connected;
        let records = if is_stranger {
            &mut self.of_strangers
        } else {
            &mut self.of_nodes
        };
        if records.len() >= self.capacity {
            records.pop_front();
        }
        if self.capacity > 0 {
            records.push_back(record);
        }
    }

    /// The records of a node, the most recent first.
    pub(super) fn of(&self, id: &NodeId) -> Vec<Record> {
        self.last_first(|record| record.node.as_ref() == Some(id))
    }

    /// All records, the most recent first.
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

/// The state of an attempt to make a node a peer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    pub(super) direction: Direction,
    pub(super) node: Option<NodeId>,
    pub(super) address: Option<SocketAddr>,
    pub(super) phase: Phase,
    /// True if the other end is sent the reason of the refusal.
    pub(super) reason_sent: bool,
}

impl Attempt {
    /// An attempt that is about to start.
    pub(super) fn new(
        direction: Direction,
        node: Option<NodeId>,
        address: Option<SocketAddr>,
    ) -> Self {
        Self {
            direction,
            node,
            address,
            phase: Phase::Opening,
            reason_sent: false,
        }
    }
}

/// An explanation of why a node is or is not a peer, from [`Server::why`](crate::Server::why).
///
/// It displays as a sentence; the same facts are available as data.
#[non_exhaustive]
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The node.
    pub node: NodeId,
    /// When `why` was called.
    pub time: SystemTime,
    /// How long it has been a peer, if it is one.
    pub connected: Option<Duration>,
    /// How much longer it is banned, if it is.
    pub banned: Option<Duration>,
    /// How many peers are connected, if it is a static node that is not dialed because there is no room for
    /// another.
    pub waits_for_room: Option<usize>,
    /// Its past connections, most recent first, as far as they are remembered.
    pub records: Vec<Record>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#} is ", self.node)?;
        match (self.connected, self.banned, self.waits_for_room) {
            (Some(lifetime), ..) => write!(f, "a peer, for {}", Span(lifetime))?,
            (None, Some(left), _) => write!(f, "banned for another {}", Span(left))?,
            (None, None, Some(peers)) => {
                write!(
                    f,
                    "a static node that waits for room: {peers} peers are connected"
                )?;
            }
            (None, None, None) => f.write_str("no peer")?,
        }
        match self.records.as_slice() {
            [] => f.write_str("; no other connection is remembered"),
            [last, earlier @ ..] => {
                let ago = self.time.duration_since(last.time).unwrap_or_default();
                write!(f, "; {} ago its {last}", Span(ago))?;
                match earlier.len() {
                    0 => Ok(()),
                    1 => f.write_str(" (and 1 earlier)"),
                    more => write!(f, " (and {more} earlier)"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
