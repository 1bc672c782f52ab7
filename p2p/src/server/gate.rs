//! Checks on inbound connections by their address alone, before anything is read and any key is agreed on.

use std::collections::{HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::limits::AddressLimits;
use crate::driver::error::Refusal;
use crate::network::is_allowed;
use crate::network::{Network, is_local};
use crate::sync::lock;

/// The most addresses that are remembered, which takes a few MiB. Beyond it the oldest are forgotten.
const MAX_REMEMBERED: usize = 65_536;

/// IPv6 addresses that share this many leading bits count as one, because every host has a whole subnet. The /48
/// of the limits on peers would be too wide here: a hosting provider has many customers in one.
const IPV6_PREFIX: u8 = 64;

/// The rules for inbound addresses, the cheapest first.
#[derive(Debug)]
pub(super) struct Gate {
    /// The only networks that may connect; all if it is empty.
    restrict: Vec<Network>,
    throttle: Throttle,
    pending: Arc<PendingAddresses>,
}

impl Gate {
    /// Allows only these networks, one connection per address and `interval`, and as many pending ones as
    /// `limits` says.
    pub(super) fn new(restrict: Vec<Network>, interval: Duration, limits: AddressLimits) -> Self {
        Self {
            restrict,
            throttle: Throttle::new(interval),
            pending: Arc::new(PendingAddresses::new(limits)),
        }
    }

    /// Lets a connection from this address in. The caller drops the guard when the connection has become a peer
    /// or has failed.
    pub(super) fn enter(&mut self, address: IpAddr, now: Instant) -> Result<PendingGuard, Refusal> {
        if !is_allowed(&self.restrict, address) {
            return Err(Refusal::Restricted { address });
        }
        if !self.throttle.enter(address, now) {
            let interval = self.throttle.interval;
            return Err(Refusal::TooOften { address, interval });
        }
        self.pending.enter(address)
    }
}

/// Limits how often an address may connect. An IPv6 address counts as its subnet.
#[derive(Debug)]
struct Throttle {
    /// The time in which an address may connect once; 0 for no limit.
    interval: Duration,
    /// The addresses that have connected within the interval.
    recent: HashSet<Network>,
    /// The same addresses with the times of their connections, the oldest first.
    times: VecDeque<(Instant, Network)>,
}

impl Throttle {
    fn new(interval: Duration) -> Self {
        Self {
            interval,
            recent: HashSet::new(),
            times: VecDeque::new(),
        }
    }

    /// Records a connection and returns `true`, unless this address has connected within the interval. A refused
    /// connection does not restart the interval. Addresses of this machine and of private networks are exempt.
    fn enter(&mut self, ip: IpAddr, now: Instant) -> bool {
        let ip = ip.to_canonical();
        if self.interval.is_zero() || is_local(ip) {
            return true;
        }
        while let Some((then, old)) = self.times.front()
            && (now.saturating_duration_since(*then) >= self.interval
                || self.times.len() >= MAX_REMEMBERED)
        {
            self.recent.remove(old);
            self.times.pop_front();
        }
        let place = match ip {
            IpAddr::V4(_) => Network::around(ip, u8::MAX),
            IpAddr::V6(_) => Network::around(ip, IPV6_PREFIX),
        };
        let is_new = self.recent.insert(place);
        if is_new {
            self.times.push_back((now, place));
        }
        is_new
    }
}

/// The addresses of inbound connections that are not peers yet.
#[derive(Debug)]
struct PendingAddresses {
    limits: AddressLimits,
    addresses: Mutex<Vec<IpAddr>>,
}

/// Counts one connection as pending until it is dropped.
#[derive(Debug)]
pub(super) struct PendingGuard {
    pending: Arc<PendingAddresses>,
    ip: IpAddr,
}

impl PendingAddresses {
    fn new(limits: AddressLimits) -> Self {
        Self {
            limits,
            addresses: Mutex::default(),
        }
    }

    /// Counts a connection from this address, if the limits allow another one.
    fn enter(self: &Arc<Self>, ip: IpAddr) -> Result<PendingGuard, Refusal> {
        let mut addresses = lock(&self.addresses);
        self.limits.check_pending(ip, addresses.iter().copied())?;
        addresses.push(ip);
        drop(addresses);
        Ok(PendingGuard {
            pending: self.clone(),
            ip,
        })
    }
}

impl Drop for PendingGuard {
    fn drop(&mut self) {
        let mut addresses = lock(&self.pending.addresses);
        if let Some(index) = addresses.iter().position(|ip| *ip == self.ip) {
            addresses.swap_remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    const INTERVAL: Duration = Duration::from_secs(30);

    // TestServerInboundThrottle
    #[test]
    fn an_address_may_reconnect_after_the_interval() {
        let start = Instant::now();
        let mut throttle = Throttle::new(INTERVAL);
        let last = start + INTERVAL - Duration::from_millis(1);
        assert!(throttle.enter(ip("95.33.21.2"), start));
        assert!(!throttle.enter(ip("95.33.21.2"), start));
        assert!(throttle.enter(ip("95.33.21.3"), start));
        assert!(!throttle.enter(ip("::ffff:95.33.21.2"), last));
        assert!(throttle.enter(ip("95.33.21.2"), start + INTERVAL));
        assert!(!throttle.enter(ip("95.33.21.2"), start + INTERVAL));
    }

    #[test]
    fn an_ipv6_subnet_is_one_address() {
        let now = Instant::now();
        let mut throttle = Throttle::new(INTERVAL);
        assert!(throttle.enter(ip("2001:db8::1"), now));
        assert!(!throttle.enter(ip("2001:db8::2"), now));
        assert!(!throttle.enter(ip("2001:db8::ffff:0:0:1"), now));
        assert!(throttle.enter(ip("2001:db8:0:1::1"), now));
        assert_eq!((throttle.recent.len(), throttle.times.len()), (2, 2));
    }

    #[test]
    fn local_addresses_are_never_throttled() {
        let now = Instant::now();
        let mut throttle = Throttle::new(INTERVAL);
        for text in ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fd00::1"] {
            assert!(throttle.enter(ip(text), now) && throttle.enter(ip(text), now));
        }
        let mut open = Throttle::new(Duration::ZERO);
        assert!(open.enter(ip("95.33.21.2"), now) && open.enter(ip("95.33.21.2"), now));
    }

    #[test]
    fn the_oldest_addresses_are_forgotten() {
        let now = Instant::now();
        let mut throttle = Throttle::new(INTERVAL);
        for n in 0..=u32::try_from(MAX_REMEMBERED).expect("fits") {
            assert!(throttle.enter(IpAddr::V4((0x5f00_0000 + n).into()), now));
        }
        assert_eq!(
            (throttle.recent.len(), throttle.times.len()),
            (MAX_REMEMBERED, MAX_REMEMBERED)
        );
        assert!(throttle.enter(IpAddr::V4(0x5f00_0000.into()), now));
    }

    /// Two connections for an address, three for a subnet.
    fn pending() -> Arc<PendingAddresses> {
        Arc::new(PendingAddresses::new(AddressLimits {
            pending_by_address: 2,
            pending_by_subnet: 3,
            ..AddressLimits::default()
        }))
    }

    #[test]
    fn pending_connections_per_address_are_limited() {
        let pending = pending();
        let first = pending.enter(ip("192.0.2.1")).expect("a place");
        let _second = pending.enter(ip("::ffff:192.0.2.1")).expect("a place");
        assert!(pending.enter(ip("192.0.2.1")).is_err());
        drop(first);
        let _third = pending.enter(ip("192.0.2.1")).expect("a place again");
    }

    #[test]
    fn pending_connections_per_subnet_are_limited() {
        let pending = pending();
        let places = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(|text| pending.enter(ip(text)));
        assert!(places.iter().all(Result::is_ok));
        let network = "192.0.2.0/24".parse().expect("a network");
        let refusal = pending.enter(ip("192.0.2.4")).expect_err("full");
        assert_eq!(refusal, Refusal::TooManyPending { network, limit: 3 });
        pending.enter(ip("192.0.3.4")).expect("another subnet");
        drop(places);
        pending.enter(ip("192.0.2.4")).expect("a place again");
    }

    #[test]
    fn pending_local_connections_are_not_limited() {
        let pending = pending();
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
        ] {
            let places: Vec<_> = (0..5).map(|_| pending.enter(ip(text))).collect();
            assert!(places.iter().all(Result::is_ok), "{text}");
        }
    }

    #[test]
    fn a_dropped_guard_leaves_nothing_behind() {
        let pending = pending();
        drop(pending.enter(ip("192.0.2.1")));
        assert!(lock(&pending.addresses).is_empty());
    }

    #[test]
    fn rules_apply_from_cheap_to_expensive() {
        let start = Instant::now();
        let interval = Duration::from_secs(30);
        let network = "192.0.2.0/24".parse().expect("a network");
        let limits = AddressLimits {
            pending_by_address: 1,
            ..AddressLimits::default()
        };
        let mut gate = Gate::new(vec![network], interval, limits);
        let near = IpAddr::from([192, 0, 2, 1]);
        let far = IpAddr::from([192, 0, 3, 1]);
        let refusal = gate.enter(far, start).expect_err("another network");
        assert_eq!(refusal, Refusal::Restricted { address: far });
        let place = gate.enter(near, start).expect("a place");
        let refusal = gate.enter(near, start).expect_err("too soon");
        let address = near;
        assert_eq!(refusal, Refusal::TooOften { address, interval });
        let refusal = gate.enter(near, start + interval).expect_err("one");
        let network = Network::around(near, 32);
        assert_eq!(refusal, Refusal::TooManyPending { network, limit: 1 });
        drop(place);
        gate.enter(near, start + 2 * interval)
            .expect("a place again");
    }
}
