//! The enode URL: a node's public key and the address where it listens.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use thiserror::Error;

use crate::identity::hex::KeyError;
use crate::identity::public_key::PublicKey;

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

/// The part of an enode URL that is wrong, and how.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnodeError {
    /// It does not start with `enode://`.
    #[error("an enode URL begins with \"enode://\", this one with {found:?}")]
    Scheme {
        /// Its first characters, at most 16.
        found: String,
    },
    /// There is no `@` between key and host.
    #[error("no \"@\" between the node's public key and its host; an address is needed")]
    NoKey,
    /// The key is invalid.
    #[error("the public key: {0}")]
    Key(#[from] KeyError),
    /// The host is neither an address nor a name.
    #[error("the host {0:?} is neither an IP address (IPv6 in brackets) nor a host name")]
    Host(String),
    /// There is no port.
    #[error("no port: write \"{host}:30303\"")]
    NoPort {
        /// The host as it was written.
        host: String,
    },
    /// The TCP port is not a number from 0 to 65535.
    #[error("the port {0:?} is not a number from 0 to 65535")]
    Port(String),
    /// The UDP port is not a number from 0 to 65535.
    #[error("the discport {0:?} is not a number from 0 to 65535")]
    DiscPort(String),
    /// A query parameter other than one `discport`.
    #[error("the query {0:?}: only \"discport=PORT\" is allowed, once")]
    Query(String),
    /// Something follows the port.
    #[error("the path {0:?}: an enode URL ends with its port or its query")]
    Path(String),
}

impl FromStr for Enode {
    type Err = EnodeError;

    fn from_str(url: &str) -> Result<Self, EnodeError> {
        let rest = url
            .strip_prefix("enode://")
            .ok_or_else(|| EnodeError::Scheme {
                found: url.chars().take(16).collect(),
            })?;
        let (key, rest) = rest.split_once('@').ok_or(EnodeError::NoKey)?;
        let public_key = key.parse()?;
        let (authority, query) = match rest.split_once('?') {
            Some((authority, query)) => (authority, Some(query)),
            None => (rest, None),
        };
        let (host, port) = split_port(authority)?;
        let host = parse_host(host)?;
        let tcp_port = parse_port(port).ok_or_else(|| EnodeError::Port(port.into()))?;
        let udp_port = match query {
            None => tcp_port,
            Some(query) => {
                let value = query
                    .strip_prefix("discport=")
                    .filter(|value| !value.contains(['&', '=']))
                    .ok_or_else(|| EnodeError::Query(query.into()))?;
                parse_port(value).ok_or_else(|| EnodeError::DiscPort(value.into()))?
            }
        };
        Ok(Self {
            public_key,
            host,
            tcp_port,
            udp_port,
        })
    }
}

/// Splits `host:port`, where the host may be an IPv6 address in brackets.
fn split_port(authority: &str) -> Result<(&str, &str), EnodeError> {
    if let Some(at) = authority.find('/') {
        return Err(EnodeError::Path(authority[at..].into()));
    }
    let colon = authority
        .rfind(':')
        .filter(|colon| !authority[*colon..].contains(']'))
        .ok_or_else(|| EnodeError::NoPort {
            host: authority.into(),
        })?;
    Ok((&authority[..colon], &authority[colon + 1..]))
}

fn parse_host(text: &str) -> Result<Host, EnodeError> {
    let bad = || EnodeError::Host(text.into());
    if let Some(inner) = text.strip_prefix('[') {
        let ip: Ipv6Addr = inner
            .strip_suffix(']')
            .and_then(|ip| ip.parse().ok())
            .ok_or_else(bad)?;
        return Ok(Host::Ip(ip.into()));
    }
    if let Ok(ip) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Ip(ip.into()));
    }
    let labels_are_good = text
        .strip_suffix('.')
        .unwrap_or(text)
        .split('.')
        .all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        });
    // A name that ends in a number is an IPv4 address with a mistake in it.
    let ends_in_number = text
        .rsplit('.')
        .next()
        .is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    if text.len() <= 253 && labels_are_good && !ends_in_number {
        Ok(Host::Name(text.into()))
    } else {
        Err(bad())
    }
}

fn parse_port(text: &str) -> Option<u16> {
    // `parse` would accept a sign.
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "1dd9d65c4552b5eb43d5ad55a2ee3f56c6cbc1c64a5c8d659f51fcd51bace24351232b8d7821617d2b29b54b81cdefb9b3e9c37d7fd5f63270bcc9e1a6f6a439";

    fn parse(rest: &str) -> Result<Enode, EnodeError> {
        format!("enode://{KEY}@{rest}").parse()
    }

    #[test]
    fn urls_come_back_as_they_were_written() {
        for rest in [
            "127.0.0.1:52150",
            "[2001:db8:3c4d:15::abcd:ef12]:52150",
            "[::]:52150?discport=22334",
            "node.example.org:30303",
            "127.0.0.1:0?discport=30301",
            "localhost:1",
        ] {
            let url = format!("enode://{KEY}@{rest}");
            assert_eq!(url.parse::<Enode>().expect(rest).to_string(), url);
        }
    }

    #[test]
    fn the_udp_port_is_the_tcp_port_unless_given() {
        let enode = parse("10.3.58.6:30303").expect("valid");
        assert_eq!((enode.tcp_port(), enode.udp_port()), (30303, 30303));
        let enode = parse("10.3.58.6:30303?discport=0").expect("valid");
        assert_eq!((enode.tcp_port(), enode.udp_port()), (30303, 0));
    }

    #[test]
    fn only_a_host_that_is_an_address_gives_one() {
        let enode = parse("[::1]:30303?discport=30301").expect("valid");
        assert_eq!(enode.ip(), Some(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])));
        let address = enode.tcp_addr().expect("an address");
        assert_eq!(address.to_string(), "[::1]:30303");
        let enode = parse("node.example.org:30303").expect("valid");
        assert_eq!((enode.ip(), enode.tcp_addr()), (None, None));
    }

    #[test]
    fn an_error_names_the_part_that_is_wrong() {
        type E = EnodeError;
        type Expected = fn(&E) -> bool;
        let cases: [(&str, Expected); 16] = [
            ("127.0.0.1", |e| matches!(e, E::NoPort { .. })),
            ("[::1]", |e| matches!(e, E::NoPort { .. })),
            ("127.0.0.1:", |e| matches!(e, E::Port(_))),
            ("127.0.0.1:foo", |e| matches!(e, E::Port(_))),
            ("127.0.0.1:+1", |e| matches!(e, E::Port(_))),
            ("127.0.0.1:65536", |e| matches!(e, E::Port(_))),
            ("127.0.0.1:3?discport=foo", |e| matches!(e, E::DiscPort(_))),
            ("127.0.0.1:3?discport=", |e| matches!(e, E::DiscPort(_))),
            ("127.0.0.1:3?discport=3&discport=4", |e| {
                matches!(e, E::Query(_))
            }),
            ("127.0.0.1:3?port=3", |e| matches!(e, E::Query(_))),
            ("127.0.0.1:3/path", |e| matches!(e, E::Path(_))),
            ("127.0.0.256:3", |e| matches!(e, E::Host(_))),
            ("[127.0.0.1]:3", |e| matches!(e, E::Host(_))),
            ("2001:db8::1:3", |e| matches!(e, E::Host(_))),
            (":3", |e| matches!(e, E::Host(_))),
            ("a b:3", |e| matches!(e, E::Host(_))),
        ];
        for (rest, expected) in cases {
            let error = parse(rest).expect_err(rest);
            assert!(expected(&error), "{rest}: {error:?}");
        }
    }

    #[test]
    fn a_wrong_scheme_or_key_is_named() {
        let error = "http://foobar".parse::<Enode>().expect_err("scheme");
        assert_eq!(
            error.to_string(),
            "an enode URL begins with \"enode://\", this one with \"http://foobar\""
        );
        assert_eq!("enode://1234".parse::<Enode>(), Err(EnodeError::NoKey));
        assert!(
            EnodeError::NoKey
                .to_string()
                .ends_with("; an address is needed")
        );
        let error = "enode://01010101@127.0.0.1:3"
            .parse::<Enode>()
            .expect_err("key");
        assert_eq!(
            error.to_string(),
            "the public key: a key of 128 hex digits was expected, 8 characters came"
        );
        let off_curve = format!("enode://{}@127.0.0.1:3", "1".repeat(128));
        assert_eq!(
            off_curve.parse::<Enode>(),
            Err(EnodeError::Key(KeyError::Point))
        );
    }
}
