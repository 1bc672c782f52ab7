//! Why a connection was not established.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::rejection::Rejection;
use crate::breach::Breach;
use crate::capability::Capability;
use crate::connection::cause::Cause;
use crate::connection::info::Direction;
use crate::disconnect::DisconnectReason;
use crate::network::Network;
use crate::rlpx::HandshakeError;

/// How far a connection got.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It is being opened: an address is resolved and dialed, or an inbound address is checked.
    Opening,
    /// Keys are being agreed: auth and ack.
    Handshake,
    /// Hello messages are being exchanged.
    Hello,
    /// It belongs to a peer.
    Connected,
}

impl Phase {
    /// Its label in the metrics.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Handshake => "handshake",
            Self::Hello => "hello",
            Self::Connected => "connected",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opening => "the opening",
            Self::Handshake => "the handshake",
            Self::Hello => "the exchange of Hello",
            Self::Connected => "the peer's session",
        })
    }
}

/// Why a connection was not established.
#[non_exhaustive]
#[derive(Debug, Clone, Error)]
pub enum ConnectError {
    /// The host name did not resolve to an address.
    #[error("host {host} could not be resolved: {error}")]
    Resolve {
        /// The name.
        host: String,
        /// The resolver's error.
        error: Arc<io::Error>,
    },
    /// Nobody answers at the address.
    #[error("{address} could not be reached: {error}")]
    Dial {
        /// The address.
        address: SocketAddr,
        /// The operating system's error.
        error: Arc<io::Error>,
    },
    /// The user's [`Dialer`](crate::Dialer) failed to open a stream.
    #[error("{host} could not be reached: {error}")]
    Dialer {
        /// The host and the port.
        host: String,
        /// The dialer's error.
        error: Arc<io::Error>,
    },
    /// The peer did not continue in time.
    #[error("the peer took too long in {0}")]
    Timeout(Phase),
    /// The peer closed the connection without giving a reason.
    #[error("closed during {phase}{}", wrong_key(*phase, *direction))]
    Closed {
        /// How far the connection got.
        phase: Phase,
        /// Who opened it.
        direction: Direction,
    },
    /// The network failed.
    #[error("the connection broke in {phase}: {error}")]
    Io {
        /// How far the connection got.
        phase: Phase,
        /// The operating system's error.
        error: Arc<io::Error>,
    },
    /// The handshake failed.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// The peer broke the rules before it was a peer.
    #[error(transparent)]
    Breach(#[from] Breach),
    /// The peer refused the connection.
    #[error("refused by the peer: {0}")]
    Disconnected(DisconnectReason),
    /// A protocol that both speak did not accept the peer.
    #[error("not accepted: {0}")]
    NotAccepted(Cause),
    /// This node refused the connection.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The user's own rule refused the peer.
    #[error("refused by a rule: {0}")]
    Rejected(Rejection),
}

/// A node with a different key can't decrypt auth, and closes the connection.
fn wrong_key(phase: Phase, direction: Direction) -> &'static str {
    if phase == Phase::Handshake && direction == Direction::Outbound {
        ": wrong key?"
    } else {
        ""
    }
}

impl From<Rejection> for ConnectError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl ConnectError {
    /// Its label in the metrics. It contains nothing that a peer can choose.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Resolve { .. } => "resolve",
            Self::Dial { .. } => "dial",
            Self::Dialer { .. } => "dialer",
            Self::Timeout(_) => "timeout",
            Self::Closed { .. } => "closed",
            Self::Io { .. } => "io",
            Self::Handshake(_) => "handshake",
            Self::Breach(_) => "breach",
            Self::Disconnected(_) => "remote",
            Self::NotAccepted(_) => "not_accepted",
            Self::Refused(refusal) => refusal.label(),
            Self::Rejected(_) => "rejected",
        }
    }

    /// The Disconnect reason of the side that refused, whether it was sent or not.
    pub(crate) fn reason(&self) -> Option<DisconnectReason> {
        match self {
            Self::Disconnected(reason) => Some(*reason),
            Self::Breach(breach) => Some(breach.reason()),
            Self::NotAccepted(cause) => Some(cause.reason()),
            Self::Refused(refusal) => Some(refusal.reason()),
            Self::Rejected(rejection) => Some(rejection.reason()),
            Self::Resolve { .. }
            | Self::Dial { .. }
            | Self::Dialer { .. }
            | Self::Timeout(_)
            | Self::Closed { .. }
            | Self::Io { .. }
            | Self::Handshake(_) => None,
        }
    }

    /// The error for a failed read or write in this phase.
    pub(super) fn io(phase: Phase, direction: Direction, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe => Self::Closed { phase, direction },
            _ => Self::Io {
                phase,
                error: Arc::new(error),
            },
        }
    }
}

/// Capabilities in a sentence.
fn listed(capabilities: &[Capability]) -> String {
    let texts: Vec<String> = capabilities.iter().map(ToString::to_string).collect();
    match texts.as_slice() {
        [] => "nothing".to_owned(),
        texts => texts.join(", "),
    }
}

fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

/// IPv6 addresses of one subnet count as one address, so a neighbour may have connected instead.
fn neighbour(address: IpAddr) -> &'static str {
    match address.to_canonical() {
        IpAddr::V4(_) => "",
        IpAddr::V6(_) => " or a neighbour in its subnet",
    }
}

/// Why this node refuses a peer, or does not dial a node.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The maximum number of peers is connected.
    #[error("{limit} peers are connected, and no more are allowed")]
    TooManyPeers {
        /// The maximum.
        limit: usize,
    },
    /// The maximum number of inbound peers is connected.
    #[error("{limit} peers have connected to this node, and no more may")]
    TooManyInbound {
        /// The maximum.
        limit: usize,
    },
    /// The maximum number of peers with this address, or in this subnet, is connected.
    #[error("{limit} peers are at addresses of {network}, and no more are allowed")]
    TooManyNear {
        /// The address or the subnet.
        network: Network,
        /// The maximum.
        limit: usize,
    },
    /// The address is outside the networks to which this node is restricted.
    #[error("{address} is in none of the networks that net_restrict allows")]
    Restricted {
        /// The address.
        address: IpAddr,
    },
    /// There was a recent connection from this address, or from its subnet if it is an IPv6 address.
    #[error("{address}{} has connected already in the last {} s", neighbour(*address), interval.as_secs())]
    TooOften {
        /// The address.
        address: IpAddr,
        /// The time in which one connection is allowed.
        interval: Duration,
    },
    /// The maximum number of connections with this address, or in this subnet, that are not peers yet is
    /// reached.
    #[error("{limit} connections of {network} are not peers yet, and no more are allowed")]
    TooManyPending {
        /// The address or the subnet.
        network: Network,
        /// The maximum.
        limit: usize,
    },
    /// The node is banned.
    #[error("banned")]
    Banned,
    /// There is already a connection to this node.
    #[error("already connected")]
    AlreadyConnected,
    /// The node is this one: it dialed itself, or is among its own static nodes.
    #[error("connected to self")]
    ConnectedToSelf,
    /// A static node's URL has TCP port 0, which means that the node does not listen. To a
    /// [`Dialer`](crate::Dialer) of your own, port 0 means nothing, and is dialed.
    #[error("the node does not listen: its URL has port 0")]
    NoPort,
    /// The two nodes have no protocol in common.
    #[error(
        "no protocol is shared: this node offers {}, the peer {}{}",
        listed(ours),
        listed(theirs),
        and_more(*more)
    )]
    NothingShared {
        /// The capabilities that this node offers.
        ours: Arc<[Capability]>,
        /// The first capabilities that the peer offers.
        theirs: Arc<[Capability]>,
        /// How many more it offers.
        more: usize,
    },
    /// The server is stopping.
    #[error("this node is stopping")]
    Stopping,
}

/// The most capabilities of a refused peer that are kept, because many refusals are remembered.
const MAX_OFFERED: usize = 16;

impl Refusal {
    pub(crate) fn nothing_shared(ours: &[Capability], theirs: &[Capability]) -> Self {
        let kept = theirs.len().min(MAX_OFFERED);
        Self::NothingShared {
            ours: ours.into(),
            theirs: theirs.iter().take(kept).cloned().collect(),
            more: theirs.len() - kept,
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Self::TooManyPeers { .. } => "too_many_peers",
            Self::TooManyInbound { .. } => "too_many_inbound",
            Self::TooManyNear { .. } => "too_many_near",
            Self::Restricted { .. } => "restricted",
            Self::TooOften { .. } => "too_often",
            Self::TooManyPending { .. } => "too_many_pending",
            Self::Banned => "banned",
            Self::AlreadyConnected => "already_connected",
            Self::ConnectedToSelf => "connected_to_self",
            Self::NoPort => "no_port",
            Self::NothingShared { .. } => "nothing_shared",
            Self::Stopping => "stopping",
        }
    }

    /// The reason that is sent to the peer, if the connection has got far enough for one.
    pub fn reason(&self) -> DisconnectReason {
        match self {
            Self::TooManyPeers { .. } | Self::TooManyInbound { .. } | Self::TooManyNear { .. } => {
                DisconnectReason::TooManyPeers
            }
            // Nothing is sent, because these are found before there is a connection that could carry a reason.
            Self::Restricted { .. }
            | Self::TooOften { .. }
            | Self::TooManyPending { .. }
            | Self::NoPort => DisconnectReason::Requested,
            Self::Banned => DisconnectReason::UselessPeer,
            Self::AlreadyConnected => DisconnectReason::AlreadyConnected,
            Self::ConnectedToSelf => DisconnectReason::ConnectedToSelf,
            Self::NothingShared { .. } => DisconnectReason::UselessPeer,
            Self::Stopping => DisconnectReason::Quitting,
        }
    }
}
