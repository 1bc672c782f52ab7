//! The settings that keep one place on the network from taking up all places for peers.

use super::Builder;

impl Builder {
    /// The most peers with one IP address; 5 unless set, at least 1.
    ///
    /// Peers that have connected and those that sources named are held to it, and told that there are too
    /// many peers. Static nodes, trusted ones and those given to [`Server::connect`](crate::Server::connect)
    /// are not, but count. Addresses of this machine and of private networks are exempt, unless
    /// [`limit_local_addresses`](Self::limit_local_addresses) says otherwise. Raise it where many nodes come
    /// from one address, as behind a proxy.
    pub fn max_peers_by_address(mut self, peers: usize) -> Self {
        self.config.addresses.peers_by_address = peers;
        self
    }

    /// The most peers with addresses of one subnet; 10 unless set, at least 1. As
    /// [`max_peers_by_address`](Self::max_peers_by_address): somebody who owns a subnet must not surround
    /// this node.
    pub fn max_peers_by_subnet(mut self, peers: usize) -> Self {
        self.config.addresses.peers_by_subnet = peers;
        self
    }

    /// The most connections at a time, in each direction, with one address that are not peers yet; 10
    /// unless set, at least 1. One address must not take all the places. Whoever connects beyond it is
    /// closed without a word, because who it is is not known yet; nodes that sources name beyond it are not
    /// dialed.
    pub fn max_pending_by_address(mut self, connections: usize) -> Self {
        self.config.addresses.pending_by_address = connections;
        self
    }

    /// The most such connections at a time with addresses of one subnet; 20 unless set, at least 1.
    pub fn max_pending_by_subnet(mut self, connections: usize) -> Self {
        self.config.addresses.pending_by_subnet = connections;
        self
    }

    /// How many leading bits the addresses of a subnet share: of IPv4, from 1 to 32, and of IPv6, from 1
    /// to 128; 24 and 64 unless set.
    pub fn subnet_prefixes(mut self, ipv4: u8, ipv6: u8) -> Self {
        self.config.addresses.ipv4_prefix = ipv4;
        self.config.addresses.ipv6_prefix = ipv6;
        self
    }

    /// Whether addresses of this machine and of private networks are held to these limits too; no unless
    /// set. [`inbound_interval`](Self::inbound_interval) spares them in any case.
    pub fn limit_local_addresses(mut self, limit: bool) -> Self {
        self.config.addresses.local = limit;
        self
    }
}
