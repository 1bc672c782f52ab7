//! Who is listened to at all, by the address alone: before anything is read, and before keys are agreed on.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::addresses::AddressLimits;
use super::pending::{Pending, PendingPlace};
use super::throttle::Throttle;
use crate::driver::error::Refusal;
use crate::network::{Network, is_allowed};

/// The rules for addresses that connect, in the order of what they cost.
#[derive(Debug)]
pub(super) struct Gate {
    restrict: Vec<Network>,
    interval: Duration,
    throttle: Throttle,
    pending: Arc<Pending>,
}

impl Gate {
    /// Only these networks, one connection in `interval`, and within `limits` those that are not peers yet.
    pub(super) fn new(restrict: Vec<Network>, interval: Duration, limits: AddressLimits) -> Self {
        Self {
            restrict,
            interval,
            throttle: Throttle::new(interval),
            pending: Arc::new(Pending::new(limits)),
        }
    }

    /// A place for a connection from this address, to be kept until it is a peer or is none.
    pub(super) fn enter(&mut self, address: IpAddr, now: Instant) -> Result<PendingPlace, Refusal> {
        if !is_allowed(&self.restrict, address) {
            return Err(Refusal::Restricted { address });
        }
        if !self.throttle.enter(address, now) {
            let interval = self.interval;
            return Err(Refusal::TooOften { address, interval });
        }
        self.pending.enter(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_apart_by_network_then_time_then_number() {
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
