//! The way to a node: where it is, whether it may be dialed there, and an open stream to it.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::admission::Origin;
use super::connect::Ends;
use super::core::{Core, now};
use super::stream::{AnyDialer, AnyStream};
use crate::driver::error::{ConnectError, Refusal};
use crate::driver::establish::Stream;
use crate::enode::{Enode, Host};
use crate::future::catch_panic;
use crate::identity::NodeId;
use crate::network::is_allowed;

impl Core {
    /// Opens a stream by the user's dialer.
    pub(super) async fn open_by(
        &self,
        dialer: &dyn AnyDialer,
        enode: &Enode,
    ) -> Result<Box<dyn AnyStream>, ConnectError> {
        let dial = catch_panic(dialer.dial(enode));
        let opened = match timeout(self.config.dial_timeout, dial).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(text)) => Err(io::Error::other(format!("it panicked: {text}"))),
            Err(_) => Err(ErrorKind::TimedOut.into()),
        };
        opened.map_err(|error| ConnectError::Dialer {
            host: format!("{}:{}", enode.host(), enode.tcp_port()),
            error: Arc::new(error),
        })
    }

    /// Opens a TCP connection to the first of these addresses where somebody listens, and notes the one
    /// that was tried last.
    pub(super) async fn open(
        &self,
        addresses: &[SocketAddr],
        reached: &mut Option<SocketAddr>,
    ) -> Result<(TcpStream, SocketAddr), ConnectError> {
        let connect = async |address| TcpStream::connect(address).await;
        let opened = open_first(addresses, self.config.dial_timeout, reached, connect).await;
        opened.map_err(|error| ConnectError::Dial {
            address: reached.unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into()),
            error: Arc::new(error),
        })
    }

    /// Where a node is. If the name of a static node can't be resolved now, this is where it was the last
    /// time, and the error.
    pub(super) async fn look_up(
        &self,
        enode: &Enode,
        origin: Origin,
    ) -> Result<(Vec<SocketAddr>, Option<ConnectError>), ConnectError> {
        let found = self.resolve(enode).await;
        if origin != Origin::Static || enode.ip().is_some() {
            return found.map(|addresses| (addresses, None));
        }
        let mut schedule = self.schedule();
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

    async fn resolve(&self, enode: &Enode) -> Result<Vec<SocketAddr>, ConnectError> {
        let port = enode.tcp_port();
        let name = match enode.host() {
            Host::Ip(ip) => return Ok(vec![SocketAddr::new(*ip, port)]),
            Host::Name(name) => name,
        };
        let look_up = async {
            #[cfg(test)]
            if let Some(names) = &self.parts.names {
                return names.look_up(name, port);
            }
            lookup_host((name.as_str(), port)).await.map(Vec::from_iter)
        };
        timeout(self.config.resolve_timeout, look_up)
            .await
            .unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
            .and_then(|found| match found.is_empty() {
                true => Err(ErrorKind::NotFound.into()),
                false => Ok(found),
            })
            .map_err(|error| ConnectError::Resolve {
                host: name.clone(),
                error: Arc::new(error),
            })
    }

    /// Those of a node's addresses at which it may be a peer.
    pub(super) fn allowed(
        &self,
        id: &NodeId,
        origin: Origin,
        mut addresses: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Refusal> {
        let mut refused = None;
        addresses.retain(
            |address| match self.check_address(id, origin, address.ip()) {
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

    pub(super) fn check_address(
        &self,
        id: &NodeId,
        origin: Origin,
        address: IpAddr,
    ) -> Result<(), Refusal> {
        match is_allowed(&self.config.net_restrict, address) {
            true => self.table().check(id, origin, Some(address)),
            false => Err(Refusal::Restricted { address }),
        }
    }
}

/// Opens a connection to the first of these addresses where that works, within this time. Each has an equal
/// share of what is left of it, so that one that says nothing does not use up all.
async fn open_first<S>(
    addresses: &[SocketAddr],
    time: Duration,
    reached: &mut Option<SocketAddr>,
    connect: impl AsyncFn(SocketAddr) -> io::Result<S>,
) -> io::Result<(S, SocketAddr)> {
    let begin = now();
    let mut failed = ErrorKind::NotFound.into();
    for (&address, count) in addresses.iter().zip((1..=addresses.len()).rev()) {
        *reached = Some(address);
        let left = time.saturating_sub(now() - begin);
        let share = left / u32::try_from(count).unwrap_or(u32::MAX);
        match timeout(share, connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, address)),
            Ok(Err(error)) => failed = error,
            Err(_) => failed = ErrorKind::TimedOut.into(),
        }
    }
    Err(failed)
}

/// An address as one writes it: a socket of both families tells an IPv4 address as one of IPv6.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        // It may have a scope.
        IpAddr::V6(_) => address,
    }
}

/// The two halves of a TCP connection, and its ends.
pub(super) fn tcp(
    stream: TcpStream,
    remote: SocketAddr,
    origin: Origin,
) -> (Ends, Stream<OwnedReadHalf, OwnedWriteHalf>) {
    // Frames are gathered before they are written; the kernel's waiting for more would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "could not set TCP_NODELAY");
    }
    let ends = Ends {
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
    (ends, stream)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// What comes of addresses at whose port nobody is (1), nothing is heard (2), or somebody is (3), and
    /// after how many seconds.
    async fn opened(ports: &[u16]) -> (Result<u16, ErrorKind>, u64) {
        let address = |port: &u16| SocketAddr::from(([127, 0, 0, 1], *port));
        let addresses: Vec<SocketAddr> = ports.iter().map(address).collect();
        let (start, mut reached) = (Instant::now(), None);
        let connect = async |address: SocketAddr| match address.port() {
            1 => Err(ErrorKind::ConnectionRefused.into()),
            2 => std::future::pending().await,
            _ => Ok(()),
        };
        let time = Duration::from_secs(15);
        let opened = open_first(&addresses, time, &mut reached, connect).await;
        assert_eq!(reached, addresses.last().copied());
        let opened = opened.map(|((), address)| address.port());
        (
            opened.map_err(|error| error.kind()),
            start.elapsed().as_secs(),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_says_nothing_leaves_time_for_those_behind_it() {
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
