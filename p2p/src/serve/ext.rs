//! How a protocol is served: with a handler, with a handler for each peer, or with a function.

use std::sync::Arc;

use super::dispatch::{Dispatch, HandledBy};
use super::handling::Accepted;
use super::inbox::Inbox;
use super::peer::Peer;
use super::service::Service;
use crate::connection::handler_error::Result;
use crate::protocol::Protocol;

/// Methods of every [`Protocol`] that say how it is served. They come with `use p2p::prelude::*`.
///
/// Each returns a [`Service`], which is given to a server, a node or a [pipe](Service::pipe).
pub trait ServeExt: Protocol {
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
    /// until the server's `Config::shutdown_timeout` to return.
    ///
    /// ```
    /// # use p2p::{Protocol, ServeExt, Service};
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

impl<P: Protocol> ServeExt for P {}
