//! The connections that are under way to become peers, by address.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::addresses::AddressLimits;
use crate::driver::error::Refusal;

/// The addresses of connections that have been accepted and are not peers yet.
#[derive(Debug)]
pub(super) struct Pending {
    limits: AddressLimits,
    addresses: Mutex<Vec<IpAddr>>,
}

/// One connection's place among them.
#[derive(Debug)]
pub(super) struct PendingPlace {
    pending: Arc<Pending>,
    ip: IpAddr,
}

impl Pending {
    pub(super) fn new(limits: AddressLimits) -> Self {
        Self {
            limits,
            addresses: Mutex::default(),
        }
    }

    /// A place for a connection from this address, if there is one.
    pub(super) fn enter(self: &Arc<Self>, ip: IpAddr) -> Result<PendingPlace, Refusal> {
        let mut addresses = self.addresses();
        self.limits.check_pending(ip, addresses.iter().copied())?;
        addresses.push(ip);
        drop(addresses);
        Ok(PendingPlace {
            pending: self.clone(),
            ip,
        })
    }

    fn addresses(&self) -> MutexGuard<'_, Vec<IpAddr>> {
        self.addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PendingPlace {
    fn drop(&mut self) {
        let mut addresses = self.pending.addresses();
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

    /// Two places for one address, three for a subnet.
    fn pending() -> Arc<Pending> {
        Arc::new(Pending::new(AddressLimits {
            pending_by_address: 2,
            pending_by_subnet: 3,
            ..AddressLimits::default()
        }))
    }

    #[test]
    fn one_address_takes_up_no_more_places_than_its_share() {
        let pending = pending();
        let first = pending.enter(ip("192.0.2.1")).expect("a place");
        let _second = pending.enter(ip("::ffff:192.0.2.1")).expect("a place");
        assert!(pending.enter(ip("192.0.2.1")).is_err());
        drop(first);
        let _third = pending.enter(ip("192.0.2.1")).expect("a place again");
    }

    #[test]
    fn one_subnet_takes_up_no_more_places_than_its_share() {
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
    fn neighbours_are_not_limited() {
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
    fn nothing_is_kept_of_those_who_left() {
        let pending = pending();
        drop(pending.enter(ip("192.0.2.1")));
        assert!(pending.addresses().is_empty());
    }
}
