//! Inbound connections: the task that listens, and streams that the program passes to the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::admission::Origin;
use super::ambient::now;
use super::connect::{self, Connected};
use super::core::Core;
use super::handle::Server;
use super::stream::{StreamInfo, split_stream};
use super::tcp::{canonical, split_tcp};
use crate::connection::info::{Direction, PeerInfo};
use crate::driver::error::{ConnectError, Refusal};
use crate::identity::PublicKey;

/// The pause after the operating system fails to hand out a connection, usually because too many files are open.
const PAUSE: Duration = Duration::from_millis(200);

/// Takes connections from the listener until the server stops. At most `max_pending_peers` at a time are not
/// peers yet, and one more waits for a slot.
pub(super) async fn run(core: Arc<Core>, listener: TcpListener) {
    let listen = async {
        loop {
            let (stream, address) = match listener.accept().await {
                Ok((stream, address)) => (stream, canonical(address)),
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            core.counts.arrived();
            // Refused addresses are closed without Disconnect, which would need a handshake.
            let Ok(pending) = core.enter(address) else {
                continue;
            };
            // Acquired only now: while nobody connects, the slot is free for streams that the program passes in.
            // It fails only if the semaphore is closed, which it never is.
            let Ok(slot) = core.inbound_slots.clone().acquire_owned().await else {
                return;
            };
            let task = core.clone();
            // Boxed, so that the long-lived task does not reserve space for set-up.
            let connecting = Box::pin(async move {
                let (about, stream) = split_tcp(stream, address, Origin::Inbound);
                connect::inbound(&task, stream, about).await
            });
            core.spawn(async move {
                let connected = connecting.await;
                drop((slot, pending));
                if let Ok(Connected { run, .. }) = connected {
                    run.await;
                }
            });
        }
    };
    tokio::select! {
        () = listen => {}
        () = core.stopped() => {}
    }
}

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
        let core = self.core().clone();
        let from = from.map(canonical);
        let attempt = async move {
            let slot = tokio::select! {
                slot = core.inbound_slots.clone().acquire_owned() => slot,
                () = core.stopped() => return Err(Refusal::Stopping.into()),
            };
            let pending = match from {
                Some(from) => Some(core.enter(from)?),
                None => None,
            };
            let about = StreamInfo {
                remote: from,
                local: None,
                origin: Origin::Inbound,
                since: now(),
            };
            let stream = split_stream(stream, Direction::Inbound);
            let connected = connect::inbound(&core, stream, about).await;
            drop((slot, pending));
            connected
        };
        connect::settle(self.core(), attempt).await
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
        let core = self.core().clone();
        let key = *key;
        let attempt = async move {
            let about = StreamInfo {
                remote: to.map(canonical),
                local: None,
                origin: Origin::Opened,
                since: now(),
            };
            let stream = split_stream(stream, Direction::Outbound);
            connect::outbound(&core, stream, about, key).await
        };
        connect::settle(self.core(), attempt).await
    }
}
