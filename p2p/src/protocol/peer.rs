//! The handle to a peer, as a protocol sees it.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::queue::{INLINE, NoRoom, Room};
use super::{
    Cause, Channel, Code, Connection, EncodeError, Kind, MessageInfo, PeerInfo, Peers, Protocol,
    RequestId, SendError, TrySendError,
};
use crate::disconnect::DisconnectReason;
use crate::identity::NodeId;
use crate::snappy;
use bytes::Bytes;

/// Payloads from this size on are compressed by who sends them, not by the task that writes: it
/// spreads the work, and shows whether they fit into a frame.
const COMPRESS_EARLY: usize = 64 * 1024;

/// A peer with which a protocol is spoken.
///
/// Cheap to clone, and it doesn't keep the connection alive: after the connection's end, sending fails
/// and [`closed`](Self::closed) tells the cause.
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

    /// The peer's node id.
    pub fn id(&self) -> NodeId {
        self.connection.info.node_id
    }

    /// What is known of the peer: key, software, addresses, capabilities.
    pub fn info(&self) -> &PeerInfo {
        &self.connection.info
    }

    /// The version of `P` that is spoken with this peer: the highest that both offer.
    ///
    /// Whether it has a message, [`Protocol::is_in`] tells. All that the peer offers is in
    /// [`PeerInfo::capabilities`].
    pub fn version(&self) -> u64 {
        self.channel().version
    }

    /// How many messages of this peer were dropped unread, because they came more often than the
    /// [`rate`](MessageInfo::rate) of their kind allows.
    pub fn dropped(&self) -> u64 {
        self.channel().dropped()
    }

    /// All peers with which `P` is spoken, this one among them once it is accepted.
    pub fn peers(&self) -> Peers<P> {
        let any: &(dyn Any + Send + Sync) = &*self.channel().peers;
        any.downcast_ref().cloned().unwrap_or_default()
    }

    /// The handle of another protocol on the same connection, if it is spoken there.
    ///
    /// That protocol may not have accepted the peer yet: it has when the peer is among its
    /// [`peers`](Self::peers). A message that comes to the peer before its handshake may be a breach there.
    pub fn protocol<Q: Protocol>(&self) -> Option<Peer<Q>> {
        let mut channels = self.connection.channels.iter();
        let channel = channels.position(|channel| channel.peers.is::<Peers<Q>>())?;
        Some(Peer::of(self.connection.clone(), channel))
    }

    /// Sends a message, waiting for room in the connection's send queue.
    ///
    /// It returns when the message is queued. Messages arrive in the order in which they were queued, if
    /// the connection lasts.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] after the connection's end, [`SendError::Encode`] if the message has no
    /// encoding, is a request or a reply, is not in [`version`](Self::version), or is too large.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, the message is not sent.
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
            other.reply_came(self.channel, Code(encoded.code), encoded.payload);
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
    /// [`TrySendError::Full`] if there is none, with the message; else as [`send`](Self::send).
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
        let Encoded { payload, .. } = encoded;
        let outbox = &self.connection.outbox;
        if encoded.compressed || payload.len() > INLINE {
            outbox.push_bytes(room, id, payload.into(), encoded.compressed);
        } else {
            let copied: Result<(), std::convert::Infallible> = outbox.push_with(room, id, |out| {
                out.extend_from_slice(&payload);
                Ok(())
            });
            match copied {
                Ok(()) => scratch::give_back(payload),
            }
        }
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
        outbox.push_bytes(room, id, payload, self.snappy());
        Ok(())
    }

    /// Whether payloads to this peer are compressed.
    pub(super) fn snappy(&self) -> bool {
        self.connection.snappy
    }

    /// Ends the connection with this reason: what is queued is sent, then Disconnect, within 2 seconds.
    ///
    /// Handlers of all its protocols are dropped at their next await, this call's own too.
    pub fn disconnect(&self, reason: DisconnectReason) {
        self.connection.end(Cause::Requested(reason));
    }

    /// Whether the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.connection.cause().is_some()
    }

    /// Waits for the connection's end and tells its cause.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    pub async fn closed(&self) -> Cause {
        self.connection.ended().await.clone()
    }

    /// The cause of an end that has come, after which alone sending fails.
    pub(super) fn cause(&self) -> Cause {
        self.connection.cause().cloned().unwrap_or(Cause::Stopping)
    }
}

/// A message's payload, ready for the queue.
pub(super) struct Encoded {
    code: u64,
    payload: Vec<u8>,
    compressed: bool,
}

impl Encoded {
    pub(super) fn new<P: Protocol>(
        message: &P,
        peer: &Peer<P>,
        id: Option<RequestId>,
    ) -> Result<Self, EncodeError> {
        let mut payload = scratch::take();
        let info = message.info();
        let encoded = message.encode(peer.version(), id, &mut payload);
        let result = encoded.and_then(|()| {
            peer.check_code(message.code())?;
            let length = payload.len();
            let compressed = peer.snappy() && length >= COMPRESS_EARLY;
            if compressed {
                payload = compress(info, &payload)?;
            } else {
                check_size(info, length, length)?;
            }
            Ok(compressed)
        });
        match result {
            Ok(compressed) => Ok(Self {
                code: message.code().0,
                payload,
                compressed,
            }),
            Err(error) => {
                scratch::give_back(payload);
                Err(error)
            }
        }
    }

    pub(super) fn length(&self) -> usize {
        self.payload.len()
    }
}

/// Compresses the payload of a message, if it is within the message's limit.
pub(super) fn compress(info: &MessageInfo, payload: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let size = payload.len();
    // Before the work.
    check_size(info, size, 0)?;
    let compressed =
        snappy::compress(payload).map_err(|_| too_large(info, size, snappy::MAX_PAYLOAD))?;
    check_size(info, size, compressed.len())?;
    Ok(compressed)
}

/// Checks that a message's payload of `size` bytes, `on_the_wire` when it is sent, is within the message's
/// limit and fits into a frame.
pub(super) fn check_size(
    info: &MessageInfo,
    size: usize,
    on_the_wire: usize,
) -> Result<(), EncodeError> {
    /// Bytes of the longest message id.
    const ID: usize = 9;
    let limit = info.max_size.min(snappy::MAX_PAYLOAD);
    if size > limit {
        return Err(too_large(info, size, limit));
    }
    if on_the_wire > snappy::MAX_PAYLOAD - ID {
        // What can't be compressed is a little larger on the wire.
        return Err(too_large(info, on_the_wire + ID, snappy::MAX_PAYLOAD));
    }
    Ok(())
}

fn too_large(info: &MessageInfo, size: usize, limit: usize) -> EncodeError {
    let message = info.name;
    EncodeError::TooLarge {
        message,
        size,
        limit,
    }
}

/// A buffer for each thread, so that encoding a small message allocates nothing.
mod scratch {
    use super::{Cell, INLINE};

    thread_local! {
        static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }

    pub(super) fn take() -> Vec<u8> {
        BUFFER.take()
    }

    pub(super) fn give_back(mut buffer: Vec<u8>) {
        if buffer.capacity() <= INLINE {
            buffer.clear();
            BUFFER.set(buffer);
        }
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

/// The peer's software and the start of its id, as logs name it.
impl<P: Protocol> fmt::Display for Peer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#} ({})", self.id(), self.info().client)
    }
}
