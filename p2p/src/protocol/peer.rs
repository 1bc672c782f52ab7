//! The handle to a peer, as a protocol sees it.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use super::encoded::Encoded;
use super::queue::{Long, NoRoom, Room};
use super::{
    Cause, Channel, Code, Connection, EncodeError, Kind, PeerInfo, Peers, Protocol, RequestId,
    SendError, TrySendError,
};
use crate::disconnect::DisconnectReason;
use crate::identity::NodeId;
use bytes::Bytes;

/// A connected peer, as seen by one protocol.
///
/// Cheap to clone. It does not keep the connection alive: once the connection has ended, sending fails
/// and [`closed`](Self::closed) returns the cause. Two are equal if they are of the same connection: a node that
/// has come back is another peer with the same [`id`](Self::id).
pub struct Peer<P: Protocol> {
    connection: Arc<Connection>,
    channel: usize,
    protocol: PhantomData<fn() -> P>,
}

impl<P: Protocol> Peer<P> {
    /// A handle to this channel of the connection, which is a channel of `P`.
    pub(super) fn of(connection: Arc<Connection>, channel: usize) -> Self {
        Self {
            connection,
            channel,
            protocol: PhantomData,
        }
    }

    pub(super) fn channel(&self) -> &Channel {
        &self.connection.channels[self.channel]
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// The peer's node ID.
    pub fn id(&self) -> NodeId {
        self.connection.info.node_id
    }

    /// What is known about the peer: key, software, addresses, capabilities.
    pub fn info(&self) -> &PeerInfo {
        &self.connection.info
    }

    /// The version of `P` spoken with this peer: the highest that both offer.
    ///
    /// [`Protocol::is_in`] says whether a version has a message. [`PeerInfo::capabilities`] lists
    /// everything that the peer offers.
    pub fn version(&self) -> u64 {
        self.channel().version
    }

    /// How many messages from this peer were dropped unread because they exceeded their
    /// [`rate`](super::MessageInfo::rate).
    pub fn dropped(&self) -> u64 {
        self.channel().dropped()
    }

    /// All peers that speak `P`, including this one once it is accepted.
    pub fn peers(&self) -> Peers<P> {
        let any: &(dyn Any + Send + Sync) = &*self.channel().peers;
        any.downcast_ref().cloned().unwrap_or_default()
    }

    /// The handle for another protocol on the same connection, if it is spoken there.
    ///
    /// That protocol may not have accepted the peer yet; it has once the peer is among its
    /// [`peers`](Self::peers). The peer may treat a message that arrives before that protocol's handshake as
    /// a breach.
    pub fn protocol<Q: Protocol>(&self) -> Option<Peer<Q>> {
        let mut channels = self.connection.channels.iter();
        let channel = channels.position(|channel| channel.peers.is::<Peers<Q>>())?;
        Some(Peer::of(self.connection.clone(), channel))
    }

    /// Sends a message, waiting for room in the connection's send queue.
    ///
    /// Returns once the message is queued. Messages arrive in the order in which they were queued, as long
    /// as the connection lasts.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if the connection has ended, [`SendError::Encode`] if the message can't be
    /// encoded, is a request or a reply, is not in [`version`](Self::version), or is too large.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, the message is not sent.
    pub async fn send(&self, message: P) -> Result<(), SendError> {
        self.send_with(message, None).await
    }

    /// Sends a message, with an id if it is a request or a reply.
    pub(super) async fn send_with(
        &self,
        message: P,
        id: Option<RequestId>,
    ) -> Result<(), SendError> {
        let kind = message.info().kind;
        let encoded = Encoded::new(&message, self, id)?;
        drop(message);
        if kind == Kind::Reply
            && !self.is_closed()
            && let Some(other) = self.connection.joined()
        {
            let code = Code(encoded.code);
            other.reply_came(self.channel, code, encoded.into_payload());
            return Ok(());
        }
        let (outbox, length) = (&self.connection.outbox, encoded.length());
        // Waiting for room also lets other tasks run, however much room there is.
        let room = match kind {
            Kind::Reply => outbox.reserve_for_reply(length).await,
            Kind::Notification | Kind::Request { .. } => outbox.reserve(length).await,
        };
        match room {
            Ok(room) => {
                self.push(room, encoded);
                Ok(())
            }
            Err(super::Closed) => Err(SendError::Closed(self.cause())),
        }
    }

    /// Sends a message if there is room for it now.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] with the message if there is none; otherwise as for [`send`](Self::send).
    pub fn try_send(&self, message: P) -> Result<(), TrySendError<P>> {
        let encoded = Encoded::new(&message, self, None)?;
        match self.connection.outbox.try_reserve(encoded.length()) {
            Ok(room) => {
                self.push(room, encoded);
                Ok(())
            }
            Err(NoRoom::Full) => Err(TrySendError::Full(message)),
            Err(NoRoom::Closed) => Err(TrySendError::Closed(self.cause())),
        }
    }

    pub(super) fn push(&self, room: Room<'_>, encoded: Encoded) {
        let id = self.channel().offset + encoded.code;
        encoded.push(&self.connection.outbox, room, id);
    }

    /// Checks that a code is one of the protocol's, and not of the next one on the connection.
    pub(super) fn check_code(&self, code: Code) -> Result<(), EncodeError> {
        let length = self.channel().length;
        if code.0 < length {
            return Ok(());
        }
        let protocol = P::NAME;
        Err(EncodeError::UnknownCode {
            protocol,
            code,
            length,
        })
    }

    /// Queues a message that is encoded already, and compressed if this peer's messages are, if there
    /// is room.
    pub(super) fn try_push_shared(&self, code: Code, payload: Bytes) -> Result<(), NoRoom> {
        let outbox = &self.connection.outbox;
        let room = outbox.try_reserve(payload.len())?;
        let id = self.channel().offset + code.0;
        outbox.push_long(room, id, Long::Shared(payload, self.snappy()));
        Ok(())
    }

    /// Whether payloads to this peer are compressed.
    pub(super) fn snappy(&self) -> bool {
        self.connection.snappy
    }

    /// Ends the connection with this reason: sends what is queued, then Disconnect, within 2 seconds.
    ///
    /// Handlers of all its protocols are dropped at their next await, including the one that calls this.
    pub fn disconnect(&self, reason: DisconnectReason) {
        self.connection.end(Cause::Requested(reason));
    }

    /// Whether the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.connection.cause().is_some()
    }

    /// Waits until the connection has ended, and returns the cause.
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped, and the method called again.
    pub async fn closed(&self) -> Cause {
        self.connection.ended().await.clone()
    }

    /// The cause of an end that has come, after which alone sending fails.
    pub(super) fn cause(&self) -> Cause {
        self.connection.cause().cloned().unwrap_or(Cause::Stopping)
    }
}

impl<P: Protocol> Clone for Peer<P> {
    fn clone(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            ..*self
        }
    }
}

impl<P: Protocol> PartialEq for Peer<P> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.connection, &other.connection)
    }
}

impl<P: Protocol> Eq for Peer<P> {}

impl<P: Protocol> Hash for Peer<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.connection).hash(state);
    }
}

impl<P: Protocol> fmt::Debug for Peer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("protocol", &P::NAME)
            .field("version", &self.version())
            .field("id", &self.id())
            .field("client", &self.info().client)
            .finish_non_exhaustive()
    }
}

/// The first bytes of the peer's ID and its software, as in the logs.
impl<P: Protocol> fmt::Display for Peer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#} ({})", self.id(), self.info().client)
    }
}
