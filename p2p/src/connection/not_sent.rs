//! Why a request was not sent in time.

use std::time::Duration;

use thiserror::Error;

/// A request was not sent, because its time was over before it could be.
///
/// That is a matter of this node's limits, and of what it sends. `?` in a handler drops the peer nevertheless, but with
/// [`DisconnectReason::Requested`](crate::DisconnectReason::Requested), which blames nobody.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotSent {
    /// As many requests were in flight as [`Service::max_in_flight`](crate::Service::max_in_flight) allows.
    #[error(
        "{message} was not sent within {after:?}: as many requests are in flight as max_in_flight allows; \
         raise it, or ask for less at once"
    )]
    NoSlot {
        /// The request's name.
        message: &'static str,
        /// The time that it had.
        after: Duration,
    },
    /// The connection's send queue had no room for it.
    #[error(
        "{message} was not sent within {after:?}: the send queue has no room, because earlier messages have \
         not been sent yet; raise send_queue_size, or send less at once"
    )]
    NoRoom {
        /// The request's name.
        message: &'static str,
        /// The time that it had, in which it may have waited for a slot too.
        after: Duration,
    },
}
