//! The answer of a user's own admission rule to a node that it refuses.

use std::fmt;
use std::sync::Arc;

use crate::disconnect::DisconnectReason;

/// Why a user's rule refuses a node: a text for this side, and a reason for the peer.
///
/// ```
/// use p2p::server::Rejection;
/// use p2p::DisconnectReason;
/// let rejection = Rejection::from("only light clients are served");
/// assert_eq!(rejection.reason(), DisconnectReason::UselessPeer);
/// let rejection = rejection.with_reason(DisconnectReason::TooManyPeers);
/// assert_eq!(rejection.to_string(), "only light clients are served");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    text: Arc<str>,
    reason: DisconnectReason,
}

impl Rejection {
    /// The same, with this reason on the wire instead of "useless peer".
    #[must_use]
    pub fn with_reason(mut self, reason: DisconnectReason) -> Self {
        self.reason = reason;
        self
    }

    /// The reason sent to the peer.
    pub fn reason(&self) -> DisconnectReason {
        self.reason
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&str> for Rejection {
    fn from(text: &str) -> Self {
        Self {
            text: text.into(),
            reason: DisconnectReason::UselessPeer,
        }
    }
}

impl From<String> for Rejection {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<DisconnectReason> for Rejection {
    fn from(reason: DisconnectReason) -> Self {
        Self::from(reason.to_string()).with_reason(reason)
    }
}
