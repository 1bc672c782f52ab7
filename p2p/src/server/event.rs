//! What a server tells those who watch it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::capability::Capability;
use crate::identity::NodeId;
use crate::peer::ConnectError;
use crate::protocol::{Cause, Code, Direction, PeerInfo};

/// Something that happened to a server.
#[non_exhaustive]
#[derive(Debug, Clone)]
pub enum Event {
    /// A peer was added: Hello was exchanged, and its protocols are about to accept it.
    Added {
        /// The peer.
        peer: Arc<PeerInfo>,
        /// The protocols that are spoken with it.
        protocols: Vec<Capability>,
    },
    /// A peer was dropped, after its handlers were told.
    Dropped {
        /// The peer.
        peer: Arc<PeerInfo>,
        /// Why, as this node knows it. [`Cause::reason`] is what was said on the wire.
        cause: Cause,
    },
    /// A connection did not become a peer.
    Refused {
        /// The node, if it is known. Until Hello is exchanged, a stranger that has connected can have named any
        /// node: hold nothing against the one that is named here.
        node: Option<NodeId>,
        /// The other end's address, if there was one to reach.
        address: Option<SocketAddr>,
        /// Who opened the connection.
        direction: Direction,
        /// Why.
        error: ConnectError,
    },
    /// A message was received, if [`message_events`](super::Builder::message_events) are wanted: it is
    /// whole, and about to be handed to its protocol.
    MessageReceived(MessageEvent),
    /// A message was sent, if [`message_events`](super::Builder::message_events) are wanted: it is sealed,
    /// and about to be written. What was queued last may come after [`Dropped`](Self::Dropped).
    MessageSent(MessageEvent),
}

/// A protocol's message that has come or gone.
#[non_exhaustive]
#[derive(Debug, Clone)]
pub struct MessageEvent {
    /// The peer.
    pub peer: Arc<PeerInfo>,
    /// The protocol's name.
    pub protocol: &'static str,
    /// The message's name; `None` if the version that is spoken has no message with this code.
    pub message: Option<&'static str>,
    /// The message's code.
    pub code: Code,
    /// Bytes of its payload, decompressed.
    pub size: usize,
}

/// The sending end, one for each server.
#[derive(Debug)]
pub(super) struct Feed(Mutex<Option<broadcast::Sender<Event>>>);

impl Feed {
    pub(super) fn new(capacity: usize) -> Self {
        Self(Mutex::new(Some(broadcast::Sender::new(capacity))))
    }

    pub(super) fn send(&self, event: Event) {
        if let Some(sender) = &*self.sender() {
            // Nobody may be listening.
            let _ = sender.send(event);
        }
    }

    pub(super) fn subscribe(&self) -> Events {
        match &*self.sender() {
            Some(sender) => Events(sender.subscribe()),
            None => Events(broadcast::channel(1).1),
        }
    }

    /// Tells every subscriber that nothing more will come.
    pub(super) fn close(&self) {
        *self.sender() = None;
    }

    fn sender(&self) -> MutexGuard<'_, Option<broadcast::Sender<Event>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What happens to a server, from when [`Server::events`](super::Server::events) was called.
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    /// Waits for the next event.
    ///
    /// # Errors
    ///
    /// [`EventError::Lagged`] if events were lost because this subscriber is slow; the next call gives
    /// the oldest that is left, and [`Server::peers`](super::Server::peers) who is there.
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
