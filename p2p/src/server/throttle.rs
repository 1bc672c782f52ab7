//! How often somebody may connect from one place on the network.

use std::collections::{HashSet, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::network::{Network, is_local};

/// The most places that are remembered: some MiB. Beyond it the oldest are forgotten.
const MOST: usize = 65_536;

/// How many leading bits of IPv6 addresses make them one. Whole subnets, as for peers, would be too much: in the /48 of a
/// hosting provider are many of its customers.
const IPV6_PREFIX: u8 = 64;

/// From where somebody has connected a short while ago: an IPv4 address, or a subnet of IPv6, of which
/// anybody has a whole one.
#[derive(Debug)]
pub(super) struct Throttle {
    interval: Duration,
    places: HashSet<Network>,
    /// The same, with their times, in order.
    times: VecDeque<(Instant, Network)>,
}

impl Throttle {
    /// At most one connection in this time; 0 is no limit.
    pub(super) fn new(interval: Duration) -> Self {
        Self {
            interval,
            places: HashSet::new(),
            times: VecDeque::new(),
        }
    }

    /// Whether a connection from this address may go on. Addresses of this machine and of private
    /// networks always may. One that may not does not begin the time anew.
    pub(super) fn enter(&mut self, ip: IpAddr, now: Instant) -> bool {
        let ip = ip.to_canonical();
        if self.interval.is_zero() || is_local(ip) {
            return true;
        }
        while let Some((then, old)) = self.times.front()
            && (now.saturating_duration_since(*then) >= self.interval || self.times.len() >= MOST)
        {
            self.places.remove(old);
            self.times.pop_front();
        }
        let place = match ip {
            IpAddr::V4(_) => Network::around(ip, u8::MAX),
            IpAddr::V6(_) => Network::around(ip, IPV6_PREFIX),
        };
        let is_new = self.places.insert(place);
        if is_new {
            self.times.push_back((now, place));
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(30);

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    // TestServerInboundThrottle
    #[test]
    fn an_address_may_come_back_only_after_its_time() {
        let (start, mut throttle) = (Instant::now(), Throttle::new(INTERVAL));
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
        let (now, mut throttle) = (Instant::now(), Throttle::new(INTERVAL));
        assert!(throttle.enter(ip("2001:db8::1"), now));
        assert!(!throttle.enter(ip("2001:db8::2"), now));
        assert!(!throttle.enter(ip("2001:db8::ffff:0:0:1"), now));
        assert!(throttle.enter(ip("2001:db8:0:1::1"), now));
        assert_eq!((throttle.places.len(), throttle.times.len()), (2, 2));
    }

    #[test]
    fn neighbours_may_always_come_and_everyone_if_there_is_no_interval() {
        let (now, mut throttle) = (Instant::now(), Throttle::new(INTERVAL));
        for text in ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fd00::1"] {
            assert!(throttle.enter(ip(text), now) && throttle.enter(ip(text), now));
        }
        let mut open = Throttle::new(Duration::ZERO);
        assert!(open.enter(ip("95.33.21.2"), now) && open.enter(ip("95.33.21.2"), now));
    }

    #[test]
    fn the_oldest_are_forgotten_beyond_a_bound() {
        let (now, mut throttle) = (Instant::now(), Throttle::new(INTERVAL));
        for n in 0..=u32::try_from(MOST).expect("fits") {
            assert!(throttle.enter(IpAddr::V4((0x5f00_0000 + n).into()), now));
        }
        assert_eq!((throttle.places.len(), throttle.times.len()), (MOST, MOST));
        assert!(throttle.enter(IpAddr::V4(0x5f00_0000.into()), now));
    }
}
