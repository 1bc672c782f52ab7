//! The way to a node: where it is, whether it may be dialed there, and an open stream to it.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::admission::Origin;
use super::connect::Ends;
use super::core::{Core, now};
use super::schedule::is_allowed;
use super::stream::{AnyDialer, AnyStream};
use crate::enode::{Enode, Host};
use crate::identity::NodeId;
use crate::peer::{ConnectError, Refusal, Stream};
use crate::protocol::catch_panic;

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
        let connect = async {
            let mut failed = ErrorKind::NotFound.into();
            for &address in addresses {
                *reached = Some(address);
                match TcpStream::connect(address).await {
                    Ok(stream) => return Ok((stream, address)),
                    Err(error) => failed = error,
                }
            }
            Err(failed)
        };
        let opened = timeout(self.config.dial_timeout, connect).await;
        let opened = opened.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
        opened.map_err(|error| ConnectError::Dial {
            address: reached.unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into()),
            error: Arc::new(error),
        })
    }

    pub(super) async fn resolve(&self, enode: &Enode) -> Result<Vec<SocketAddr>, ConnectError> {
        let port = enode.tcp_port();
        let name = match enode.host() {
            Host::Ip(ip) => return Ok(vec![SocketAddr::new(*ip, port)]),
            Host::Name(name) => name,
        };
        let look_up = lookup_host((name.as_str(), port));
        timeout(self.config.resolve_timeout, look_up)
            .await
            .unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
            .map(Vec::from_iter)
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
        remote: Some(remote),
        local: stream.local_addr().ok(),
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
