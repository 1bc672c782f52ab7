//! Two typed ends in memory, to test a protocol without sockets.

use std::fmt;
use std::future::pending;
use std::sync::Arc;

use thiserror::Error;

use super::pending::Limits;
use super::queue::Long;
use super::service::{AnyService, serve};
use super::{
    Cause, Channel, Closed, Code, Connection, Direction, Inbox, Incoming, Meter, Peer, PeerInfo,
    Peers, Protocol, Queue, Request, RequestError, SendError, Service,
};
use crate::disconnect::DisconnectReason;
use crate::identity::NodeKey;

/// Bytes that may wait in each direction.
const QUEUE: u32 = 1024 * 1024;

/// Connects two ends in memory, which speak the protocol's highest version. Each receives what the other
/// sends, encoded and decoded.
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
pub fn pipe<P: Protocol>() -> (End<P>, End<P>) {
    ends(P::VERSIONS.iter().map(|row| row.number).max())
}

/// Connects two ends in memory, like [`pipe`], which speak this version.
///
/// If the protocol lacks it, they disconnect at once like peers that share no protocol, with
/// [`UselessPeer`](DisconnectReason::UselessPeer).
pub fn pipe_version<P: Protocol>(version: u64) -> (End<P>, End<P>) {
    ends(highest::<P>(&[version]))
}

fn ends<P: Protocol>(version: Option<u64>) -> (End<P>, End<P>) {
    let [one, other] = connect::<P>(version, [Side::default(), Side::default()]);
    (End::new(&one, &other), End::new(&other, &one))
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
    /// use p2p::{Protocol, async_trait};
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
    /// earlier ends the connection. There is no time limit for accepting a peer, and message rates are not
    /// enforced.
    pub fn pipe(self) -> (End<P>, impl Future<Output = Cause> + Send + 'static) {
        let version = highest::<P>(&self.offered());
        let side = Side {
            peers: self.peers(),
            requests: self.requests,
        };
        let [test, served] = connect::<P>(version, [Side::default(), side]);
        let end = End::new(&test, &served);
        let link = Link { served, test };
        let serving = async move {
            if version.is_some() {
                serve(&self, &link.served, 0, pending(), pending).await;
            }
            link.served.ended().await.clone()
        };
        (end, serving)
    }
}

/// Ends the test's side of a connection with the served side, also when that is not served to its end.
struct Link {
    served: Arc<Connection>,
    test: Arc<Connection>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.served.end(Cause::Stopping);
        let cause = self.served.cause().unwrap_or(&Cause::Stopping);
        self.test.end(Cause::Remote(cause.reason()));
    }
}

/// Two connections, each of which receives what the other sends; without a version they have ended.
fn connect<P: Protocol>(version: Option<u64>, sides: [Side<P>; 2]) -> [Arc<Connection>; 2] {
    let [first, second] = [(); 2].map(|()| Arc::new(Queue::new(QUEUE)));
    let channel = |inbox: &Arc<Queue>, side: Side<P>| {
        let number = version.unwrap_or(0);
        let row = P::VERSIONS.iter().find(|row| row.number == number);
        let codes = 0..row.map_or(0, |row| row.length);
        let (inbox, meter) = (inbox.clone(), Arc::new(Meter::nothing()));
        Channel::new(number, codes, inbox, side.peers, side.requests, meter)
    };
    let [ours, theirs] = sides;
    let [ours, theirs] = [channel(&second, ours), channel(&first, theirs)];
    let one = connection(2, Direction::Outbound, first, ours);
    let other = connection(1, Direction::Inbound, second, theirs);
    one.join(&other);
    other.join(&one);
    if version.is_none() {
        one.end(Cause::Remote(DisconnectReason::UselessPeer));
        other.end(Cause::Requested(DisconnectReason::UselessPeer));
    }
    [one, other]
}

/// What one end of a connection brings along.
struct Side<P: Protocol> {
    peers: Peers<P>,
    requests: Limits,
}

impl<P: Protocol> Default for Side<P> {
    fn default() -> Self {
        Self {
            peers: Peers::default(),
            requests: Limits::default(),
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
    ))
}

/// One end of a [`pipe`]. Dropping it ends the connection.
pub struct End<P: Protocol> {
    inbox: Inbox<P>,
    ours: Arc<Connection>,
    theirs: Arc<Connection>,
}

impl<P: Protocol> End<P> {
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
    /// The payload of a request or reply begins with the ID, `[id, field, ..]`. Its size is not checked here,
    /// because sessions do that.
    ///
    /// ```
    /// # use p2p::prelude::*;
    /// # use p2p::Code;
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
        peer.check_code(code)?;
        if peer.channel().requests.reply(code).is_some() {
            self.theirs.reply_came(0, code, payload.into());
            return Ok(());
        }
        let outbox = &self.ours.outbox;
        let room = outbox.reserve(payload.len()).await;
        let room = room.map_err(|Closed| SendError::Closed(peer.cause()))?;
        outbox.push_long(room, code.0, Long::Own(payload.into(), false));
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
    pub async fn recv(&mut self) -> Result<P, Closed> {
        self.inbox.recv().await
    }

    /// Waits for the next message of the other end, with the means to answer it.
    ///
    /// # Errors
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
    pub async fn expect(&mut self, expected: P) -> Result<(), Unexpected<P>>
    where
        P: PartialEq + fmt::Debug,
    {
        match self.recv().await {
            Ok(found) if found == expected => Ok(()),
            Ok(found) => Err(Unexpected::Message { expected, found }),
            Err(Closed) => Err(Unexpected::Closed {
                expected,
                cause: self.theirs.cause().cloned().unwrap_or(Cause::Stopping),
            }),
        }
    }

    /// Ends the connection with this reason.
    pub fn disconnect(&self, reason: DisconnectReason) {
        self.ours.end(Cause::Requested(reason));
        self.theirs.end(Cause::Remote(reason));
    }

    /// Waits until the connection has ended, and returns the cause.
    pub async fn closed(&self) -> Cause {
        self.peer().closed().await
    }
}

impl<P: Protocol> Drop for End<P> {
    fn drop(&mut self) {
        self.disconnect(DisconnectReason::Requested);
    }
}

impl<P: Protocol> fmt::Debug for End<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("End")
            .field("protocol", &P::NAME)
            .finish_non_exhaustive()
    }
}

/// What came instead of the message that [`End::expect`] waited for.
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
        /// Why the other end has ended it.
        cause: Cause,
    },
}
