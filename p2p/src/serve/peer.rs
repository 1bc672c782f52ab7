//! The handle to a peer, as a protocol sees it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::error::{RequestError, SendError, TryRequestError, TrySendError};
use super::request::{Call, Request};
use crate::connection::Connection;
use crate::connection::account::{Charge, Class};
use crate::connection::batch::{INLINE, Long, Route};
use crate::connection::cause::Cause;
use crate::connection::channel::Channel;
use crate::connection::encoded::Encoded;
use crate::connection::info::PeerInfo;
use crate::connection::not_sent::NotSent;
use crate::connection::pending::{RequestCounts, Slot};
use crate::connection::pressure::{self, Sending, room_to_send};
use crate::connection::queue::{Closed, NoRoom, Room};
use crate::disconnect::DisconnectReason;
use crate::future::{Either, either};
use crate::identity::NodeId;
use crate::protocol::Protocol;
use crate::protocol::error::{DecodeError, EncodeError};
use crate::protocol::numbers::{Code, RequestId};
use crate::protocol::table::MessageKind;
use crate::timer::{self, sleep};

/// A connected peer, as seen by one protocol.
///
/// Cheap to clone. It does not keep the connection alive: once the connection has ended, sending fails
/// and [`closed`](Self::closed) returns the cause. Two are equal if they are of the same connection: a node that
/// has come back is another peer with the same [`id`](Self::id).
pub struct Peer<P: Protocol> {
    pub(super) connection: Arc<Connection>,
    /// The position of the protocol's channel.
    channel: u16,
    protocol: PhantomData<fn() -> P>,
}

impl<P: Protocol> Peer<P> {
    /// A handle to this channel of the connection, which is a channel of `P`.
    pub(super) fn of(connection: Arc<Connection>, channel: u16) -> Self {
        Self {
            connection,
            channel,
            protocol: PhantomData,
        }
    }

    pub(super) fn channel(&self) -> &Channel {
        &self.connection.channels[usize::from(self.channel)]
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
        self.channel().messages.version
    }

    /// How many messages from this peer were dropped unread because they exceeded their
    /// [`rate`](crate::protocol::MessageInfo::rate).
    pub fn dropped(&self) -> u64 {
        self.channel().dropped()
    }

    /// Sends a message, waiting for room in the connection's send queue.
    ///
    /// Returns once the message is queued. Messages arrive in the order in which they were queued, as long
    /// as the connection lasts.
    ///
    /// A method may send some MiB beyond the queue while its own connection's inbox is full, so that two nodes that
    /// send to each other do not wait for each other
    /// ([how much](crate::what_a_peer_can_cost#nodes-that-are-busy-at-once)). Send more than that from a spawned task.
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
        self.send_one(message).await
    }

    /// Sends a notification, or tries to: what is one is checked while it is encoded.
    async fn send_one(&self, message: P) -> Result<(), SendError> {
        let sending = sending(&message);
        let encoded = Encoded::new(&message, self.channel(), self.connection.snappy, None)?;
        drop(message);
        let Connection {
            outbox, account, ..
        } = &*self.connection;
        let length = encoded.length();
        let charge = if outbox.is_exceeded_by(length) {
            Some(Box::pin(self.charge(Class::Send, length)).await?)
        } else {
            None
        };
        let room = room_to_send(outbox, account, (length, false), charge, sending).await;
        self.push(encoded, room)
    }

    /// Sends a reply, which may have taken `charge` from the account already.
    pub(super) async fn send_reply(
        &self,
        message: P,
        id: RequestId,
        charge: Option<Charge>,
    ) -> Result<(), SendError> {
        let sending = sending(&message);
        let encoded = Encoded::new(&message, self.channel(), self.connection.snappy, Some(id))?;
        drop(message);
        let Connection {
            outbox, account, ..
        } = &*self.connection;
        let length = encoded.length();
        let charge = match charge {
            // The queue bounds them.
            _ if length <= INLINE => None,
            Some(mut charge) => {
                charge.shrink(length);
                Some(charge)
            }
            None => Some(Box::pin(self.charge(Class::Reply, length)).await?),
        };
        let room = room_to_send(outbox, account, (length, true), charge, sending).await;
        self.push(encoded, room)
    }

    /// Puts an encoded message into the send queue.
    fn push(
        &self,
        encoded: Encoded,
        room: Result<(Room<'_>, Option<Charge>), Closed>,
    ) -> Result<(), SendError> {
        let (room, charge) = room.map_err(|Closed| SendError::Closed(self.cause()))?;
        encoded.push(&self.connection.outbox, room, self.channel, charge);
        Ok(())
    }

    /// Waits for room in the account, as long as the connection lasts.
    async fn charge(&self, class: Class, bytes: usize) -> Result<Charge, SendError> {
        let account = &self.connection.account;
        let taking = pin!(account.take(class, bytes));
        match either(taking, pin!(self.connection.ended())).await {
            Either::First(charge) => Ok(charge),
            Either::Second(cause) => Err(SendError::Closed(cause.clone())),
        }
    }

    /// Sends a message if there is room for it now.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] with the message if there is none; otherwise as for [`send`](Self::send).
    pub fn try_send(&self, message: P) -> Result<(), TrySendError<P>> {
        let encoded = Encoded::new(&message, self.channel(), self.connection.snappy, None)?;
        let outbox = &self.connection.outbox;
        let length = encoded.length();
        let mut charge = None;
        if outbox.is_exceeded_by(length) {
            charge = self.connection.account.try_take(Class::Send, length);
            if charge.is_none() {
                return Err(TrySendError::Full(message));
            }
        }
        match outbox.try_reserve(length, false) {
            Ok(room) => {
                encoded.push(outbox, room, self.channel, charge);
                Ok(())
            }
            Err(NoRoom::Full) => Err(TrySendError::Full(message)),
            Err(NoRoom::Closed) => Err(TrySendError::Closed(self.cause())),
        }
    }

    /// Queues a message that is encoded already, if there is room. It is compressed if this connection
    /// compresses.
    pub(super) fn try_push_shared(&self, code: Code, payload: Bytes) -> Result<(), NoRoom> {
        let outbox = &self.connection.outbox;
        let room = outbox.try_reserve(payload.len(), false)?;
        let route = Route {
            channel: self.channel,
            code,
        };
        outbox.push_long(room, route, Long::Shared(payload, self.connection.snappy));
        Ok(())
    }

    /// Sends a request and waits for the reply.
    ///
    /// At most [`Service::max_in_flight`](crate::Service::max_in_flight) requests to a peer wait for replies
    /// at the same time. Further ones first wait for a free slot, and for room in the send queue.
    ///
    /// All this may take the time set with [`Request::timeout`], or else the message's `timeout`, or else
    /// [`Service::request_timeout`](crate::Service::request_timeout). It counts from the call: a request that waits
    /// before it is sent leaves the peer less of it.
    ///
    /// The reply is matched by ID and code before it is decoded.
    ///
    /// A handler may send requests to its own peer: replies arrive while it waits, as long as whatever else
    /// the peer sends fits in the queue ([`Service::queue_size`](crate::Service::queue_size)). Before there
    /// is a handler, in [`ServeExt::accepting`](crate::ServeExt::accepting), and in [`ServeExt::run`](crate::ServeExt::run) while it is not receiving, nobody
    /// answers the peer: there, don't make requests that both sides may make.
    ///
    /// `?` in a handler drops the peer even if it was only slow. If that is too strict, match on
    /// [`RequestError::Timeout`]. A request that could not even be sent is [`RequestError::NotSent`]: the peer knows
    /// nothing of it.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with timers, which the timeout needs.
    ///
    /// # Errors
    ///
    /// [`RequestError::Timeout`] if no reply arrived in time, [`RequestError::NotSent`] if there was no slot or no room
    /// in that time, [`RequestError::Closed`] as soon as the
    /// connection has ended, [`RequestError::Encode`] if the request can't be encoded, and
    /// [`RequestError::Decode`] if the reply can't be decoded, for which the peer is dropped.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, its slot is freed. A request that waited for its slot or for room is not sent; if it
    /// was sent, a reply that still arrives is counted and dropped.
    pub async fn request<R: Request<P>>(&self, request: R) -> Result<R::Reply, RequestError> {
        let call = request.into_call();
        let reply = self.check(&call)?;
        let mut deadline = self.deadline(&call);
        let slot = pin!(self.channel().requests.slot());
        let first = either(slot, Pin::new(&mut deadline.passes)).await;
        match first {
            Either::First(Ok(slot)) => self.ask(call, reply, slot, deadline).await,
            Either::First(Err(Closed)) => Err(RequestError::Closed(self.cause())),
            Either::Second(()) => {
                let Deadline { message, after, .. } = deadline;
                Err(NotSent::NoSlot { message, after }.into())
            }
        }
    }

    /// Like [`request`](Self::request), if there is a free slot for a request in flight right now.
    /// The returned future holds the slot; it sends the request when it is first polled, and its time counts from then.
    ///
    /// # Errors
    ///
    /// [`TryRequestError::Full`] with the request if no slot is free, and [`TryRequestError::Closed`]
    /// if the connection has ended. The future fails like [`request`](Self::request).
    pub fn try_request<R: Request<P>>(
        &self,
        request: R,
    ) -> Result<
        impl Future<Output = Result<R::Reply, RequestError>> + Send + use<P, R>,
        TryRequestError<R>,
    > {
        let slot = match self.channel().requests.try_slot() {
            Ok(slot) => slot,
            Err(NoRoom::Full) => return Err(TryRequestError::Full(request)),
            Err(NoRoom::Closed) => return Err(TryRequestError::Closed(self.cause())),
        };
        let peer = self.clone();
        let call = request.into_call();
        Ok(async move {
            let reply = peer.check(&call)?;
            let deadline = peer.deadline(&call);
            peer.ask(call, reply, slot, deadline).await
        })
    }

    /// Checks a request before any waiting, and returns the code of its reply.
    fn check<R>(&self, call: &Call<P, R>) -> Result<Code, EncodeError> {
        let info = call.message.info();
        let MessageKind::Request { reply } = info.kind else {
            return Err(EncodeError::NotARequest { message: info.name });
        };
        info.check(self.version())?;
        Ok(reply)
    }

    /// The end of a request's time, which begins now.
    fn deadline<R>(&self, call: &Call<P, R>) -> Deadline {
        let info = call.message.info();
        let after = call.timeout.or(info.timeout);
        let after = after.unwrap_or(self.channel().requests.limits.timeout);
        Deadline {
            message: info.name,
            after,
            passes: sleep(after),
        }
    }

    /// Sends a request and waits for the reply; `slot` bounds the requests in flight.
    async fn ask<R>(
        &self,
        call: Call<P, R>,
        reply: Code,
        slot: Slot,
        deadline: Deadline,
    ) -> Result<R, RequestError> {
        let Call { message, read, .. } = call;
        let Deadline {
            message: name,
            after,
            mut passes,
        } = deadline;
        let info = message.info();
        let channel = self.channel();
        let closed = |Closed| RequestError::Closed(self.cause());
        let mut pending = channel.requests.begin(reply, slot).map_err(closed)?;
        let encoded = Encoded::new(&message, channel, self.connection.snappy, Some(pending.id))?;
        drop(message);
        let Connection {
            outbox, account, ..
        } = &*self.connection;
        let length = encoded.length();
        let sending = Sending {
            protocol: P::NAME,
            message: name,
        };
        let reserved = async {
            let mut charge = None;
            if outbox.is_exceeded_by(length) {
                let taking = Box::pin(self.charge(Class::Send, length));
                charge = Some(taking.await.map_err(|_| Closed)?);
            }
            room_to_send(outbox, account, (length, false), charge, sending).await
        };
        let first = either(pin!(reserved), Pin::new(&mut passes)).await;
        let (room, charge) = match first {
            Either::First(reserved) => reserved.map_err(closed)?,
            Either::Second(()) => {
                let message = name;
                return Err(NotSent::NoRoom { message, after }.into());
            }
        };
        encoded.push(outbox, room, self.channel, charge);
        let mut timed = channel.messages.time_request(info.code);
        let _awaiting = pressure::is_driven().then(|| self.connection.pressure.awaiting());
        let replied = either(pin!(pending.reply()), Pin::new(&mut passes)).await;
        let payload = match replied {
            Either::First(reply) => reply.map_err(closed)?,
            Either::Second(()) => {
                channel.messages.count_timeout(info.code);
                let message = name;
                return Err(RequestError::Timeout { message, after });
            }
        };
        timed.record(timer::now);
        drop(pending);
        let protocol = P::NAME;
        let version = channel.messages.version;
        let decoded = P::decode(version, reply, &payload).and_then(|reply| {
            let code = reply.code();
            read(reply).ok_or(DecodeError::UnknownCode {
                protocol,
                version,
                code,
            })
        });
        decoded.map_err(|error| {
            let cause = Cause::Undecodable {
                protocol,
                error: error.clone(),
            };
            self.connection.end(cause);
            error.into()
        })
    }

    /// Counts of the requests to this peer.
    pub fn request_counts(&self) -> RequestCounts {
        self.channel().requests.counts()
    }

    /// Ends the connection with this reason: sends what is queued, then Disconnect, within 2 seconds.
    ///
    /// Handlers of all its protocols are dropped at their next await, including the one that calls this.
    pub fn disconnect(&self, reason: DisconnectReason) {
        self.connection.end(Cause::Requested(reason));
    }

    /// Returns `true` once the connection has ended.
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

    /// The cause of the end. It is set before sending fails. While the server stops, requests fail earlier.
    pub(super) fn cause(&self) -> Cause {
        self.connection.cause().cloned().unwrap_or(Cause::Stopping)
    }
}

/// What is said of a message while it waits.
fn sending<P: Protocol>(message: &P) -> Sending {
    Sending {
        protocol: P::NAME,
        message: message.info().name,
    }
}

/// The end of a request's time.
struct Deadline {
    /// The request's name.
    message: &'static str,
    /// The time.
    after: Duration,
    /// Completes when it is over.
    passes: Pin<Box<dyn Future<Output = ()> + Send>>,
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
