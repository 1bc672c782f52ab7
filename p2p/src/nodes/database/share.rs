//! How many nodes are kept of one place on the network, so that nobody who holds a few addresses fills the
//! database with keys.

use crate::enode::Enode;
use crate::network::{Network, is_local};

/// How many leading bits the addresses of a subnet share. One who is given IPv6 addresses is often given
/// this many at once.
const SUBNET: (u8, u8) = (24, 48);

/// The most nodes that are kept of one address and of one subnet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    by_address: usize,
    by_subnet: usize,
}

/// Of nodes that never proved to be there.
pub(super) const CLAIMED: Share = Share {
    by_address: 4,
    by_subnet: 10,
};

/// Of nodes that proved to be there: as many as may be peers, unless set. Source: go-ethereum's
/// `p2p/discover`, `tableIPLimit`.
pub(super) const PROVEN: Share = Share {
    by_address: 5,
    by_subnet: 10,
};

impl Share {
    /// The address of a node and its subnet, each with the most nodes of it. Names have no place, and behind
    /// addresses of this machine and of private networks many nodes may be.
    pub(super) fn around(self, enode: &Enode) -> impl Iterator<Item = (Network, usize)> + use<> {
        let ip = enode.ip().filter(|ip| !is_local(*ip));
        ip.into_iter().flat_map(move |ip| {
            let ip = ip.to_canonical();
            let (v4, v6) = SUBNET;
            let prefix = if ip.is_ipv4() { v4 } else { v6 };
            [
                (Network::around(ip, u8::MAX), self.by_address),
                (Network::around(ip, prefix), self.by_subnet),
            ]
        })
    }
}

/// Whether a node's address is in a network.
pub(super) fn is_in(enode: &Enode, network: Network) -> bool {
    enode.ip().is_some_and(|ip| network.contains(ip))
}
