//! Connections over something else than TCP, by a dialer of the user.

use std::fmt;
use std::io;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf, split};

use crate::enode::Enode;
use crate::peer::Stream;
use crate::protocol::{BoxFuture, Direction};

/// Opens streams to nodes in place of TCP: through a proxy, in memory, in a simulated network.
///
/// Given to [`Builder::dialer`](crate::Builder::dialer). Write `#[async_trait]` on the `impl`. For who is dialed,
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
/// A server without [`listen_addr`](crate::Builder::listen_addr) and with a dialer of its own needs no socket. All
/// that it waits for is timed by tokio's clock: dials and redials, handshakes, pings, bans, timeouts of requests. Under
/// `#[tokio::test(start_paused = true)]` a day of a network of such servers passes in a moment, and the same each time
/// where [`redial_jitter`](crate::Builder::redial_jitter) is 0. Only the times in a [`Record`](crate::Record), and all of
/// a [`NodeDatabase`](crate::NodeDatabase), are of the calendar.
#[async_trait]
pub trait Dialer: fmt::Debug + Send + Sync + 'static {
    /// What it opens.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Opens a stream to a node. If its host is a name, the dialer has to resolve it.
    ///
    /// The server drops the future when it stops, and after [`dial_timeout`](crate::Builder::dial_timeout).
    ///
    /// # Errors
    ///
    /// Why there is none, which becomes a [`ConnectError::Dialer`](crate::ConnectError::Dialer). A panic does too.
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
