//! The explanation of why a node is not a peer.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::{Record, Span};
use crate::identity::NodeId;

/// What is known about a node's connections, from [`Server::why`](crate::Server::why).
///
/// It displays as a sentence; the same facts are available as data.
#[non_exhaustive]
#[derive(Debug, Clone)]
pub struct Why {
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

impl fmt::Display for Why {
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
