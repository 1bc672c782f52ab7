//! Who is listened to at all, by the address alone: before anything is read, and before keys are agreed on.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pending::{Pending, PendingPlace};
use super::schedule::is_allowed;
use super::throttle::Throttle;
use crate::network::Network;
use crate::peer::Refusal;

/// The rules for addresses that connect, in the order of what they cost.
#[derive(Debug)]
pub(super) struct Gate {
    restrict: Vec<Network>,
    interval: Duration,
    throttle: Throttle,
    limit: usize,
    pending: Arc<Pending>,
}

impl Gate {
    /// Only these networks, one connection in `interval`, and at most `limit` that are not peers yet.
    pub(super) fn new(restrict: Vec<Network>, interval: Duration, limit: usize) -> Self {
        Self {
            restrict,
            interval,
            throttle: Throttle::new(interval),
            limit,
            pending: Arc::new(Pending::new(limit)),
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
        let limit = self.limit;
        let place = self.pending.enter(address);
        place.ok_or(Refusal::TooManyPending { address, limit })
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
        let mut gate = Gate::new(vec![network], interval, 1);
        let near = IpAddr::from([192, 0, 2, 1]);
        let far = IpAddr::from([192, 0, 3, 1]);
        let refusal = gate.enter(far, start).expect_err("another network");
        assert_eq!(refusal, Refusal::Restricted { address: far });
        let place = gate.enter(near, start).expect("a place");
        let refusal = gate.enter(near, start).expect_err("too soon");
        let address = near;
        assert_eq!(refusal, Refusal::TooOften { address, interval });
        let refusal = gate.enter(near, start + interval).expect_err("one");
        assert_eq!(refusal, Refusal::TooManyPending { address, limit: 1 });
        drop(place);
        gate.enter(near, start + 2 * interval)
            .expect("a place again");
    }
}
