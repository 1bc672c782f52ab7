//! How often a peer may send a message, and the token bucket that measures it.

use std::fmt;
use std::time::{Duration, Instant};

/// How often a peer may send a message, and what to do with excess messages.
///
/// ```
/// use p2p::{OverRate, Rate};
///
/// const RATE: Rate = Rate::per_second(10).burst(20).excess(OverRate::Drop);
/// assert_eq!(RATE.to_string(), "10/s with a burst of 20");
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// Messages per `per`, in the long run; 0 counts as 1.
    pub count: u32,
    /// The time in which `count` messages may come.
    pub per: Duration,
    /// Messages that may arrive at once after a silence; 0 counts as 1.
    pub burst: u32,
    /// What to do with a message beyond the rate.
    pub excess: OverRate,
}

/// What to do with a message that arrives too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OverRate {
    /// Drop it unread, and count it in [`Peer::dropped`](super::Peer::dropped).
    Drop,
    /// Drop the peer, with [`Cause::RateExceeded`](super::Cause::RateExceeded).
    #[default]
    Disconnect,
}

impl Rate {
    /// This many messages in this time, all of which may arrive at once. Sending more drops the peer.
    #[must_use]
    pub const fn new(count: u32, per: Duration) -> Self {
        Self {
            count,
            per,
            burst: count,
            excess: OverRate::Disconnect,
        }
    }

    /// This many messages per second.
    #[must_use]
    pub const fn per_second(count: u32) -> Self {
        Self::new(count, Duration::from_secs(1))
    }

    /// This many messages per minute.
    #[must_use]
    pub const fn per_minute(count: u32) -> Self {
        Self::new(count, Duration::from_secs(60))
    }

    /// This many messages per hour.
    #[must_use]
    pub const fn per_hour(count: u32) -> Self {
        Self::new(count, Duration::from_secs(60 * 60))
    }

    /// The same rate, with up to this many messages at once after a silence.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    /// The same rate, with this action for excess messages.
    #[must_use]
    pub const fn excess(mut self, excess: OverRate) -> Self {
        self.excess = excess;
        self
    }
}

/// As the derive's attribute has it, and with the burst if that differs.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.per.as_secs() {
            1 => write!(f, "{}/s", self.count)?,
            60 => write!(f, "{}/min", self.count)?,
            3600 => write!(f, "{}/h", self.count)?,
            _ => write!(f, "{} in {:?}", self.count, self.per)?,
        }
        if self.burst != self.count {
            write!(f, " with a burst of {}", self.burst)?;
        }
        Ok(())
    }
}

/// A token bucket. It knows no clock: every call is given the time.
///
/// Its level is counted in parts of a token, of which a nanosecond adds `count` and a token takes as many as
/// `per` has nanoseconds. So nothing is ever rounded.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    /// Parts in one token.
    token: u128,
    /// The most parts that the bucket holds.
    capacity: u128,
    /// Parts in the bucket at the time `at`.
    level: u128,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(rate: Rate, now: Instant) -> Self {
        let token = rate.per.as_nanos();
        let capacity = token.saturating_mul(u128::from(rate.burst.max(1)));
        Self {
            rate,
            token,
            capacity,
            level: capacity,
            at: now,
        }
    }

    /// Takes a token, if there is one at `now`. A time that goes back counts as standing still.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.fill(now, self.capacity);
        let rest = self.level.checked_sub(self.token);
        self.level = rest.unwrap_or(self.level);
        rest.is_some()
    }

    /// Adds the tokens of a pause, in which nothing was read, beyond the capacity if need be. Messages that
    /// were sent in the pause then arrive at once without being a burst.
    pub(crate) fn paused(&mut self, since: Instant, now: Instant) {
        let extra = self.parts(now.saturating_duration_since(since));
        self.fill(now, self.capacity.saturating_add(extra));
    }

    /// Adds the parts of the time since the last call, up to the level `most`.
    fn fill(&mut self, now: Instant, most: u128) {
        let new = self.parts(now.saturating_duration_since(self.at));
        self.level = self.level.max(self.level.saturating_add(new).min(most));
        self.at = self.at.max(now);
    }

    /// The parts that a length of time adds.
    fn parts(&self, time: Duration) -> u128 {
        let count = u128::from(self.rate.count.max(1));
        time.as_nanos().saturating_mul(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_burst_is_admitted_and_then_one_message_for_each_token() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Rate::per_second(10).burst(3), start);
        assert_eq!(
            [(); 4].map(|()| bucket.take(start)),
            [true, true, true, false]
        );
        let at = |millis| start + Duration::from_millis(millis);
        assert!(!bucket.take(at(99)));
        assert!(bucket.take(at(100)));
        assert!(!bucket.take(at(199)));
        assert!(bucket.take(at(200)));
        // A long silence fills it, and no more than that.
        assert_eq!(
            [(); 4].map(|()| bucket.take(at(9000))),
            [true, true, true, false]
        );
        assert!(!bucket.take(start), "time that goes back gives nothing");
    }

    #[test]
    fn what_was_sent_while_nothing_was_read_is_no_burst() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let admitted = |bucket: &mut Bucket, now| (0..99).filter(|_| bucket.take(now)).count();
        let mut bucket = Bucket::new(Rate::per_second(10).burst(3), start);
        assert_eq!(admitted(&mut bucket, start), 3);
        bucket.paused(at(100), at(1100));
        assert_eq!(admitted(&mut bucket, at(1100)), 11);
        // A full bucket gets as much as the pause gives, once.
        bucket.paused(at(8000), at(9000));
        bucket.paused(at(9000), at(9100));
        assert_eq!(admitted(&mut bucket, at(9100)), 13);
        assert_eq!(admitted(&mut bucket, at(99_000)), 3);
    }

    #[test]
    fn the_largest_rates_and_times_do_not_overflow() {
        let start = Instant::now();
        let late = start + Duration::from_secs(u64::from(u32::MAX));
        for per in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
            for count in [0, 1, u32::MAX] {
                let mut bucket = Bucket::new(Rate::new(count, per).burst(u32::MAX), start);
                assert!(bucket.take(start) && bucket.take(late));
                let mut bucket = Bucket::new(Rate::new(count, per).burst(0), start);
                assert!(
                    bucket.take(start),
                    "a burst of nothing would let nothing in"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn no_more_than_the_burst_and_the_rate_are_admitted_and_no_fewer(
            count in 1_u32..2000,
            per in 1_u64..4_000_000_000,
            burst in 1_u32..50,
            gaps in prop::collection::vec(0_u64..300_000_000, 1..300),
        ) {
            let rate = Rate::new(count, Duration::from_nanos(per)).burst(burst);
            let start = Instant::now();
            let mut bucket = Bucket::new(rate, start);
            let (mut passed, mut before) = (0, 0);
            let mut admitted: Vec<u64> = Vec::new();
            for gap in gaps {
                passed += gap;
                let tokens = |time: u64| u128::from(time) * u128::from(count) / u128::from(per);
                match bucket.take(start + Duration::from_nanos(passed)) {
                    true => admitted.push(passed),
                    // It is refused only if the time since the last was too short for a token.
                    false => prop_assert_eq!(tokens(passed - before), 0),
                }
                before = passed;
                for (place, first) in admitted.iter().enumerate() {
                    let came = (admitted.len() - place) as u128;
                    prop_assert!(came <= u128::from(burst) + tokens(passed - first) + 1);
                }
            }
        }

        #[test]
        fn a_peer_that_keeps_to_the_rate_is_never_refused(
            count in 1_u32..1000,
            per in 1000_u64..4_000_000_000,
            messages in 1_u64..2000,
        ) {
            let start = Instant::now();
            let mut bucket = Bucket::new(Rate::new(count, Duration::from_nanos(per)).burst(2), start);
            for message in 0..messages {
                // The moment of each, rounded up to what the clock can tell: a drift would show.
                let at = (message * per).div_ceil(u64::from(count));
                prop_assert!(bucket.take(start + Duration::from_nanos(at)), "message {message}");
            }
        }
    }
}
