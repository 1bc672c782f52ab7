//! What the tasks of one connection and the handles to it share.

use std::any::Any;
use std::fmt;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::ops::Range;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Poll;

use futures_util::task::AtomicWaker;
use tokio::sync::SetOnce;

use super::payload::Payload;
use super::pending::{Limits, Requests};
use super::race::{Either, either};
use super::shown::{Escaped, show};
use super::{Cause, Code, Meter, Peers, Protocol, Queue};
use crate::breach::Breach;
use crate::capability::Capability;
use crate::identity::{NodeId, PublicKey};

/// Who opened a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The peer did.
    Inbound,
    /// This node did.
    Outbound,
}

impl Direction {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What is known about a peer once Hello messages have been exchanged.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PeerInfo {
    /// The peer's public key, proven by the handshake.
    pub public_key: PublicKey,
    /// The node ID that belongs to the key.
    pub node_id: NodeId,
    /// The software that the peer claims to be, with unprintable characters escaped.
    pub client: String,
    /// All capabilities that the peer offers, shared or not.
    pub capabilities: Vec<Capability>,
    /// The version of the base protocol that the peer speaks; below 5, messages are not compressed.
    pub p2p_version: u64,
    /// Who opened the connection.
    pub direction: Direction,
    /// The peer's address. If a `Dialer` opened the stream, it is the address in the URL, if the
    /// program did, what it passed to `Server::accept` or `Server::connect_over`.
    pub remote_addr: Option<SocketAddr>,
    /// This node's address on the connection; `None` if there is no socket.
    pub local_addr: Option<SocketAddr>,
}

/// One connection, as protocols see it.
pub(crate) struct Connection {
    pub(crate) info: Arc<PeerInfo>,
    /// Messages on their way out, numbered by message ID.
    pub(crate) outbox: Arc<Queue>,
    /// Whether payloads are compressed.
    pub(crate) snappy: bool,
    pub(crate) channels: Box<[Channel]>,
    end: SetOnce<Cause>,
    draining: AtomicBool,
    /// Who reads, to be told that it is closing.
    reader: AtomicWaker,
    /// Channels whose protocol has not ended.
    running: AtomicUsize,
    /// Channels whose protocol has not accepted the peer yet.
    accepting: AtomicUsize,
    accepted: SetOnce<()>,
    /// The other end, where there is nothing between the two.
    other: OnceLock<Weak<Connection>>,
}

/// One protocol's share of a connection.
pub(crate) struct Channel {
    /// The protocol's name.
    pub(crate) protocol: &'static str,
    /// The version in use.
    pub(crate) version: u64,
    /// The message ID of code 0.
    pub(crate) offset: u64,
    /// The number of codes.
    pub(crate) length: u64,
    /// Messages that came, numbered by code.
    pub(crate) inbox: Arc<Queue>,
    /// The protocol's `Peers<P>`, which tells its type too.
    pub(crate) peers: Arc<dyn Any + Send + Sync>,
    /// What we wait for the peer to answer.
    pub(crate) requests: Requests,
    /// The name of the message that has a code in a version.
    name_of: fn(u64, Code) -> Option<&'static str>,
    show: fn(u64, Code, &[u8]) -> String,
    /// The code that is being handled, or `IDLE`.
    handling: AtomicU64,
    /// Messages that came too early and were dropped.
    dropped: AtomicU64,
}

const IDLE: u64 = u64::MAX;

impl Channel {
    pub(crate) fn new<P: Protocol>(
        version: u64,
        ids: Range<u64>,
        inbox: Arc<Queue>,
        peers: Peers<P>,
        limits: Limits,
        meter: Arc<Meter>,
    ) -> Self {
        Self {
            protocol: P::NAME,
            version,
            offset: ids.start,
            length: ids.end - ids.start,
            inbox,
            peers: Arc::new(peers),
            requests: Requests::new::<P>(version, limits, meter),
            name_of: P::name_of,
            show: show::<P>,
            handling: AtomicU64::new(IDLE),
            dropped: AtomicU64::new(0),
        }
    }

    /// What is counted of the channel's messages.
    pub(crate) fn meter(&self) -> &Meter {
        &self.requests.meter
    }

    /// The name of the message that has this code.
    pub(crate) fn name_of(&self, code: Code) -> Option<&'static str> {
        (self.name_of)(self.version, code)
    }

    /// A payload as a log shows it: on one line, and not too long.
    pub(crate) fn show(&self, code: Code, payload: &[u8]) -> String {
        (self.show)(self.version, code, payload)
    }

    /// Notes that a message was dropped, and tells whether it was the first.
    pub(crate) fn drop_one(&self) -> bool {
        self.dropped.fetch_add(1, Ordering::Relaxed) == 0
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn set_handling(&self, code: Option<Code>) {
        self.handling
            .store(code.map_or(IDLE, |code| code.0), Ordering::Relaxed);
    }

    pub(crate) fn handling(&self) -> Option<Code> {
        match self.handling.load(Ordering::Relaxed) {
            IDLE => None,
            code => Some(Code(code)),
        }
    }
}

impl Connection {
    pub(crate) fn new(
        info: Arc<PeerInfo>,
        outbox: Arc<Queue>,
        snappy: bool,
        channels: Vec<Channel>,
    ) -> Self {
        Self {
            info,
            outbox,
            snappy,
            running: AtomicUsize::new(channels.len()),
            accepting: AtomicUsize::new(channels.len()),
            accepted: SetOnce::new(),
            channels: channels.into(),
            end: SetOnce::new(),
            draining: AtomicBool::new(false),
            reader: AtomicWaker::new(),
            other: OnceLock::new(),
        }
    }

    /// Puts another connection at the other end of this one: replies go there without a queue between,
    /// as a reader would hand them over. Everything else is up to whoever joins the queues.
    pub(crate) fn join(&self, other: &Arc<Self>) {
        // It is joined once, when it is made.
        let _ = self.other.set(Arc::downgrade(other));
    }

    /// The other end, if the two are joined.
    pub(crate) fn joined(&self) -> Option<Arc<Self>> {
        self.other.get()?.upgrade()
    }

    /// Names the message that a breach of the session is about, which the session can't.
    pub(crate) fn named(&self, breach: Breach) -> Cause {
        if let Breach::MessageTooLarge {
            capability,
            code,
            size,
            limit,
        } = &breach
        {
            let mut channels = self.channels.iter();
            let channel =
                channels.find(|channel| channel.protocol.as_bytes() == capability.name_bytes());
            if let Some(channel) = channel
                && let Some(message) = channel.name_of(Code(*code))
            {
                return Cause::MessageTooLarge {
                    protocol: channel.protocol,
                    message,
                    size: *size,
                    limit: *limit,
                };
            }
        }
        breach.into()
    }

    /// The channel that a message ID belongs to, and the message's code there.
    pub(crate) fn channel_of(&self, id: u64) -> Option<(&Channel, Code)> {
        self.channels.iter().find_map(|channel| {
            let code = id.checked_sub(channel.offset)?;
            (code < channel.length).then_some((channel, Code(code)))
        })
    }

    /// Hands a reply to who waits for it, and ends the connection if the peer was wrong to send it.
    pub(crate) fn reply_came(&self, channel: usize, code: Code, payload: Payload) {
        let requests = &self.channels[channel].requests;
        if let Some(message) = requests.reply(code)
            && let Err(cause) = requests.resolve(code, message, payload)
        {
            self.end(cause);
        }
    }

    /// Ends the connection. The first cause stands.
    pub(crate) fn end(&self, cause: Cause) {
        if self.end.set(cause).is_ok() {
            self.outbox.close();
            self.close_channels();
            self.reader.wake();
        }
    }

    /// Why the connection has ended, if it has.
    pub(crate) fn cause(&self) -> Option<&Cause> {
        self.end.get()
    }

    /// Whether this node has ended the connection, which no message is handled after.
    pub(crate) fn is_ended_by_us(&self) -> bool {
        self.cause().is_some_and(Cause::can_be_told)
    }

    /// Waits for the end of the connection.
    pub(crate) async fn ended(&self) -> &Cause {
        self.end.wait().await
    }

    /// Notes that a protocol has accepted the peer.
    pub(crate) fn protocol_accepted(&self) {
        if self.accepting.fetch_sub(1, Ordering::AcqRel) == 1 {
            // Once for each channel, so that nobody else has set it.
            let _ = self.accepted.set(());
        }
    }

    /// Waits until every protocol has accepted the peer, or gives the cause why that will not be.
    pub(crate) async fn accepted(&self) -> Result<(), &Cause> {
        let first = either(pin!(self.accepted.wait()), pin!(self.ended())).await;
        match first {
            Either::First(()) => Ok(()),
            Either::Second(cause) => Err(cause),
        }
    }

    /// Whether every protocol has accepted the peer.
    #[cfg(feature = "database")]
    pub(crate) fn was_accepted(&self) -> bool {
        self.accepted.initialized()
    }

    /// Whether no more messages are taken: it has ended, or its protocols are to finish.
    pub(crate) fn is_closing(&self) -> bool {
        self.draining.load(Ordering::Acquire) || self.cause().is_some()
    }

    /// Waits until no more messages are taken, for the one task that reads.
    pub(crate) fn closing(&self) -> impl Future<Output = ()> {
        poll_fn(|cx| {
            self.reader.register(cx.waker());
            match self.is_closing() {
                true => Poll::Ready(()),
                false => Poll::Pending,
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

    /// Notes that a protocol has returned, which ends the connection now, or when draining with the
    /// last protocol.
    pub(crate) fn protocol_ended(&self, cause: Cause) {
        let left = self.running.fetch_sub(1, Ordering::AcqRel) - 1;
        if !self.draining.load(Ordering::Acquire) {
            self.end(cause);
            return;
        }
        if let Cause::Handler { error, .. } = &cause
            && error.met_the_end()
        {
            // It waited for more, and `?` made an error of the end.
            tracing::debug!(cause = %Escaped(&cause), "while this node was stopping");
        } else if !matches!(cause, Cause::ProtocolEnded { .. }) {
            tracing::warn!(cause = %Escaped(&cause), "while this node was stopping");
        }
        if left == 0 {
            self.end(Cause::Stopping);
        }
    }

    /// Whether several requests to the peer wait for their replies.
    pub(crate) fn awaits_replies(&self) -> bool {
        let channels = self.channels.iter();
        channels
            .map(|channel| channel.requests.in_flight())
            .sum::<usize>()
            > 1
    }

    /// Drops what is still queued once the connection has ended, for handles may outlive it by far.
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
