//! The limits on peers: in total, by direction, and per address and subnet. The last keep the owner of a few
//! addresses from surrounding this node.

use std::net::IpAddr;

use crate::driver::error::Refusal;
use crate::network::{Network, Share, is_local};

/// How many peers there may be at a time, as returned by [`Server::limits`](crate::Server::limits).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerLimits {
    /// In total.
    pub peers: usize,
    /// Inbound.
    pub inbound: usize,
    /// Dialed because a source named them; 0 if there is no source. It does not include static nodes and those
    /// passed to [`Server::connect`](crate::Server::connect). At this number no more are dialed. There may be up
    /// to twice as many, because that many dials run at once, and all that succeed are kept.
    pub dialed: usize,
    /// Per address or subnet.
    pub addresses: AddressLimits,
}

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
    /// True if addresses of this machine and of private networks are limited too.
    pub local: bool,
}

impl Default for AddressLimits {
    fn default() -> Self {
        Self {
            peers_by_address: 5,
            peers_by_subnet: 10,
            pending_by_address: 10,
            pending_by_subnet: 20,
            ipv4_prefix: Share::IPV4_PREFIX,
            ipv6_prefix: Share::IPV6_PREFIX,
            local: false,
        }
    }
}

impl AddressLimits {
    /// Checks the limits for a peer at `ip` against the addresses of the other peers.
    pub(super) fn check_peer(
        &self,
        ip: IpAddr,
        peers: impl IntoIterator<Item = IpAddr>,
    ) -> Result<(), Refusal> {
        let share = self.share(self.peers_by_address, self.peers_by_subnet);
        match self.full(ip, share, peers) {
            Some((network, limit)) => Err(Refusal::TooManyNear { network, limit }),
            None => Ok(()),
        }
    }

    /// Checks the limits for a connection with `ip` against the addresses of the other pending ones.
    pub(super) fn check_pending(
        &self,
        ip: IpAddr,
        pending: impl IntoIterator<Item = IpAddr>,
    ) -> Result<(), Refusal> {
        let share = self.share(self.pending_by_address, self.pending_by_subnet);
        match self.full(ip, share, pending) {
            Some((network, limit)) => Err(Refusal::TooManyPending { network, limit }),
            None => Ok(()),
        }
    }

    fn share(&self, by_address: usize, by_subnet: usize) -> Share {
        Share {
            by_address,
            by_subnet,
            ipv4_prefix: self.ipv4_prefix,
            ipv6_prefix: self.ipv6_prefix,
        }
    }

    /// The address or the subnet that has no room beside these others, and its limit.
    fn full(
        &self,
        ip: IpAddr,
        share: Share,
        others: impl IntoIterator<Item = IpAddr>,
    ) -> Option<(Network, usize)> {
        if is_local(ip) && !self.local {
            None
        } else {
            share.full(ip, others)
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
    fn addresses_and_subnets_are_limited() {
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
    fn local_addresses_are_limited_only_on_request() {
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
