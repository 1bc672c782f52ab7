//! The settings that keep one address or subnet from taking up all slots for peers.

use super::Builder;

impl Builder {
    /// The maximum number of peers with the same IP address; 5 by default, at least 1.
    ///
    /// It applies to inbound peers and to nodes from sources; beyond it they are refused with "too many
    /// peers". Static nodes, trusted nodes and those passed to [`Server::connect`](crate::Server::connect)
    /// are exempt, but count. Addresses of this machine and of private networks are exempt, unless
    /// [`limit_local_addresses`](Self::limit_local_addresses) says otherwise. Raise it if many nodes connect
    /// from one address, for example from behind a proxy.
    pub fn max_peers_by_address(mut self, peers: usize) -> Self {
        self.config.addresses.peers_by_address = peers;
        self
    }

    /// The maximum number of peers in the same subnet; 10 by default, at least 1. The rules of
    /// [`max_peers_by_address`](Self::max_peers_by_address) apply. It keeps the owner of a subnet from
    /// surrounding this node.
    pub fn max_peers_by_subnet(mut self, peers: usize) -> Self {
        self.config.addresses.peers_by_subnet = peers;
        self
    }

    /// The maximum number of connections per address, in each direction, that are not peers yet; 10
    /// by default, at least 1. It keeps one address from taking all slots. Inbound connections beyond it are
    /// closed without a reason, because the node is not known yet; nodes from sources beyond it are not
    /// dialed.
    pub fn max_pending_by_address(mut self, connections: usize) -> Self {
        self.config.addresses.pending_by_address = connections;
        self
    }

    /// The maximum number of such connections per subnet; 20 by default, at least 1.
    pub fn max_pending_by_subnet(mut self, connections: usize) -> Self {
        self.config.addresses.pending_by_subnet = connections;
        self
    }

    /// How many leading bits the addresses of a subnet share: from 1 to 32 for IPv4, and from 1 to 128 for
    /// IPv6; 24 and 48 by default.
    pub fn subnet_prefixes(mut self, ipv4: u8, ipv6: u8) -> Self {
        self.config.addresses.ipv4_prefix = ipv4;
        self.config.addresses.ipv6_prefix = ipv6;
        self
    }

    /// Whether these limits also apply to addresses of this machine and of private networks; off by
    /// default. [`inbound_interval`](Self::inbound_interval) never applies to them.
    pub fn limit_local_addresses(mut self, limit: bool) -> Self {
        self.config.addresses.local = limit;
        self
    }
}
