//! How many connections may be under way to become peers: in all, and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connections that have been accepted and are not peers yet, by address.
#[derive(Debug)]
pub(super) struct Pending {
    limit: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection's place among them.
#[derive(Debug)]
pub(super) struct PendingPlace {
    pending: Arc<Pending>,
    ip: IpAddr,
}

impl Pending {
    /// At most `limit` from one address that is neither of this machine nor of a private network.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            counts: Mutex::default(),
        }
    }

    /// A place for a connection from this address, if there is one.
    pub(super) fn enter(self: &Arc<Self>, ip: IpAddr) -> Option<PendingPlace> {
        let ip = ip.to_canonical();
        let mut counts = self.counts();
        let count = counts.entry(ip).or_default();
        if *count >= self.limit && !is_local(ip) {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(PendingPlace {
            pending: self.clone(),
            ip,
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PendingPlace {
    fn drop(&mut self) {
        let mut counts = self.pending.counts();
        if let Some(count) = counts.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.ip);
            }
        }
    }
}

/// Whether an address is of this machine or of a private network, behind which many nodes may be.
pub(super) fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_address_takes_up_no_more_places_than_its_share() {
        let pending = Arc::new(Pending::new(2));
        let first = pending.enter(ip("192.0.2.1")).expect("a place");
        let _second = pending.enter(ip("::ffff:192.0.2.1")).expect("a place");
        assert!(pending.enter(ip("192.0.2.1")).is_none());
        let _other = pending.enter(ip("192.0.2.2")).expect("another address");
        drop(first);
        let _third = pending.enter(ip("192.0.2.1")).expect("a place again");
    }

    #[test]
    fn neighbours_are_not_limited() {
        let pending = Arc::new(Pending::new(1));
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
        ] {
            let places: Vec<_> = (0..5).map(|_| pending.enter(ip(text))).collect();
            assert!(places.iter().all(Option::is_some), "{text}");
        }
    }

    #[test]
    fn nothing_is_kept_of_those_who_left() {
        let pending = Arc::new(Pending::new(1));
        drop(pending.enter(ip("192.0.2.1")));
        assert!(pending.counts().is_empty());
    }
}
