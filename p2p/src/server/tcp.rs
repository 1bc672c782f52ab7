//! TCP connections: the addresses of a node, opening one, and its two halves.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::admission::Origin;
use super::ambient::now;
use super::core::Core;
use super::stream::StreamInfo;
use crate::driver::error::{ConnectError, Refusal};
use crate::driver::establish::Stream;
use crate::enode::{Enode, Host};
use crate::identity::NodeId;

/// Opens a connection to a node, at the first of its allowed addresses that answers. `tried` is set to the last
/// address tried.
pub(super) async fn connect(
    core: &Core,
    enode: &Enode,
    origin: Origin,
    tried: &mut Option<SocketAddr>,
) -> Result<(TcpStream, SocketAddr), ConnectError> {
    let id = enode.public_key().node_id();
    let (addresses, lookup_error) = look_up(core, enode, origin).await?;
    let addresses = allowed(core, &id, origin, addresses)?;
    let opened = open(core, &addresses, tried).await;
    opened.map_err(|error| lookup_error.unwrap_or(error))
}

/// Opens a connection to the first of these addresses that answers.
pub(super) async fn open(
    core: &Core,
    addresses: &[SocketAddr],
    tried: &mut Option<SocketAddr>,
) -> Result<(TcpStream, SocketAddr), ConnectError> {
    let connect = async |address| TcpStream::connect(address).await;
    let opened = open_first(addresses, core.config.dial_timeout, tried, connect).await;
    opened.map_err(|error| ConnectError::Dial {
        address: tried.unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into()),
        error: Arc::new(error),
    })
}

/// The addresses of a node. If the host name of a static node does not resolve now, they are the last known
/// ones, along with the error.
async fn look_up(
    core: &Core,
    enode: &Enode,
    origin: Origin,
) -> Result<(Vec<SocketAddr>, Option<ConnectError>), ConnectError> {
    let found = resolve(core, enode).await;
    if origin != Origin::Static || enode.ip().is_some() {
        return found.map(|addresses| (addresses, None));
    }
    let mut schedule = core.schedule();
    match found {
        Ok(addresses) => {
            schedule.keep_addresses(enode, &addresses);
            Ok((addresses, None))
        }
        Err(error) => {
            let addresses = schedule
                .last_addresses(enode)
                .ok_or_else(|| error.clone())?;
            tracing::debug!(%error, ?addresses, "dialing a static node where it was");
            Ok((addresses, Some(error)))
        }
    }
}

async fn resolve(core: &Core, enode: &Enode) -> Result<Vec<SocketAddr>, ConnectError> {
    let port = enode.tcp_port();
    let name = match enode.host() {
        Host::Ip(ip) => return Ok(vec![SocketAddr::new(*ip, port)]),
        Host::Name(name) => name,
    };
    let look_up = async {
        #[cfg(test)]
        if let Some(names) = &core.parts.names {
            return names.look_up(name, port);
        }
        lookup_host((name.as_str(), port)).await.map(Vec::from_iter)
    };
    let found = match timeout(core.config.resolve_timeout, look_up).await {
        Ok(Ok(found)) if found.is_empty() => Err(ErrorKind::NotFound.into()),
        Ok(found) => found,
        Err(_) => Err(ErrorKind::TimedOut.into()),
    };
    found.map_err(|error| ConnectError::Resolve {
        host: name.clone(),
        error: Arc::new(error),
    })
}

/// Keeps the addresses at which a node may become a peer. If there are none, returns the first refusal.
pub(super) fn allowed(
    core: &Core,
    id: &NodeId,
    origin: Origin,
    mut addresses: Vec<SocketAddr>,
) -> Result<Vec<SocketAddr>, Refusal> {
    let mut refused = None;
    addresses.retain(
        |address| match core.check_address(id, origin, address.ip()) {
            Ok(()) => true,
            Err(refusal) => {
                refused.get_or_insert(refusal);
                false
            }
        },
    );
    match refused.filter(|_| addresses.is_empty()) {
        Some(refusal) => Err(refusal),
        None => Ok(addresses),
    }
}

/// Opens a connection to the first of these addresses that answers, within a time limit. Each gets an equal share
/// of the time that is left, so that a silent one does not use it all.
async fn open_first<S>(
    addresses: &[SocketAddr],
    limit: Duration,
    tried: &mut Option<SocketAddr>,
    connect: impl AsyncFn(SocketAddr) -> io::Result<S>,
) -> io::Result<(S, SocketAddr)> {
    let start = now();
    let mut failed = ErrorKind::NotFound.into();
    for (&address, count) in addresses.iter().zip((1..=addresses.len()).rev()) {
        *tried = Some(address);
        let left = limit.saturating_sub(now() - start);
        let share = left / u32::try_from(count).unwrap_or(u32::MAX);
        match timeout(share, connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, address)),
            Ok(Err(error)) => failed = error,
            Err(_) => failed = ErrorKind::TimedOut.into(),
        }
    }
    Err(failed)
}

/// Turns an IPv4-mapped IPv6 address, as a listener of both families gives it, into the IPv4 address.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        // Unchanged, because it may have a scope.
        IpAddr::V6(_) => address,
    }
}

/// Splits a TCP connection into its halves.
pub(super) fn split_tcp(
    stream: TcpStream,
    remote: SocketAddr,
    origin: Origin,
) -> (StreamInfo, Stream<OwnedReadHalf, OwnedWriteHalf>) {
    // Frames are gathered before they are written. If the kernel gathered too, it would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "could not set TCP_NODELAY");
    }
    let about = StreamInfo {
        remote: Some(canonical(remote)),
        local: stream.local_addr().ok().map(canonical),
        origin,
        since: now(),
    };
    let (reader, writer) = stream.into_split();
    let stream = Stream {
        reader,
        writer,
        direction: origin.direction(),
    };
    (about, stream)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// Opens addresses whose port says what happens: refused (1), no answer (2) or opened (3). Returns the result
    /// and the seconds that it took.
    async fn opened(ports: &[u16]) -> (Result<u16, ErrorKind>, u64) {
        let address = |port: &u16| SocketAddr::from(([127, 0, 0, 1], *port));
        let addresses: Vec<SocketAddr> = ports.iter().map(address).collect();
        let start = Instant::now();
        let mut tried = None;
        let connect = async |address: SocketAddr| match address.port() {
            1 => Err(ErrorKind::ConnectionRefused.into()),
            2 => std::future::pending().await,
            _ => Ok(()),
        };
        let time = Duration::from_secs(15);
        let opened = open_first(&addresses, time, &mut tried, connect).await;
        assert_eq!(tried, addresses.last().copied());
        let opened = opened.map(|((), address)| address.port());
        (
            opened.map_err(|error| error.kind()),
            start.elapsed().as_secs(),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_address_leaves_time_for_the_next() {
        assert_eq!(opened(&[1, 3]).await, (Ok(3), 0));
        assert_eq!(opened(&[2, 3]).await, (Ok(3), 7));
        assert_eq!(opened(&[2, 2, 3]).await, (Ok(3), 10));
        assert_eq!(opened(&[1, 2]).await, (Err(ErrorKind::TimedOut), 15));
        assert_eq!(
            opened(&[2, 1]).await,
            (Err(ErrorKind::ConnectionRefused), 7)
        );
        assert_eq!(opened(&[]).await, (Err(ErrorKind::NotFound), 0));
    }
}
