//! The error with which a handler drops its peer.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::not_sent::NotSent;
use crate::disconnect::DisconnectReason;
use crate::protocol::error::DecodeError;
use crate::rlp;

/// What a handler returns: nothing, or an error that drops the peer.
pub type Result<T = (), E = HandlerError> = std::result::Result<T, E>;

/// The error with which a handler gives up on its peer.
///
/// `?` converts any error, and text, into one; to allow this, it is not an [`Error`] itself. The peer is
/// dropped with the [`DisconnectReason`] found among the error's sources, with 0x02 if an error of the
/// codec is found first, with 0x00 if it is a request that was [not sent](crate::serve::NotSent), otherwise
/// with 0x10, or 0x03 if the error bans it. The peer dropped is always the one
/// whose message is being handled, whichever peer the error is about: don't use `?` where sending to another
/// peer may fail.
///
/// ```
/// use p2p::{DisconnectReason, HandlerError, OrDisconnect};
///
/// fn parse(text: &str) -> p2p::Result<u16> {
///     if text.is_empty() {
///         Err(DisconnectReason::UselessPeer)?;
///     }
///     if text.len() > 5 {
///         return Err("a port has at most five digits".into());
///     }
///     Ok(text.parse().or_disconnect(DisconnectReason::ProtocolBreach)?)
/// }
///
/// let reason = |text| parse(text).map_err(|error| error.reason());
/// assert_eq!(reason(""), Err(DisconnectReason::UselessPeer));
/// assert_eq!(reason("123456"), Err(DisconnectReason::ProtocolError));
/// assert_eq!(reason("x"), Err(DisconnectReason::ProtocolBreach));
/// ```
pub struct HandlerError {
    source: Box<dyn Error + Send + Sync>,
    reason: Option<DisconnectReason>,
    ban: Option<Duration>,
}

impl HandlerError {
    /// The reason sent to the peer.
    pub fn reason(&self) -> DisconnectReason {
        if let Some(reason) = self.reason {
            return reason;
        }
        let mut error: Option<&(dyn Error + 'static)> = Some(&*self.source);
        while let Some(current) = error {
            if let Some(reason) = current.downcast_ref::<DisconnectReason>() {
                return *reason;
            }
            if current.is::<NotSent>() {
                // The peer has done nothing wrong.
                return DisconnectReason::Requested;
            }
            if current.is::<DecodeError>() || current.is::<rlp::Error>() {
                return DisconnectReason::ProtocolBreach;
            }
            error = current.source();
        }
        match self.ban {
            Some(_) => DisconnectReason::UselessPeer,
            None => DisconnectReason::ProtocolError,
        }
    }

    /// How long the server bans the peer's node; `None` if it does not.
    pub fn ban(&self) -> Option<Duration> {
        self.ban
    }

    /// True if the handler chose to reject the peer, and did not just fail.
    pub(crate) fn rejects_peer(&self) -> bool {
        self.reason.is_some() || self.ban.is_some() || self.source.is::<DisconnectReason>()
    }

    /// The underlying error.
    pub fn source(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.source
    }
}

impl<E> From<E> for HandlerError
where
    Box<dyn Error + Send + Sync>: From<E>,
{
    fn from(error: E) -> Self {
        Self {
            source: error.into(),
            reason: None,
            ban: None,
        }
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.source.to_string();
        f.write_str(&text)?;
        let mut cause = self.source.source();
        while let Some(error) = cause {
            let inner = error.to_string();
            // Many errors already include their cause.
            if !text.ends_with(&inner) {
                write!(f, ": {inner}")?;
            }
            text = inner;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerError")
            .field("source", &self.source)
            .field("reason", &self.reason())
            .field("ban", &self.ban)
            .finish()
    }
}

/// Chooses what happens to the peer when a result is an error, besides being dropped: the reason that is sent
/// to it, and a ban.
///
/// Both can be chosen, in either order:
///
/// ```
/// use std::time::Duration;
/// use p2p::{DisconnectReason, OrDisconnect};
///
/// const HOUR: Duration = Duration::from_secs(3600);
///
/// fn check(bad_posts: u32) -> p2p::Result {
///     match bad_posts {
///         0..3 => Ok(()),
///         3..9 => Err("three bad posts").or_ban(HOUR),
///         _ => Err("a flood of bad posts")
///             .or_disconnect(DisconnectReason::ProtocolBreach)
///             .or_ban(24 * HOUR),
///     }
/// }
///
/// let error = check(3).unwrap_err();
/// assert_eq!(error.to_string(), "three bad posts");
/// assert_eq!((error.reason(), error.ban()), (DisconnectReason::UselessPeer, Some(HOUR)));
/// assert_eq!(check(9).unwrap_err().reason(), DisconnectReason::ProtocolBreach);
/// ```
pub trait OrDisconnect<T> {
    /// Turns an error into one that drops the peer with `reason`.
    ///
    /// # Errors
    ///
    /// The error of `self`.
    fn or_disconnect(self, reason: DisconnectReason) -> Result<T>;

    /// Turns an error into one that drops the peer and bans its node for this long, as
    /// `Server::ban` does. The error stays the cause of the end.
    ///
    /// [`DisconnectReason::UselessPeer`] is sent to the peer, unless the error has a reason of its own. The ban
    /// begins when the connection has ended with this error: there is none if it has ended for another
    /// cause first. A [`Service::pipe`](crate::Service::pipe) bans no one; [`HandlerError::ban`] tells a test
    /// what a server would do.
    ///
    /// # Errors
    ///
    /// The error of `self`.
    fn or_ban(self, time: Duration) -> Result<T>;
}

impl<T, E> OrDisconnect<T> for Result<T, E>
where
    HandlerError: From<E>,
{
    fn or_disconnect(self, reason: DisconnectReason) -> Result<T> {
        self.map_err(|error| HandlerError {
            reason: Some(reason),
            ..HandlerError::from(error)
        })
    }

    fn or_ban(self, time: Duration) -> Result<T> {
        self.map_err(|error| HandlerError {
            ban: Some(time),
            ..HandlerError::from(error)
        })
    }
}
