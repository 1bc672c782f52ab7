//! Two typed ends in memory, to test a protocol without sockets.

use std::fmt;
use std::future::pending;
use std::sync::{Arc, OnceLock, Weak};

use thiserror::Error;

use super::error::{RequestError, SendError};
use super::inbox::{Inbox, Incoming};
use super::peer::Peer;
use super::peers::Peers;
use super::request::Request;
use super::service::{AnyService, Service};
use super::serving::serve;
use crate::connection::Connection;
use crate::connection::batch::{Long, Payload, Route};
use crate::connection::cause::Cause;
use crate::connection::channel::{Channel, Ids};
use crate::connection::info::{Direction, PeerInfo};
use crate::connection::messages::{Messages, Metering};
use crate::connection::pending::RequestLimits;
use crate::connection::queue::{Closed, FarEnd, Queue};
use crate::disconnect::DisconnectReason;
use crate::future::give_turns;
use crate::identity::NodeKey;
use crate::message_id::MessageId;
use crate::protocol::Protocol;
use crate::protocol::numbers::Code;
use crate::protocol::table::MessageKind;

/// The size of the queue in each direction, in bytes.
const QUEUE: u32 = 1024 * 1024;

/// Connects two ends in memory, which speak the protocol's highest version. Each receives what the other
/// sends, encoded and decoded.
///
/// When one end ends the connection, the other learns of it at once, as over a network: [`Cause::Remote`] with the
/// reason that would be sent, or [`Cause::Closed`] if the [`PipeEnd`] was dropped. What was sent before can still
/// be received.
///
/// To test a service, connect to it with [`Service::pipe`].
///
/// ```
/// # #[derive(Debug, PartialEq, p2p::Protocol)]
/// # #[protocol(name = "foobar", version = 1)]
/// # enum Message { Text(String) }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (one, mut other) = p2p::pipe::<Message>();
/// one.send(Message::Text("foo".into())).await?;
/// other.expect(Message::Text("foo".into())).await?;
/// # Ok(())
/// # }
/// ```
pub fn pipe<P: Protocol>() -> (PipeEnd<P>, PipeEnd<P>) {
    ends(P::VERSIONS.iter().map(|row| row.number).max())
}

/// Connects two ends in memory, like [`pipe`], which speak this version.
///
/// If the protocol lacks it, they disconnect at once like peers that share no protocol, with
/// [`UselessPeer`](DisconnectReason::UselessPeer).
pub fn pipe_version<P: Protocol>(version: u64) -> (PipeEnd<P>, PipeEnd<P>) {
    ends(highest::<P>(&[version]))
}

fn ends<P: Protocol>(version: Option<u64>) -> (PipeEnd<P>, PipeEnd<P>) {
    let [one, other] = connect::<P>(version, [Side::default(), Side::default()]);
    (PipeEnd::new(&one, &other), PipeEnd::new(&other, &one))
}

/// The highest of these versions that the protocol has.
fn highest<P: Protocol>(versions: &[u64]) -> Option<u64> {
    let spoken = P::VERSIONS.iter().map(|row| row.number);
    spoken.filter(|number| versions.contains(number)).max()
}

impl<P: Protocol> Service<P> {
    /// Serves one peer in memory. Returns the peer's end, and the future that serves it, which you spawn.
    ///
    /// ```
    /// use p2p::{Protocol, ServeExt, async_trait};
    ///
    /// #[derive(Debug, PartialEq, Protocol)]
    /// #[protocol(name = "foobar", version = 1)]
    /// enum Message {
    ///     Text(String),
    /// }
    ///
    /// struct Foobar;
    ///
    /// #[async_trait]
    /// impl MessageHandler for Foobar {
    ///     async fn text(&self, peer: &p2p::Peer<Message>, text: String) -> p2p::Result {
    ///         if text == "foo" {
    ///             peer.send(Message::Text("bar".into())).await?;
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (mut test, served) = Message::handled_by(Foobar).pipe();
    /// tokio::spawn(served);
    /// test.send(Message::Text("foo".into())).await?;
    /// test.expect(Message::Text("bar".into())).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Both ends speak the highest version that the service offers. To test an older one, offer only
    /// that: `service.versions([69]).pipe()`. If the service offers no version that the protocol has, it is
    /// not called, and the ends disconnect with [`UselessPeer`](DisconnectReason::UselessPeer).
    ///
    /// A pipe has one peer. To test what several nodes tell each other, start servers whose
    /// `Dialer` connects them [in memory](crate::writing_a_protocol#several-nodes-in-memory).
    ///
    /// The future returns why the connection ended, after `disconnected` was called. Dropping it
    /// earlier ends the connection, like a server that stops. There is no time limit for accepting a peer,
    /// and message rates are not enforced.
    pub fn pipe(self) -> (PipeEnd<P>, impl Future<Output = Cause> + Send + 'static) {
        let version = highest::<P>(&self.offered());
        let side = Side {
            peers: self.peers(),
            requests: self.requests,
        };
        let [test, served] = connect::<P>(version, [Side::default(), side]);
        let end = PipeEnd::new(&test, &served);
        let served = Served(served);
        let serving = async move {
            let Served(connection) = &served;
            if version.is_some() {
                serve(&self, connection, 0, pending(), pending).await;
            }
            connection.ended().await.clone()
        };
        (end, serving)
    }
}

/// Ends the connection even if serving stops early.
struct Served(Arc<Connection>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.end(Cause::Stopping);
    }
}

/// Two connections, each of which receives what the other sends. If `version` is `None`, both have already ended.
///
/// A queue joins them in each direction: it is the outbox of one and the inbox of the other. Replies do not wait
/// in it.
fn connect<P: Protocol>(version: Option<u64>, sides: [Side<P>; 2]) -> [Arc<Connection>; 2] {
    let receivers = [(); 2].map(|()| Arc::new(OnceLock::new()));
    let [to_first, to_second] = receivers
        .clone()
        .map(|receiver| Arc::new(Queue::of_pipe(QUEUE, Box::new(Receiver(receiver)))));
    let number = version.unwrap_or(0);
    let messages = Arc::new(Messages::new::<P>(number, Metering::Off));
    let row = P::VERSIONS.iter().find(|row| row.number == number);
    let ids = Ids {
        first: MessageId(0),
        length: row.map_or(0, |row| row.length),
    };
    let channel = |inbox: &Arc<Queue>, side: Side<P>| {
        let peers = Arc::new(side.peers);
        let messages = messages.clone();
        let inbox = inbox.clone();
        // Rates are not enforced.
        Channel::new(messages, ids, inbox, peers, side.requests, None)
    };
    let [first, second] = sides;
    let first = channel(&to_first, first);
    let second = channel(&to_second, second);
    let connections = [
        connection(2, Direction::Outbound, to_second, first),
        connection(1, Direction::Inbound, to_first, second),
    ];
    for (receiver, connection) in receivers.iter().zip(&connections) {
        // Can't fail: nothing else sets it.
        let _ = receiver.set(Arc::downgrade(connection));
    }
    let [one, other] = &connections;
    one.join(other);
    other.join(one);
    if version.is_none() {
        other.end(Cause::Requested(DisconnectReason::UselessPeer));
    }
    connections
}

/// The connection that takes from a queue, once it is there.
struct Receiver(Arc<OnceLock<Weak<Connection>>>);

impl Receiver {
    fn connection(&self) -> Option<Arc<Connection>> {
        self.0.get().and_then(Weak::upgrade)
    }
}

impl FarEnd for Receiver {
    /// It ends the connection if there is a reason to.
    fn take_reply(&self, code: Code, payload: Payload) {
        let Some(connection) = self.connection() else {
            return;
        };
        let channel = &connection.channels[0];
        if let Some(row) = channel.messages.row(code)
            && row.info.kind == MessageKind::Reply
            && let Err(cause) = channel.requests.resolve(row, payload)
        {
            connection.end(cause);
        }
    }

    /// As a reader that waits for room: methods of that end may send beyond their queue meanwhile.
    fn set_sender_waits(&self, waits: bool) {
        if let Some(connection) = self.connection() {
            connection.pressure.set_reader_waits(waits);
        }
    }
}

/// The parts of one end that come from a service.
struct Side<P: Protocol> {
    peers: Peers<P>,
    requests: RequestLimits,
}

impl<P: Protocol> Default for Side<P> {
    fn default() -> Self {
        Self {
            peers: Peers::default(),
            requests: RequestLimits::default(),
        }
    }
}

fn connection(
    remote: u8,
    direction: Direction,
    outbox: Arc<Queue>,
    channel: Channel,
) -> Arc<Connection> {
    let public_key = *NodeKey::create(&mut |bytes| bytes.fill(remote)).public_key();
    let info = PeerInfo {
        public_key,
        node_id: public_key.node_id(),
        client: "pipe".into(),
        capabilities: Vec::new(),
        p2p_version: 4,
        direction,
        remote_addr: None,
        local_addr: None,
    };
    Arc::new(Connection::new(
        Arc::new(info),
        outbox,
        false,
        vec![channel],
        Arc::default(),
    ))
}

/// One end of a [`pipe`]. Dropping it ends the connection: the other end's cause is [`Cause::Closed`], as if this node
/// had gone without a word.
pub struct PipeEnd<P: Protocol> {
    inbox: Inbox<P>,
    ours: Arc<Connection>,
    theirs: Arc<Connection>,
}

impl<P: Protocol> PipeEnd<P> {
    fn new(ours: &Arc<Connection>, theirs: &Arc<Connection>) -> Self {
        Self {
            inbox: Inbox::new(Peer::of(ours.clone(), 0)),
            ours: ours.clone(),
            theirs: theirs.clone(),
        }
    }

    /// The handle to the other end, as passed to a handler.
    pub fn peer(&self) -> &Peer<P> {
        self.inbox.peer()
    }

    /// Sends a message to the other end, waiting for room.
    ///
    /// # Errors
    ///
    /// As for [`Peer::send`].
    pub async fn send(&self, message: P) -> Result<(), SendError> {
        self.peer().send(message).await
    }

    /// Sends a payload as it is, to test how one that breaks the rules is handled.
    ///
    /// The payload of a request or reply begins with the ID, `[id, field, ..]`. Its size is not checked: a
    /// server does that when it reads a message from the wire.
    ///
    /// ```
    /// # use p2p::prelude::*;
    /// # use p2p::protocol::Code;
    /// #[derive(Debug, Protocol)]
    /// #[protocol(name = "counting", version = 1)]
    /// enum Message {
    ///     Count(#[field(range(1..=9))] u64),
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (one, mut other) = p2p::pipe::<Message>();
    /// one.send_raw(Code(0), &[0xc1, 10]).await?;
    /// assert!(other.recv().await.is_err());
    /// assert_eq!(
    ///     other.closed().await.to_string(),
    ///     "protocol counting: message Count, field 0: expected a number from 1 to 9, found 10"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if the connection has ended, and [`SendError::Encode`] if the code is not below
    /// the protocol's length.
    pub async fn send_raw(&self, code: Code, payload: &[u8]) -> Result<(), SendError> {
        let peer = self.peer();
        let channel = peer.channel();
        channel.check_code(code)?;
        let outbox = &self.ours.outbox;
        let is_reply = channel
            .messages
            .row(code)
            .is_some_and(|row| row.info.kind == MessageKind::Reply);
        give_turns().await;
        let room = outbox.reserve(payload.len(), is_reply).await;
        let room = room.map_err(|Closed| SendError::Closed(peer.cause()))?;
        let route = Route { channel: 0, code };
        outbox.push_long(room, route, Long::Owned(payload.into(), false));
        Ok(())
    }

    /// Sends a request to the other end and waits for the reply.
    ///
    /// # Errors
    ///
    /// As for [`Peer::request`].
    pub async fn request<R: Request<P>>(&self, request: R) -> Result<R::Reply, RequestError> {
        self.peer().request(request).await
    }

    /// Waits for the next message of the other end.
    ///
    /// # Errors
    ///
    /// As for [`Inbox::recv`].
    ///
    /// # Cancel safety
    ///
    /// As for [`Inbox::recv`].
    pub async fn recv(&mut self) -> Result<P, Closed> {
        self.inbox.recv().await
    }

    /// Waits for the next message of the other end, with the means to answer it.
    ///
    /// # Errors
    ///
    /// As for [`Inbox::recv`].
    ///
    /// # Cancel safety
    ///
    /// As for [`Inbox::recv`].
    pub async fn next(&mut self) -> Result<Incoming<P>, Closed> {
        self.inbox.next().await
    }

    /// Waits for the next message of the other end, which should be this one.
    ///
    /// # Errors
    ///
    /// [`Unexpected`] if it is a different one, or if the connection has ended.
    ///
    /// # Cancel safety
    ///
    /// As for [`Inbox::recv`].
    pub async fn expect(&mut self, expected: P) -> Result<(), Unexpected<P>>
    where
        P: PartialEq + fmt::Debug,
    {
        match self.recv().await {
            Ok(found) if found == expected => Ok(()),
            Ok(found) => Err(Unexpected::Message { expected, found }),
            Err(Closed) => Err(Unexpected::Closed {
                expected,
                cause: self.full_cause(),
            }),
        }
    }

    /// The cause of the end, in full: of a failure at the other end, a node would be told the reason alone.
    fn full_cause(&self) -> Cause {
        match (self.peer().cause(), self.theirs.cause()) {
            (ours @ Cause::Remote(_), Some(Cause::Requested(_) | Cause::Stopping)) => ours,
            (Cause::Remote(_), Some(theirs)) => theirs.clone(),
            (ours, _) => ours,
        }
    }

    /// Ends the connection with this reason, which the other end's cause has as [`Cause::Remote`].
    pub fn disconnect(&self, reason: DisconnectReason) {
        self.ours.end(Cause::Requested(reason));
    }

    /// Waits until the connection has ended, and returns the cause, as a node of this end would know it.
    pub async fn closed(&self) -> Cause {
        self.peer().closed().await
    }
}

impl<P: Protocol> Drop for PipeEnd<P> {
    fn drop(&mut self) {
        self.theirs.end(Cause::Closed);
    }
}

impl<P: Protocol> fmt::Debug for PipeEnd<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipeEnd")
            .field("protocol", &P::NAME)
            .finish_non_exhaustive()
    }
}

/// The error of [`PipeEnd::expect`]: something other than the expected message was received.
#[non_exhaustive]
#[derive(Debug, Clone, Error)]
pub enum Unexpected<P: fmt::Debug> {
    /// Another message.
    #[error("expected {expected:?}, found {found:?}")]
    Message {
        /// The message that should have come.
        expected: P,
        /// The message that came.
        found: P,
    },
    /// The connection's end.
    #[error("expected {expected:?}, found the end of the connection: {cause}")]
    Closed {
        /// The message that should have come.
        expected: P,
        /// Why it ended, in full, even if it was the other end that failed.
        cause: Cause,
    },
}
