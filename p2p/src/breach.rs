//! Every way in which a peer can break the rules of a session.

use thiserror::Error;

use crate::disconnect::DisconnectReason;

/// What a peer did wrong.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Breach {
    /// It sent a second Hello.
    #[error("a second Hello")]
    SecondHello,
}

impl Breach {
    /// The reason that the peer is told.
    pub fn reason(&self) -> DisconnectReason {
        DisconnectReason::ProtocolBreach
    }
}
