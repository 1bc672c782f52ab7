//! Reading an enode URL, part by part.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

use super::{Enode, Host};
use crate::identity::KeyError;

/// What part of an enode URL is wrong, and how.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnodeError {
    /// It does not start with `enode://`.
    #[error("an enode URL begins with \"enode://\", this one with {found:?}")]
    Scheme {
        /// What it starts with, at most 16 characters.
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
    // `parse` would take a sign.
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}
