//! The reasons in a Disconnect message.

use std::fmt;

/// Why a connection is closed, as sent on the wire.
///
/// A number that no specification names is kept unchanged. A reason is also an error, so a
/// handler can return one: `Err(DisconnectReason::UselessPeer)?`. Source: `rlpx.md`, "Disconnect".
///
/// ```
/// use p2p::DisconnectReason;
/// assert_eq!(DisconnectReason::from_wire(0x04), DisconnectReason::TooManyPeers);
/// assert_eq!(DisconnectReason::from_wire(0x2a).to_wire(), 0x2a);
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DisconnectReason {
    /// 0x00: the other side asked for it.
    Requested,
    /// 0x01: the network failed.
    NetworkError,
    /// 0x02: a malformed message, or one out of order.
    ProtocolBreach,
    /// 0x03: no capability in common, or nothing that we need.
    UselessPeer,
    /// 0x04: no room for another peer.
    TooManyPeers,
    /// 0x05: there is already a connection to this node.
    AlreadyConnected,
    /// 0x06: an unsupported version of the base protocol.
    IncompatibleVersion,
    /// 0x07: no node key in Hello, or an invalid one.
    InvalidIdentity,
    /// 0x08: the node is stopping.
    Quitting,
    /// 0x09: the node key in Hello is not the one from the handshake.
    UnexpectedIdentity,
    /// 0x0a: a node has connected to itself.
    ConnectedToSelf,
    /// 0x0b: nothing was received for too long.
    PingTimeout,
    /// 0x10: a protocol's own reason.
    ProtocolError,
    /// Any other number.
    Other(u64),
}

use DisconnectReason as R;

/// Each named reason with its number, its metric label and its text.
const TABLE: [(DisconnectReason, u64, &str, &str); 13] = [
    (R::Requested, 0x00, "requested", "disconnect requested"),
    (R::NetworkError, 0x01, "network_error", "network error"),
    (
        R::ProtocolBreach,
        0x02,
        "protocol_breach",
        "breach of protocol",
    ),
    (R::UselessPeer, 0x03, "useless_peer", "useless peer"),
    (R::TooManyPeers, 0x04, "too_many_peers", "too many peers"),
    (
        R::AlreadyConnected,
        0x05,
        "already_connected",
        "already connected",
    ),
    (
        R::IncompatibleVersion,
        0x06,
        "incompatible_version",
        "incompatible p2p version",
    ),
    (
        R::InvalidIdentity,
        0x07,
        "invalid_identity",
        "invalid node identity",
    ),
    (R::Quitting, 0x08, "quitting", "client quitting"),
    (
        R::UnexpectedIdentity,
        0x09,
        "unexpected_identity",
        "unexpected identity",
    ),
    (
        R::ConnectedToSelf,
        0x0a,
        "connected_to_self",
        "connected to self",
    ),
    (R::PingTimeout, 0x0b, "ping_timeout", "ping timeout"),
    (R::ProtocolError, 0x10, "protocol_error", "protocol error"),
];

impl DisconnectReason {
    /// The reason with this number on the wire.
    pub fn from_wire(number: u64) -> Self {
        TABLE
            .iter()
            .find(|row| row.1 == number)
            .map_or(Self::Other(number), |row| row.0)
    }

    /// The label of this reason in metrics. All reasons without a name share one.
    pub(crate) fn label(self) -> &'static str {
        self.row().map_or("other", |row| row.2)
    }

    /// This reason's number on the wire.
    pub fn to_wire(self) -> u64 {
        match self {
            Self::Other(number) => number,
            named => named.row().map_or(0, |row| row.1),
        }
    }

    fn row(self) -> Option<&'static (Self, u64, &'static str, &'static str)> {
        TABLE.iter().find(|row| row.0 == self)
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some((_, number, _, text)) => write!(f, "{text} (0x{number:02x})"),
            None => write!(f, "unknown reason (0x{:02x})", self.to_wire()),
        }
    }
}

impl std::error::Error for DisconnectReason {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back_as_it_went() {
        for number in (0..=0x20).chain([0x7f, 0x80, 0xff, u64::MAX]) {
            assert_eq!(DisconnectReason::from_wire(number).to_wire(), number);
        }
    }

    #[test]
    fn every_named_reason_has_its_own_label() {
        let named = (0..=0x20).map(DisconnectReason::from_wire);
        let mut labels: Vec<&str> = named.map(DisconnectReason::label).collect();
        assert_eq!(labels[4], "too_many_peers");
        labels.retain(|label| *label != "other");
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), TABLE.len());
    }

    #[test]
    fn the_numbers_are_those_of_the_specification() {
        assert_eq!(DisconnectReason::Requested.to_wire(), 0);
        assert_eq!(DisconnectReason::Quitting.to_wire(), 8);
        assert_eq!(DisconnectReason::PingTimeout.to_wire(), 0x0b);
        assert_eq!(DisconnectReason::ProtocolError.to_wire(), 0x10);
        assert_eq!(
            DisconnectReason::from_wire(0x0c),
            DisconnectReason::Other(0x0c)
        );
    }

    #[test]
    fn a_reason_reads_as_text_and_number() {
        assert_eq!(
            DisconnectReason::TooManyPeers.to_string(),
            "too many peers (0x04)"
        );
        assert_eq!(
            DisconnectReason::Other(0x2a).to_string(),
            "unknown reason (0x2a)"
        );
    }
}
