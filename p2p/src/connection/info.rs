//! The peer's identity, software and addresses, known after the exchange of Hello.

use std::fmt;
use std::net::SocketAddr;

use crate::capability::Capability;
use crate::identity::NodeId;
use crate::identity::PublicKey;

/// Who opened a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The peer did.
    Inbound,
    /// This node did.
    Outbound,
}

impl Direction {
    /// The value of a metric's label.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// What is known about a peer once Hello messages have been exchanged.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PeerInfo {
    /// The peer's public key, proven by the handshake.
    pub public_key: PublicKey,
    /// The node ID that belongs to the key.
    pub node_id: NodeId,
    /// The software that the peer claims to be, with unprintable characters escaped.
    pub client: String,
    /// All capabilities that the peer offers, shared or not.
    pub capabilities: Vec<Capability>,
    /// The version of the base protocol that the peer speaks; below 5, messages are not compressed.
    pub p2p_version: u64,
    /// Who opened the connection.
    pub direction: Direction,
    /// The peer's address. If a `Dialer` opened the stream, it is the address in the URL; if the program did, the
    /// address that it passed to `Server::accept` or `Server::connect_over`.
    pub remote_addr: Option<SocketAddr>,
    /// This node's address on the connection; `None` if there is no socket.
    pub local_addr: Option<SocketAddr>,
}
