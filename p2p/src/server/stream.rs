//! Streams: what is known about one, and those of transports other than TCP, through the user's own dialer.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf, split};
use tokio::time::timeout;

use super::admission::Origin;
use crate::connection::info::Direction;
use crate::driver::error::ConnectError;
use crate::driver::establish::Stream;
use crate::enode::Enode;
use crate::future::{BoxFuture, catch_panic};

/// Opens streams to nodes in place of TCP: through a proxy, in memory, in a simulated network.
///
/// Pass it to [`Builder::dialer`](crate::Builder::dialer). Put `#[async_trait]` on the `impl`. On the dialed node,
/// [`Server::accept`](crate::Server::accept) takes the other end of the stream.
///
/// ```
/// use std::io;
///
/// use p2p::{Dialer, Enode, async_trait};
/// use tokio::net::UnixStream;
///
/// /// Nodes of this machine, each at a socket that is named after its id.
/// #[derive(Debug)]
/// struct Sockets;
///
/// #[async_trait]
/// impl Dialer for Sockets {
///     type Stream = UnixStream;
///
///     async fn dial(&self, node: &Enode) -> io::Result<UnixStream> {
///         UnixStream::connect(format!("/run/nodes/{}", node.public_key().node_id())).await
///     }
/// }
/// ```
///
/// # Tests that take no time
///
/// A server with its own dialer and without [`listen_addr`](crate::Config::listen_addr) needs no socket. Everything
/// it waits for runs on tokio's clock: dials and redials, handshakes, pings, bans, request timeouts. Under
/// `#[tokio::test(start_paused = true)]` a day in a network of such servers passes in a moment, and is the same each
/// time if [`redial_jitter`](crate::Config::redial_jitter) is 0. Only the times in a [`Record`](crate::server::Record) and in a
/// `NodeDatabase` are wall-clock times.
/// [Several nodes in memory](crate::writing_a_protocol#several-nodes-in-memory) is such a test.
///
/// Unoptimized ciphers and hashes make tests fifteen to thirty times slower. In the Cargo.toml of your own workspace,
/// optimize dependencies in debug builds: `[profile.dev.package."*"]` with `opt-level = 2`.
#[async_trait]
pub trait Dialer: fmt::Debug + Send + Sync + 'static {
    /// The stream that it opens.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Opens a stream to a node. If its host is a name, the dialer has to resolve it.
    ///
    /// The server drops the future when it stops, and after [`dial_timeout`](crate::Config::dial_timeout).
    ///
    /// # Errors
    ///
    /// Why it failed. The error, or a panic, becomes a [`ConnectError::Dialer`](crate::ConnectError::Dialer).
    async fn dial(&self, node: &Enode) -> io::Result<Self::Stream>;
}

/// A [`Dialer`] with its type of stream erased.
pub(super) trait AnyDialer: fmt::Debug + Send + Sync {
    fn dial<'a>(&'a self, node: &'a Enode) -> BoxFuture<'a, io::Result<Box<dyn AnyStream>>>;
}

/// Any stream, for boxing.
pub(super) trait AnyStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> AnyStream for S {}

/// The half of a stream that is read.
///
/// The halves are type parameters up to the task that reads or writes, so that TCP, on the path of every message,
/// needs no dynamic call.
pub(super) trait Reads: AsyncRead + Send + Unpin + 'static {}

/// The half of a stream that is written.
pub(super) trait Writes: AsyncWrite + Send + Unpin + 'static {}

impl<R: AsyncRead + Send + Unpin + 'static> Reads for R {}

impl<W: AsyncWrite + Send + Unpin + 'static> Writes for W {}

/// The facts about a stream that was just opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamInfo {
    /// The address of the other end, if it has one.
    pub(super) remote: Option<SocketAddr>,
    /// This node's address on it, if it has one.
    pub(super) local: Option<SocketAddr>,
    pub(super) origin: Origin,
    /// When it was opened.
    pub(super) since: Instant,
}

impl<D: Dialer> AnyDialer for D {
    fn dial<'a>(&'a self, node: &'a Enode) -> BoxFuture<'a, io::Result<Box<dyn AnyStream>>> {
        Box::pin(async move {
            let stream = Dialer::dial(self, node).await?;
            Ok(Box::new(stream) as Box<dyn AnyStream>)
        })
    }
}

/// Opens a stream to a node with the user's dialer. A panic of the dialer is an error.
pub(super) async fn open(
    dialer: &dyn AnyDialer,
    enode: &Enode,
    limit: Duration,
) -> Result<Box<dyn AnyStream>, ConnectError> {
    let dial = catch_panic(dialer.dial(enode));
    let opened = match timeout(limit, dial).await {
        Ok(Ok(opened)) => opened,
        Ok(Err(text)) => Err(io::Error::other(format!("it panicked: {text}"))),
        Err(_) => Err(ErrorKind::TimedOut.into()),
    };
    opened.map_err(|error| ConnectError::Dialer {
        host: format!("{}:{}", enode.host(), enode.tcp_port()),
        error: Arc::new(error),
    })
}

/// Splits any stream into halves, which share a lock. TCP's own halves do without.
pub(super) fn split_stream<S: AsyncRead + AsyncWrite>(
    stream: S,
    direction: Direction,
) -> Stream<ReadHalf<S>, WriteHalf<S>> {
    let (reader, writer) = split(stream);
    Stream {
        reader,
        writer,
        direction,
    }
}
