//! Connections over transports other than TCP, through the user's own dialer.

use std::fmt;
use std::io;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf, split};

use crate::enode::Enode;
use crate::peer::Stream;
use crate::protocol::{BoxFuture, Direction};

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
/// A server with its own dialer and without [`listen_addr`](crate::Builder::listen_addr) needs no socket. Everything
/// it waits for runs on tokio's clock: dials and redials, handshakes, pings, bans, request timeouts. Under
/// `#[tokio::test(start_paused = true)]` a day in a network of such servers passes in a moment, and is the same each
/// time if [`redial_jitter`](crate::Builder::redial_jitter) is 0. Only the times in a [`Record`](crate::Record) and in a
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
    /// The server drops the future when it stops, and after [`dial_timeout`](crate::Builder::dial_timeout).
    ///
    /// # Errors
    ///
    /// Why it failed. The error, or a panic, becomes a [`ConnectError::Dialer`](crate::ConnectError::Dialer).
    async fn dial(&self, node: &Enode) -> io::Result<Self::Stream>;
}

/// A [`Dialer`] of whatever stream.
pub(super) trait AnyDialer: fmt::Debug + Send + Sync {
    fn dial<'a>(&'a self, node: &'a Enode) -> BoxFuture<'a, io::Result<Box<dyn AnyStream>>>;
}

/// A stream of whatever kind.
pub(super) trait AnyStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> AnyStream for S {}

impl<D: Dialer> AnyDialer for D {
    fn dial<'a>(&'a self, node: &'a Enode) -> BoxFuture<'a, io::Result<Box<dyn AnyStream>>> {
        Box::pin(async move {
            let stream = Dialer::dial(self, node).await?;
            Ok(Box::new(stream) as Box<dyn AnyStream>)
        })
    }
}

/// The two halves of any stream. TCP has better ones.
pub(super) fn halves<S: AsyncRead + AsyncWrite>(
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
