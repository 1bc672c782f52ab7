//! Streams that the program has opened or accepted itself, passed to a server.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};

use super::Server;
use super::admission::Origin;
use super::connect::Ends;
use super::core::now;
use super::open::canonical;
use super::stream::halves;
use crate::connection::info::{Direction, PeerInfo};
use crate::driver::error::{ConnectError, Refusal};
use crate::identity::PublicKey;

impl Server {
    /// Takes a stream that somebody has opened to this node, as if it had arrived at
    /// [`listen_addr`](crate::Config::listen_addr), and waits until the other end is a peer that
    /// every protocol has accepted.
    ///
    /// The same admission rules apply. Those about addresses apply if `from` is given, which becomes
    /// [`PeerInfo::remote_addr`].
    ///
    /// ```
    /// # async fn take(server: &p2p::Server, at: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = tokio::net::UnixListener::bind(at)?;
    /// loop {
    ///     let (stream, _) = listener.accept().await?;
    ///     let server = server.clone();
    ///     tokio::spawn(async move {
    ///         if let Err(error) = server.accept(stream, None).await {
    ///             println!("no peer: {error}");
    ///         }
    ///     });
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A [`ConnectError`] that says why it did not become a peer.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the attempt goes on.
    pub async fn accept<S>(
        &self,
        stream: S,
        from: Option<SocketAddr>,
    ) -> Result<PeerInfo, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (core, from) = (self.core().clone(), from.map(canonical));
        let attempt = async move {
            let slot = tokio::select! {
                slot = core.pending.clone().acquire_owned() => slot,
                () = core.stopped() => return Err(Refusal::Stopping.into()),
            };
            let place = match from {
                Some(from) => Some(core.enter(from)?),
                None => None,
            };
            let ends = Ends {
                remote: from,
                local: None,
                origin: Origin::Inbound,
                since: now(),
            };
            let stream = halves(stream, Direction::Inbound);
            let accepted = core.accepted(stream, ends).await;
            drop((slot, place));
            accepted
        };
        self.core().settle(attempt).await
    }

    /// Takes a stream that the program has opened to the node with this key, as if this server had dialed
    /// it, and waits until that node is a peer that every protocol has accepted.
    ///
    /// The admission rules of [`connect`](Self::connect) apply. `to` becomes [`PeerInfo::remote_addr`].
    ///
    /// # Errors
    ///
    /// A [`ConnectError`] that says why it did not become a peer.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the attempt goes on.
    pub async fn connect_over<S>(
        &self,
        stream: S,
        key: &PublicKey,
        to: Option<SocketAddr>,
    ) -> Result<PeerInfo, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (core, key) = (self.core().clone(), *key);
        let attempt = async move {
            let ends = Ends {
                remote: to.map(canonical),
                local: None,
                origin: Origin::Opened,
                since: now(),
            };
            let stream = halves(stream, Direction::Outbound);
            core.dialed(stream, ends, key).await
        };
        self.core().settle(attempt).await
    }
}
