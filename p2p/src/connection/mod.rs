//! What a connection holds: the state that its tasks and the handles to it share.

pub(crate) mod account;
pub(crate) mod batch;
pub(crate) mod cause;
pub(crate) mod channel;
pub(crate) mod encoded;
pub(crate) mod handler_error;
pub(crate) mod info;
pub(crate) mod messages;
#[cfg(all(test, shuttle))]
mod models;
pub(crate) mod not_sent;
pub(crate) mod pending;
pub(crate) mod pressure;
pub(crate) mod queue;

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Poll;

use futures_util::task::AtomicWaker;
use tokio::sync::SetOnce;

use self::account::{Account, ServerMemory};
use self::batch::Route;
use self::cause::Cause;
use self::channel::Channel;
use self::info::PeerInfo;
use self::pressure::{Pressure, Sending};
use self::queue::Queue;
use crate::future::{Either, either};
use crate::message_id::MessageId;

/// One connection, as protocols see it.
pub(crate) struct Connection {
    pub(crate) info: Arc<PeerInfo>,
    /// The memory that the peer may make this node spend.
    pub(crate) account: Arc<Account>,
    /// Who waits for whom.
    pub(crate) pressure: Arc<Pressure>,
    /// Messages that wait to be sent.
    pub(crate) outbox: Arc<Queue>,
    /// Payloads are compressed.
    pub(crate) snappy: bool,
    pub(crate) channels: Box<[Channel]>,
    end: SetOnce<Cause>,
    /// In a pipe, the connection at the other end.
    other_end: OnceLock<Weak<Connection>>,
    /// Set when the server stops: protocols finish what has arrived, and nothing more is read.
    draining: AtomicBool,
    /// The reading task, which is woken when the connection closes.
    reader: AtomicWaker,
    /// Channels whose protocol has not ended.
    running: AtomicU32,
    /// Channels whose protocol has not accepted the peer yet.
    accepting: AtomicU32,
    /// Set when every protocol has accepted the peer.
    accepted: SetOnce<()>,
}

impl Connection {
    pub(crate) fn new(
        info: Arc<PeerInfo>,
        outbox: Arc<Queue>,
        snappy: bool,
        channels: Vec<Channel>,
        memory: Arc<ServerMemory>,
    ) -> Self {
        let largest = channels.iter().map(|channel| channel.messages.largest());
        let largest = largest.max().unwrap_or_default();
        // A route has 14 bits for them.
        let count = channels.len() as u32;
        Self {
            info,
            account: Arc::new(Account::new(memory, largest)),
            pressure: Arc::default(),
            outbox,
            snappy,
            running: AtomicU32::new(count),
            accepting: AtomicU32::new(count),
            accepted: SetOnce::new(),
            channels: channels.into(),
            end: SetOnce::new(),
            other_end: OnceLock::new(),
            draining: AtomicBool::new(false),
            reader: AtomicWaker::new(),
        }
    }

    /// Why the connection ends when the peer has not read for too long.
    pub(crate) fn not_read(&self) -> Cause {
        match self.pressure.waits_to_send() {
            Some(Sending { protocol, message }) => Cause::SendTimeout { protocol, message },
            None => Cause::WriteTimeout,
        }
    }

    /// The message ID of a message on the wire.
    pub(crate) fn message_id(&self, route: Route) -> MessageId {
        let channel = &self.channels[usize::from(route.channel)];
        MessageId(channel.first_id.0 + route.code.0)
    }

    /// Joins this connection with the one at the other end of a pipe: when one ends, the other does.
    pub(crate) fn join(&self, other: &Arc<Self>) {
        // Can't fail: nothing else sets it.
        let _ = self.other_end.set(Arc::downgrade(other));
    }

    /// Ends the connection. The first cause stands.
    pub(crate) fn end(&self, cause: Cause) {
        let other_end = self.other_end.get().and_then(Weak::upgrade);
        let told = other_end.map(|other_end| (other_end, cause.at_other_end()));
        if self.end.set(cause).is_ok() {
            // Before a queue closes: whoever finds one closed looks for the cause, at either end.
            if let Some((other_end, cause)) = told {
                other_end.end(cause);
            }
            self.outbox.close();
            self.close_channels();
            self.reader.wake();
        }
    }

    /// Why the connection has ended, if it has.
    pub(crate) fn cause(&self) -> Option<&Cause> {
        self.end.get()
    }

    /// True once this node has ended the connection. No message is handled after that.
    pub(crate) fn is_ended_by_us(&self) -> bool {
        self.cause().is_some_and(Cause::can_send_disconnect)
    }

    /// Waits for the end of the connection.
    pub(crate) async fn ended(&self) -> &Cause {
        self.end.wait().await
    }

    /// Notes that a protocol has accepted the peer.
    pub(crate) fn protocol_accepted(&self) {
        if self.accepting.fetch_sub(1, Ordering::AcqRel) == 1 {
            // Only the last channel gets here, so it is not set yet.
            let _ = self.accepted.set(());
        }
    }

    /// Waits until every protocol has accepted the peer, or returns the cause of the connection's end.
    pub(crate) async fn accepted(&self) -> Result<(), &Cause> {
        let first = either(pin!(self.accepted.wait()), pin!(self.ended())).await;
        match first {
            Either::First(()) => Ok(()),
            Either::Second(cause) => Err(cause),
        }
    }

    /// True once every protocol has accepted the peer.
    #[cfg(feature = "database")]
    pub(crate) fn was_accepted(&self) -> bool {
        self.accepted.initialized()
    }

    /// True once no more messages are read: the connection has ended, or its protocols are to finish.
    pub(crate) fn is_closing(&self) -> bool {
        self.draining.load(Ordering::Acquire) || self.cause().is_some()
    }

    /// Waits until no more messages are read, for the one task that reads.
    pub(crate) fn closing(&self) -> impl Future<Output = ()> {
        poll_fn(|cx| {
            self.reader.register(cx.waker());
            if self.is_closing() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    }

    /// Lets every protocol finish what has arrived. When all have, the connection ends.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        self.close_channels();
        self.reader.wake();
        if self.running.load(Ordering::Acquire) == 0 {
            self.end(Cause::Stopping);
        }
    }

    /// Ends the connection because a protocol has returned. While it drains, only the last protocol ends it, and
    /// `cause` is returned.
    pub(crate) fn protocol_ended(&self, cause: Cause) -> Option<Cause> {
        let left = self.running.fetch_sub(1, Ordering::AcqRel) - 1;
        if !self.draining.load(Ordering::Acquire) {
            self.end(cause);
            return None;
        }
        if left == 0 {
            self.end(Cause::Stopping);
        }
        Some(cause)
    }

    /// True if several requests to the peer wait for their replies.
    pub(crate) fn awaits_replies(&self) -> bool {
        let channels = self.channels.iter();
        let in_flight = channels.map(|channel| channel.requests.in_flight());
        in_flight.sum::<usize>() > 1
    }

    /// Drops messages that are still queued after the end, because handles may live much longer.
    pub(crate) fn clear(&self) {
        self.outbox.clear();
        for channel in &self.channels {
            channel.inbox.clear();
        }
    }

    fn close_channels(&self) {
        for channel in &self.channels {
            channel.inbox.close();
            channel.requests.close();
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("node_id", &self.info.node_id)
            .field("direction", &self.info.direction)
            .field("ended", &self.cause())
            .finish_non_exhaustive()
    }
}
