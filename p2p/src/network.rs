//! A network in CIDR notation, for selecting addresses.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;

/// All addresses that start with the same bits, written `10.0.0.0/8` or `fd00::/8`.
///
/// A single address needs no length. An IPv4-mapped IPv6 address such as
/// `::ffff:10.0.0.1` is treated as the IPv4 address. Source: RFC 4632, "CIDR", and RFC 4291.
///
/// ```
/// use p2p::Network;
/// # fn main() -> Result<(), p2p::NetworkError> {
/// let private: Network = "192.168.0.0/16".parse()?;
/// assert!(private.contains([192, 168, 7, 7].into()));
/// assert!(!private.contains([192, 169, 0, 1].into()));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    /// The first address.
    address: IpAddr,
    /// How many leading bits all addresses share.
    length: u8,
}

impl Network {
    /// The network of all addresses that share this many leading bits with an address; if that is more bits
    /// than it has, only the address itself.
    pub fn around(address: IpAddr, length: u8) -> Self {
        match address.to_canonical() {
            ip @ IpAddr::V4(_) => Self::masked(ip, length.min(32)),
            ip @ IpAddr::V6(_) => Self::masked(ip, length.min(128)),
        }
    }

    /// The network of the first `length` bits of an address, which must have at least as many.
    fn masked(address: IpAddr, length: u8) -> Self {
        let address = match address {
            IpAddr::V4(ip) => {
                let mask = u32::MAX.checked_shl(u32::from(32 - length));
                IpAddr::V4((ip.to_bits() & mask.unwrap_or(0)).into())
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX.checked_shl(u32::from(128 - length));
                IpAddr::V6((ip.to_bits() & mask.unwrap_or(0)).into())
            }
        };
        Self { address, length }
    }

    /// Returns true if an address is in this network. An address of the other family never is.
    pub fn contains(&self, address: IpAddr) -> bool {
        shared_bits(self.address, address.to_canonical())
            .is_some_and(|shared| shared >= u32::from(self.length))
    }
}

/// Returns true if an address is in one of these networks, or if there are none, which allows every address.
pub(crate) fn is_allowed(networks: &[Network], ip: IpAddr) -> bool {
    networks.is_empty() || networks.iter().any(|network| network.contains(ip))
}

/// Returns true for an address of this machine or of a private network. Many nodes may share such an address.
pub(crate) fn is_local(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// How many leading bits two addresses of one family share.
fn shared_bits(one: IpAddr, other: IpAddr) -> Option<u32> {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            Some((one.to_bits() ^ other.to_bits()).leading_zeros())
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            Some((one.to_bits() ^ other.to_bits()).leading_zeros())
        }
        _ => None,
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        if text.contains(',') {
            return Err(NetworkError::List { text: text.into() });
        }
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_| NetworkError::Address { text: text.into() })?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => most,
            // `parse` would accept a sign.
            Some(digits) => digits
                .parse()
                .ok()
                .filter(|length| *length <= most && !digits.starts_with('+'))
                .ok_or_else(|| NetworkError::Length {
                    text: text.into(),
                    most,
                })?,
        };
        let network = Self::masked(address, length);
        if network.address != address {
            return Err(NetworkError::Rest {
                text: text.into(),
                network,
            });
        }
        Ok(network)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// Why a text is not a network.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetworkError {
    /// It does not start with an IP address.
    #[error("network {text:?}: write an IP address and a length, as 10.0.0.0/8 or fd00::/8")]
    Address {
        /// The text given.
        text: String,
    },
    /// The length is not a number, or longer than an address.
    #[error("network {text:?}: the length after the slash is a number from 0 to {most}")]
    Length {
        /// The text given.
        text: String,
        /// The bits of an address.
        most: u8,
    },
    /// There are several.
    #[error(
        "network {text:?}: this is a list: give each network by itself, as in --net-restrict 10.0.0.0/8 --net-restrict fd00::/8"
    )]
    List {
        /// The text given.
        text: String,
    },
    /// Bits beyond the length are set.
    #[error("network {text:?} has bits beyond its length: did you mean {network}?")]
    Rest {
        /// The text given.
        text: String,
        /// The network that holds the address.
        network: Network,
    },
}

/// The most nodes that may be near each other: at one address, and in its subnet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) by_address: usize,
    pub(crate) by_subnet: usize,
    /// How many leading bits the IPv4 addresses of a subnet share.
    pub(crate) ipv4_prefix: u8,
    /// How many leading bits the IPv6 addresses of a subnet share.
    pub(crate) ipv6_prefix: u8,
}

impl Share {
    /// The usual size of an IPv4 subnet.
    pub(crate) const IPV4_PREFIX: u8 = 24;

    /// The usual size of an IPv6 subnet: a host is often given this many addresses at once.
    pub(crate) const IPV6_PREFIX: u8 = 48;

    /// The address by itself and its subnet, each with the most nodes that may be in it.
    pub(crate) fn around(self, ip: IpAddr) -> [(Network, usize); 2] {
        let prefix = match ip.to_canonical() {
            IpAddr::V4(_) => self.ipv4_prefix,
            IpAddr::V6(_) => self.ipv6_prefix,
        };
        [
            (Network::around(ip, u8::MAX), self.by_address),
            (Network::around(ip, prefix), self.by_subnet),
        ]
    }

    /// The address or the subnet in which there is no room beside these other addresses, and its limit.
    pub(crate) fn full(
        self,
        ip: IpAddr,
        others: impl IntoIterator<Item = IpAddr>,
    ) -> Option<(Network, usize)> {
        let around = self.around(ip);
        let mut counts = [0; 2];
        for other in others {
            for ((network, _), count) in around.iter().zip(&mut counts) {
                *count += usize::from(network.contains(other));
            }
        }
        let mut counted = around.into_iter().zip(counts);
        let full = counted.find(|((_, limit), count)| count >= limit);
        full.map(|(network, _)| network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().expect("a network")
    }

    fn holds(text: &str, address: &str) -> bool {
        network(text).contains(address.parse().expect("an address"))
    }

    #[test]
    fn a_network_holds_the_addresses_that_share_its_bits() {
        for (text, inside, outside) in [
            ("127.0.2.0/24", "127.0.2.255", "127.0.3.0"),
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("fd00::/8", "fdff::1", "fe00::"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1", "2001:db8::2"),
        ] {
            assert!(holds(text, inside), "{text} {inside}");
            assert!(!holds(text, outside), "{text} {outside}");
        }
    }

    #[test]
    fn an_ipv4_address_in_ipv6_is_an_ipv4_address() {
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(!holds("::/0", "::ffff:10.1.2.3"));
    }

    #[test]
    fn the_network_around_an_address_shares_its_bits() {
        for (address, length, around) in [
            ("192.0.2.77", 24, "192.0.2.0/24"),
            ("192.0.2.77", 99, "192.0.2.77/32"),
            ("::ffff:192.0.2.77", 0, "0.0.0.0/0"),
            ("2001:db8::1:2:3:4", 64, "2001:db8::/64"),
            ("::1", 255, "::1/128"),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(Network::around(address, length).to_string(), around);
        }
    }

    #[test]
    fn a_network_reads_as_it_is_written() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "fd00::/8", "::/0", "::1/128"] {
            assert_eq!(network(text).to_string(), text);
        }
    }

    #[test]
    fn an_error_says_what_to_write() {
        let error = |text: &str| text.parse::<Network>().expect_err("none").to_string();
        assert!(error("home").contains("as 10.0.0.0/8"), "{}", error("home"));
        for text in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8"] {
            assert!(error(text).contains("from 0 to 32"), "{}", error(text));
        }
        let list = error("10.0.0.0/8,192.168.0.0/16");
        assert!(list.contains("each network by itself"), "{list}");
        assert!(error("fd00::/129").contains("from 0 to 128"));
        assert!(error("10.1.2.3/8").ends_with("did you mean 10.0.0.0/8?"));
        assert!(error("fd00::1/8").ends_with("did you mean fd00::/8?"));
    }
}
