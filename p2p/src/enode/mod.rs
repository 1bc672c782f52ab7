//! The enode URL: a node's public key and where it listens.

mod parse;

use std::fmt;
use std::net::{IpAddr, SocketAddr};

pub use parse::EnodeError;

use crate::identity::PublicKey;

/// A node's public key, host and ports, written `enode://KEY@HOST:TCP?discport=UDP`.
///
/// The host is an IPv4 address, an IPv6 address in brackets, or a name that is resolved when the node is
/// dialed. Without `discport` the UDP port equals the TCP port. Source: `enr.md` and go-ethereum's
/// `enode.ParseV4`.
///
/// ```
/// use p2p::Enode;
/// # fn main() -> Result<(), p2p::EnodeError> {
/// let url = format!(
///     "enode://{}@[::1]:30303?discport=30301",
///     p2p::NodeKey::random().public_key(),
/// );
/// let enode: Enode = url.parse()?;
/// assert_eq!((enode.tcp_port(), enode.udp_port()), (30303, 30301));
/// assert_eq!(enode.to_string(), url);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Enode {
    public_key: PublicKey,
    host: Host,
    tcp_port: u16,
    udp_port: u16,
}

/// Where a node is: an IP address or a host name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    /// An IPv4 or IPv6 address.
    Ip(IpAddr),
    /// A DNS name: at most 253 bytes of letters, digits, hyphens and dots.
    Name(String),
}

impl Enode {
    /// A node that listens at `address` for TCP, and on the same port for UDP.
    pub fn new(public_key: PublicKey, address: SocketAddr) -> Self {
        Self {
            public_key,
            host: Host::Ip(address.ip()),
            tcp_port: address.port(),
            udp_port: address.port(),
        }
    }

    /// The same node with another UDP port, for discovery.
    #[must_use]
    pub fn with_udp_port(mut self, port: u16) -> Self {
        self.udp_port = port;
        self
    }

    /// The node's public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Where the node is.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The node's IP address; `None` if its host is a name.
    pub fn ip(&self) -> Option<IpAddr> {
        match self.host {
            Host::Ip(ip) => Some(ip),
            Host::Name(_) => None,
        }
    }

    /// The address and port of RLPx; `None` if the node's host is a name.
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        Some(SocketAddr::new(self.ip()?, self.tcp_port))
    }

    /// The port of RLPx.
    pub fn tcp_port(&self) -> u16 {
        self.tcp_port
    }

    /// The port of discovery.
    pub fn udp_port(&self) -> u16 {
        self.udp_port
    }
}

/// As in a URL: an IPv6 address is in brackets. To open a socket, print host and port together, or match on the
/// host.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = *p2p::NodeKey::from_bytes(&[7; 32])?.public_key();
/// let enode = p2p::Enode::new(key, "[::1]:30303".parse()?);
/// assert_eq!(enode.host().to_string(), "[::1]");
/// assert_eq!(format!("{}:{}", enode.host(), enode.tcp_port()), "[::1]:30303");
/// # Ok(())
/// # }
/// ```
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip)) => write!(f, "{ip}"),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Enode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "enode://{}@{}:{}",
            self.public_key, self.host, self.tcp_port
        )?;
        if self.udp_port != self.tcp_port {
            write!(f, "?discport={}", self.udp_port)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Enode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
