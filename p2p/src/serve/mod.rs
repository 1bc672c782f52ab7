//! How a protocol is served: services and their handlers, the peer as a handler sees it, requests, and pipes.

pub(crate) mod dispatch;
pub(crate) mod error;
pub(crate) mod ext;
pub(crate) mod handling;
pub(crate) mod inbox;
pub(crate) mod peer;
pub(crate) mod peers;
pub(crate) mod pipe;
pub(crate) mod request;
pub(crate) mod service;
pub(crate) mod serving;

pub use self::dispatch::{Dispatch, Dispatched, HandledBy};
pub use self::error::{TryRequestError, TrySendError};
pub use self::handling::Accepted;
pub use self::peers::Broadcast;
pub use self::pipe::{Unexpected, pipe_version};
pub use self::request::Call;
pub use crate::connection::not_sent::NotSent;
pub use crate::connection::pending::{RequestCounts, StrayReplies};
pub use crate::connection::queue::Closed;
pub use crate::future::BoxFuture;

#[cfg(test)]
pub(crate) mod tests;
