//! How many connections may come from the same place on the network, so that nobody who holds a few
//! addresses surrounds this node.

use std::net::IpAddr;

use crate::driver::error::Refusal;
use crate::network::{Network, is_local};

/// How many peers, and how many connections that are not peers yet, may share an address or a subnet.
///
/// Set it with [`Config::max_peers_by_address`](crate::Config::max_peers_by_address) and the related fields;
/// read it back with [`Server::limits`](crate::Server::limits).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressLimits {
    /// Peers per address.
    pub peers_by_address: usize,
    /// Peers per subnet.
    pub peers_by_subnet: usize,
    /// Connections per address that are not peers yet, in each direction.
    pub pending_by_address: usize,
    /// Connections per subnet that are not peers yet, in each direction.
    pub pending_by_subnet: usize,
    /// How many leading bits the IPv4 addresses of a subnet share.
    pub ipv4_prefix: u8,
    /// How many leading bits the IPv6 addresses of a subnet share.
    pub ipv6_prefix: u8,
    /// Whether addresses of this machine and of private networks are limited too.
    pub local: bool,
}

impl Default for AddressLimits {
    fn default() -> Self {
        Self {
            peers_by_address: 5,
            peers_by_subnet: 10,
            pending_by_address: 10,
            pending_by_subnet: 20,
            ipv4_prefix: 24,
            // Hosts are given up to this much.
            ipv6_prefix: 48,
            local: false,
        }
    }
}

impl AddressLimits {
    /// Whether there may be another peer with this address, beside those with these.
    pub(super) fn check_peer(
        &self,
        ip: IpAddr,
        peers: impl IntoIterator<Item = IpAddr>,
    ) -> Result<(), Refusal> {
        let limits = (self.peers_by_address, self.peers_by_subnet);
        match self.full(ip, limits, peers) {
            Some((network, limit)) => Err(Refusal::TooManyNear { network, limit }),
            None => Ok(()),
        }
    }

    /// Whether another connection with this address may begin, beside those with these.
    pub(super) fn check_pending(
        &self,
        ip: IpAddr,
        pending: impl IntoIterator<Item = IpAddr>,
    ) -> Result<(), Refusal> {
        let limits = (self.pending_by_address, self.pending_by_subnet);
        match self.full(ip, limits, pending) {
            Some((network, limit)) => Err(Refusal::TooManyPending { network, limit }),
            None => Ok(()),
        }
    }

    /// The address or its subnet, if there are as many others in it as these two limits say.
    fn full(
        &self,
        ip: IpAddr,
        (by_address, by_subnet): (usize, usize),
        others: impl IntoIterator<Item = IpAddr>,
    ) -> Option<(Network, usize)> {
        if is_local(ip) && !self.local {
            return None;
        }
        let address = Network::around(ip, u8::MAX);
        let subnet = Network::around(
            ip,
            match ip.to_canonical() {
                IpAddr::V4(_) => self.ipv4_prefix,
                IpAddr::V6(_) => self.ipv6_prefix,
            },
        );
        let (mut at_address, mut in_subnet) = (0, 0);
        for other in others {
            at_address += usize::from(address.contains(other));
            in_subnet += usize::from(subnet.contains(other));
        }
        if at_address >= by_address {
            Some((address, by_address))
        } else if in_subnet >= by_subnet {
            Some((subnet, by_subnet))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn limits() -> AddressLimits {
        AddressLimits {
            peers_by_address: 1,
            peers_by_subnet: 2,
            ..AddressLimits::default()
        }
    }

    fn refusal(network: &str, limit: usize) -> Result<(), Refusal> {
        let network = network.parse().expect("a network");
        Err(Refusal::TooManyNear { network, limit })
    }

    #[test]
    fn an_address_and_its_subnet_have_only_their_share_of_the_peers() {
        let peers = ["192.0.2.1", "::ffff:192.0.2.2", "2001:db8::1"].map(ip);
        let check = |text: &str| limits().check_peer(ip(text), peers);
        assert_eq!(check("192.0.2.2"), refusal("192.0.2.2/32", 1));
        assert_eq!(check("::ffff:192.0.2.1"), refusal("192.0.2.1/32", 1));
        assert_eq!(check("192.0.2.3"), refusal("192.0.2.0/24", 2));
        assert_eq!(check("192.0.3.3"), Ok(()));
        assert_eq!(check("2001:db8::1"), refusal("2001:db8::1/128", 1));
        assert_eq!(check("2001:db8::2"), Ok(()));
        let more = [ip("2001:db8::2"), ip("2001:db8:0:3::")];
        let peers = peers.into_iter().chain(more);
        assert_eq!(
            limits().check_peer(ip("2001:db8::4"), peers),
            refusal("2001:db8::/48", 2)
        );
    }

    #[test]
    fn a_subnet_is_as_wide_as_its_prefix() {
        let wide = AddressLimits {
            ipv4_prefix: 16,
            ipv6_prefix: 48,
            ..limits()
        };
        let peers = ["192.0.2.1", "192.0.3.1", "2001:db8::1", "2001:db8:0:9::1"].map(ip);
        let check = |text: &str| wide.check_peer(ip(text), peers);
        assert_eq!(check("192.0.4.1"), refusal("192.0.0.0/16", 2));
        assert_eq!(check("2001:db8:0:7::1"), refusal("2001:db8::/48", 2));
        assert_eq!(check("2001:db8:1::1"), Ok(()));
    }

    #[test]
    fn neighbours_are_limited_only_when_asked_for() {
        for text in ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fd00::1"] {
            let check = |limits: AddressLimits| limits.check_peer(ip(text), [ip(text)]);
            assert_eq!(check(limits()), Ok(()), "{text}");
            let local = AddressLimits {
                local: true,
                ..limits()
            };
            assert!(check(local).is_err(), "{text}");
        }
    }
}
