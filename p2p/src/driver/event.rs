//! The events of a server, for those who watch it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use thiserror::Error;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::error::ConnectError;
use crate::capability::Capability;
use crate::connection::cause::Cause;
use crate::connection::info::{Direction, PeerInfo};
use crate::identity::NodeId;
use crate::protocol::numbers::Code;
use crate::sync::lock;

/// Something that happened to a server.
#[non_exhaustive]
#[derive(Debug, Clone)]
pub enum Event {
    /// A peer was added: Hello has been exchanged, and its protocols are about to accept it.
    Added {
        /// The peer.
        peer: Arc<PeerInfo>,
        /// The protocols spoken with it.
        protocols: Vec<Capability>,
    },
    /// A peer was dropped, and its handlers have been told.
    Dropped {
        /// The peer.
        peer: Arc<PeerInfo>,
        /// Why, from this node's point of view. [`Cause::reason`] is what was sent on the wire.
        cause: Cause,
    },
    /// A connection did not become a peer.
    Refused {
        /// The node, if it is known. Until Hello has been exchanged, an inbound connection can name any node:
        /// hold nothing against the one that is named here.
        node: Option<NodeId>,
        /// The other end's address, if there was one to reach.
        address: Option<SocketAddr>,
        /// Who opened the connection.
        direction: Direction,
        /// Why.
        error: ConnectError,
    },
    /// A message was received, if [`message_events`](crate::Config::message_events) are enabled: it is
    /// complete, and about to be passed to its protocol, unless its code is unknown or it exceeds its rate.
    MessageReceived(MessageEvent),
    /// A message was sent, if [`message_events`](crate::Config::message_events) are enabled: it is sealed,
    /// and about to be written. The last messages queued may be reported after [`Dropped`](Self::Dropped).
    MessageSent(MessageEvent),
}

/// A protocol message that was received or sent.
#[non_exhaustive]
#[derive(Debug, Clone)]
pub struct MessageEvent {
    /// The peer.
    pub peer: Arc<PeerInfo>,
    /// The protocol's name.
    pub protocol: &'static str,
    /// The message's name; `None` if the version spoken has no message with this code.
    pub message: Option<&'static str>,
    /// The message's code.
    pub code: Code,
    /// The size of its decompressed payload in bytes.
    pub size: usize,
}

/// The sending end, one for each server.
#[derive(Debug)]
pub(crate) struct Feed(Mutex<Option<broadcast::Sender<Event>>>);

impl Feed {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Mutex::new(Some(broadcast::Sender::new(capacity))))
    }

    pub(crate) fn send(&self, event: Event) {
        if let Some(sender) = &*self.sender() {
            // Nobody may be listening.
            let _ = sender.send(event);
        }
    }

    pub(crate) fn subscribe(&self) -> Events {
        match &*self.sender() {
            Some(sender) => Events(sender.subscribe()),
            None => Events(broadcast::channel(1).1),
        }
    }

    /// Tells every subscriber that nothing more will come.
    pub(crate) fn close(&self) {
        *self.sender() = None;
    }

    fn sender(&self) -> MutexGuard<'_, Option<broadcast::Sender<Event>>> {
        lock(&self.0)
    }
}

/// A subscription to a server's events, from the call of [`Server::events`](crate::Server::events) on.
///
/// A subscriber that is slow misses events, and goes on:
///
/// ```
/// use p2p::server::EventError;
/// use p2p::Events;
///
/// async fn print(mut events: Events) {
///     loop {
///         match events.recv().await {
///             Ok(event) => println!("{event:?}"),
///             Err(EventError::Lagged { lost, .. }) => println!("{lost} events were missed"),
///             Err(_) => return, // the server has shut down
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    /// Waits for the next event.
    ///
    /// # Errors
    ///
    /// [`EventError::Lagged`] if events were lost because this subscriber is slow; the next call returns
    /// the oldest remaining event, and [`Server::peers`](crate::Server::peers) the current peers.
    /// [`EventError::Closed`] when the server has shut down.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, no event is lost.
    pub async fn recv(&mut self) -> Result<Event, EventError> {
        self.0.recv().await.map_err(|error| match error {
            RecvError::Lagged(lost) => EventError::Lagged { lost },
            RecvError::Closed => EventError::Closed,
        })
    }
}

/// Why there is no event.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EventError {
    /// The subscriber was too slow.
    #[error("{lost} events were lost, because they were not taken in time")]
    Lagged {
        /// The number of lost events.
        lost: u64,
    },
    /// The server has shut down.
    #[error("the server has shut down")]
    Closed,
}
