//! What a protocol is: its messages on the wire, their handlers, and the peer that sent them.
//!
//! [`Protocol`] describes the wire format; derive it or write it by hand. Code that serves it gets a
//! [`Peer`] to send to and an [`Inbox`] to receive from. [`Protocol::run`] passes both to a function,
//! [`Protocol::handled_by`] runs the derived handler on top of them, and
//! [`Protocol::accepting`] exchanges messages before a peer gets its own handler.

#![cfg_attr(
    not(feature = "runtime"),
    allow(dead_code, reason = "only the runtime drives connections")
)]

mod asking;
mod batch;
mod cause;
mod connection;
#[cfg(feature = "serde")]
mod details;
mod encoded;
mod error;
mod fields;
mod handler;
mod handling;
mod inbox;
mod incoming;
mod meter;
mod payload;
mod peer;
mod peers;
mod pending;
mod pipe;
mod queue;
mod race;
mod rate;
mod request;
mod service;
mod shown;
mod table;

use std::fmt;
use std::sync::Arc;

pub(crate) use batch::Batch;
#[cfg(feature = "runtime")]
pub(crate) use batch::Body;
pub use cause::Cause;
pub(crate) use connection::{Channel, Connection};
pub use connection::{Direction, PeerInfo};
pub use error::{Closed, DecodeError, EncodeError, SendError, TrySendError};
pub use fields::Fields;
pub use handler::{BoxFuture, Dispatch, Dispatched, HandledBy, HandlerError, OrDisconnect, Result};
pub use inbox::{Accepted, Inbox};
pub use incoming::{Incoming, Responder};
pub(crate) use meter::Meter;
#[cfg(feature = "runtime")]
pub(crate) use payload::Payload;
pub use peer::Peer;
pub use peers::{Broadcast, Peers};
pub use pipe::{End, Unexpected, pipe, pipe_version};
pub(crate) use queue::Queue;
#[cfg(feature = "runtime")]
pub(crate) use queue::{Cost, INLINE, Long, NoRoom, Room};
#[cfg(feature = "runtime")]
pub(crate) use race::catch_panic;
#[cfg(feature = "runtime")]
pub(crate) use rate::Buckets;
pub use rate::{Excess, Rate};
pub use request::{
    Call, Request, RequestCounts, RequestError, RequestId, StrayReplies, TryRequestError,
};
pub use service::Service;
#[cfg(feature = "runtime")]
pub(crate) use service::{AnyService, serve};
pub(crate) use shown::Escaped;
pub use table::{Code, Kind, MessageInfo, Version};

/// A wire protocol: its name, versions and messages, and how each message is encoded.
///
/// It is usually derived from an enum of messages. Written by hand, it looks like this:
///
/// ```
/// use p2p::rlp::{self, Encode};
/// use p2p::{Code, DecodeError, EncodeError, Fields, MessageInfo, Protocol, RequestId, Version};
///
/// struct Text(String);
///
/// impl Protocol for Text {
///     const NAME: &'static str = "foobar";
///     const VERSIONS: &'static [Version] = &[Version { number: 1, length: 1 }];
///     const MESSAGES: &'static [MessageInfo] = &[MessageInfo::new(Code(0), "Text")];
///
///     fn info(&self) -> &'static MessageInfo {
///         &Self::MESSAGES[0]
///     }
///
///     fn encode(
///         &self,
///         _version: u64,
///         _id: Option<RequestId>,
///         out: &mut Vec<u8>,
///     ) -> Result<(), EncodeError> {
///         let mut out = rlp::Writer::new(out);
///         out.list(self.0.length());
///         self.0.encode(&mut out);
///         out.finish().map_err(|cause| EncodeError::Field { message: "Text", cause })
///     }
///
///     fn decode(version: u64, code: Code, payload: &[u8]) -> Result<Self, DecodeError> {
///         match code {
///             Code(0) => {
///                 let mut fields = Fields::open("Text", payload)?;
///                 let text = fields.next("text")?;
///                 fields.finish()?;
///                 Ok(Self(text))
///             }
///             _ => Err(DecodeError::UnknownCode { protocol: Self::NAME, version, code }),
///         }
///     }
/// }
/// # let mut bytes = Vec::new();
/// # Text("bar".into()).encode(1, None, &mut bytes).unwrap();
/// # assert_eq!(Text::decode(1, Code(0), &bytes).unwrap().0, "bar");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protocol",
    note = "put `#[derive(Protocol)]` and `#[protocol(name = \"..\", version = 1)]` on the enum of its messages"
)]
pub trait Protocol: Sized + Send + Sync + 'static {
    /// The name of the capability: 1 to 8 bytes of ASCII.
    const NAME: &'static str;

    /// The versions spoken, at least one.
    const VERSIONS: &'static [Version];

    /// Every message with its code and versions. No two messages of one version have the same code.
    const MESSAGES: &'static [MessageInfo];

    /// This message's row of [`MESSAGES`](Self::MESSAGES).
    fn info(&self) -> &'static MessageInfo;

    /// This message's code.
    fn code(&self) -> Code {
        self.info().code
    }

    /// Whether a version has this message; `false` for a version that is not spoken.
    ///
    /// To find out what a peer understands, pass [`Peer::version`].
    fn is_in(&self, version: u64) -> bool {
        let spoken = Self::VERSIONS.iter().any(|row| row.number == version);
        spoken && self.info().is_in(version)
    }

    /// Appends this message's payload, one RLP item, to `out`.
    ///
    /// `version` is one of [`VERSIONS`](Self::VERSIONS). `id` is the first item of a request or a reply;
    /// notifications have none.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the message can't be put on the wire; `out` is then left unchanged.
    /// [`EncodeError::NotInVersion`] if the version lacks the message, which [`MessageInfo::check`]
    /// checks, and [`EncodeError::Request`] or [`EncodeError::Reply`] if an ID is missing, which
    /// [`MessageInfo::id`] checks.
    fn encode(
        &self,
        version: u64,
        id: Option<RequestId>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError>;

    /// Decodes the message that has this code in this version from its payload, which it must consume
    /// completely. The ID of a request or reply is skipped; [`RequestId::peek`] reads it.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] names the message and the field, and what is wrong with it.
    /// [`DecodeError::UnknownCode`] if the version has no message with this code.
    fn decode(version: u64, code: Code, payload: &[u8]) -> Result<Self, DecodeError>;

    /// Formats this message for a log: with `Debug` if the derive finds an implementation, otherwise just
    /// its name.
    ///
    /// # Errors
    ///
    /// Those of `f`.
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)
    }

    /// The name of the message that has this code in this version.
    fn name_of(version: u64, code: Code) -> Option<&'static str> {
        Self::MESSAGES
            .iter()
            .find(|row| row.code == code && row.is_in(version))
            .map(|row| row.name)
    }

    /// Serves this protocol with one handler, shared by all peers.
    ///
    /// The type of `handler` implements the derived handler trait. Its methods are called one
    /// after another for the same peer, and concurrently for different peers. While one runs, further
    /// messages from that peer wait; see [`Service::queue_size`]. Requests are the exception: each is handled
    /// as soon as it arrives, concurrently with the rest, up to [`Service::max_concurrent`].
    ///
    /// When the connection ends, the running method is dropped at the next await at which it has to wait, and
    /// `disconnected` is called. If this node ended the connection, waiting messages are no longer handled. If
    /// the peer ended it, with or without Disconnect, they are handled as long as no method has to wait.
    fn handled_by<H>(handler: H) -> Service<Self>
    where
        Self: HandledBy<H>,
    {
        Self::handled_by_shared(Self::shared(handler))
    }

    /// Like [`handled_by`](Self::handled_by), with a handler that the program keeps a pointer to.
    fn handled_by_shared(handler: Arc<Self::Handler>) -> Service<Self>
    where
        Self: Dispatch,
    {
        Service::new(move |_, inbox| {
            let accepted = inbox.handled_by_shared(handler.clone());
            Box::pin(std::future::ready(Ok(accepted)))
        })
    }

    /// Serves this protocol with one sequential function, called once for each peer.
    ///
    /// It gets the [`Peer`] to send to and the [`Inbox`] to receive from. When it returns, the
    /// connection ends: a protocol can't leave a connection that others keep using. When the
    /// connection ends, the function is dropped at its next await, so code after its loop may never
    /// run. When the server stops, the inbox ends; a function that is waiting for something else has
    /// until the server's `shutdown_timeout` to return.
    ///
    /// ```
    /// # use p2p::{Protocol, Service};
    /// # #[derive(Protocol)]
    /// # #[protocol(name = "foobar", version = 1)]
    /// # enum Message { Text(String) }
    /// let service: Service<Message> = Message::run(|peer, mut inbox| async move {
    ///     while let Ok(Message::Text(text)) = inbox.recv().await {
    ///         peer.send(Message::Text(format!("you said {text}"))).await?;
    ///     }
    ///     Ok(())
    /// });
    /// ```
    fn run<F, Fut>(run: F) -> Service<Self>
    where
        F: Fn(Peer<Self>, Inbox<Self>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result> + Send + 'static,
    {
        Service::new(move |peer, inbox| {
            let accepted = Accepted::running(Box::pin(run(peer, inbox)));
            Box::pin(std::future::ready(Ok(accepted)))
        })
    }

    /// Serves this protocol with a handler per peer, after an initial exchange of messages.
    ///
    /// `accept` is called for each peer. It may send and receive to find out whether to keep this
    /// peer, and then passes the inbox to the peer's handler with [`Inbox::handled_by`]. Until it
    /// returns, the peer is in no list of peers and gets no broadcasts. It has 5 seconds, or the time set
    /// with [`Service::handshake_timeout`]. Meanwhile only the function itself can answer the peer's
    /// requests. As it is called more than once, it clones what it captures before `async move`, as
    /// [here](crate::writing_a_protocol#before-messages-flow).
    ///
    /// ```
    /// use p2p::prelude::*;
    /// use p2p::DisconnectReason;
    ///
    /// #[derive(Debug, Protocol)]
    /// #[protocol(name = "chain", version = 1)]
    /// enum Message {
    ///     Status { genesis: [u8; 32], height: u64 },
    ///     Block(Vec<u8>),
    /// }
    ///
    /// /// One peer's handler.
    /// struct Follower {
    ///     height: u64,
    /// }
    ///
    /// #[async_trait]
    /// impl MessageHandler for Follower {
    ///     async fn status(&self, _: &Peer<Message>, _: [u8; 32], _: u64) -> p2p::Result {
    ///         Err("Status is the first message, and comes once".into())
    ///     }
    ///
    ///     async fn block(&self, peer: &Peer<Message>, block: Vec<u8>) -> p2p::Result {
    ///         println!("{} bytes from {peer}, which was at {}", block.len(), self.height);
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let service = Message::accepting(|peer, mut inbox| async move {
    ///     let genesis = [7; 32];
    ///     peer.send(Message::Status { genesis, height: 0 }).await?;
    ///     match inbox.recv().await? {
    ///         Message::Status { genesis: theirs, height } if theirs == genesis => {
    ///             Ok(inbox.handled_by(Follower { height }))
    ///         }
    ///         _ => Err(DisconnectReason::UselessPeer.into()),
    ///     }
    /// });
    /// # let _ = service;
    /// ```
    fn accepting<F, Fut>(accept: F) -> Service<Self>
    where
        F: Fn(Peer<Self>, Inbox<Self>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Accepted<Self>>> + Send + 'static,
    {
        Service::new(move |peer, inbox| Box::pin(accept(peer, inbox)))
    }
}

#[cfg(test)]
pub(crate) mod tests;
