//! A token bucket. It has no clock: every call takes the time.

use std::time::{Duration, Instant};

/// Limits how often something may happen: `count` times per `per` in the long run, and up to `burst` times at once
/// after a pause.
///
/// The level is counted in parts of a token: a nanosecond adds `count` parts, and a token has as many parts as `per`
/// has nanoseconds. So nothing is ever rounded.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    count: u32,
    /// The parts of a token.
    token: u128,
    /// The most parts that the bucket holds.
    capacity: u128,
    /// The parts in the bucket at `at`.
    level: u128,
    at: Instant,
}

impl Bucket {
    /// A full bucket. A count or a burst of 0 counts as 1.
    pub(crate) fn new(count: u32, per: Duration, burst: u32, now: Instant) -> Self {
        let token = per.as_nanos();
        let capacity = token.saturating_mul(u128::from(burst.max(1)));
        Self {
            count: count.max(1),
            token,
            capacity,
            level: capacity,
            at: now,
        }
    }

    /// Takes a token, if there is one at `now`. If the time goes back, it counts as standing still.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.fill(now, self.capacity);
        let rest = self.level.checked_sub(self.token);
        self.level = rest.unwrap_or(self.level);
        rest.is_some()
    }

    /// Adds the tokens of the time from `since` to `now`, even beyond the capacity: nothing could be taken then.
    pub(crate) fn paused(&mut self, since: Instant, now: Instant) {
        let extra = self.parts(now.saturating_duration_since(since));
        self.fill(now, self.capacity.saturating_add(extra));
    }

    /// Adds the parts of the time since the last call, up to a level.
    fn fill(&mut self, now: Instant, most: u128) {
        let new = self.parts(now.saturating_duration_since(self.at));
        self.level = self.level.max(self.level.saturating_add(new).min(most));
        self.at = self.at.max(now);
    }

    /// The parts that a length of time adds.
    fn parts(&self, time: Duration) -> u128 {
        time.as_nanos().saturating_mul(u128::from(self.count))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_then_one_for_each_token() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, SECOND, 3, start);
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
    fn a_pause_gives_extra_tokens() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let admitted = |bucket: &mut Bucket, now| (0..99).filter(|_| bucket.take(now)).count();
        let mut bucket = Bucket::new(10, SECOND, 3, start);
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
    fn extreme_rates_and_times_do_not_overflow() {
        let start = Instant::now();
        let late = start + Duration::from_secs(u64::from(u32::MAX));
        for per in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
            for count in [0, 1, u32::MAX] {
                let mut bucket = Bucket::new(count, per, u32::MAX, start);
                assert!(bucket.take(start) && bucket.take(late));
                let mut bucket = Bucket::new(count, per, 0, start);
                assert!(
                    bucket.take(start),
                    "a burst of nothing would let nothing in"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn exactly_the_rate_and_the_burst_are_admitted(
            count in 1_u32..2000,
            per in 1_u64..4_000_000_000,
            burst in 1_u32..50,
            gaps in prop::collection::vec(0_u64..300_000_000, 1..300),
        ) {
            let start = Instant::now();
            let mut bucket = Bucket::new(count, Duration::from_nanos(per), burst, start);
            let mut passed = 0;
            let mut before = 0;
            let mut admitted: Vec<u64> = Vec::new();
            for gap in gaps {
                passed += gap;
                let tokens = |time: u64| u128::from(time) * u128::from(count) / u128::from(per);
                if bucket.take(start + Duration::from_nanos(passed)) {
                    admitted.push(passed);
                } else {
                    // The time since the last attempt was too short for a token.
                    prop_assert_eq!(tokens(passed - before), 0);
                }
                before = passed;
                for (place, first) in admitted.iter().enumerate() {
                    let came = (admitted.len() - place) as u128;
                    prop_assert!(came <= u128::from(burst) + tokens(passed - first) + 1);
                }
            }
        }

        #[test]
        fn keeping_to_the_rate_is_never_refused(
            count in 1_u32..1000,
            per in 1000_u64..4_000_000_000,
            messages in 1_u64..2000,
        ) {
            let start = Instant::now();
            let mut bucket = Bucket::new(count, Duration::from_nanos(per), 2, start);
            for message in 0..messages {
                // The moment of each, rounded up to what the clock can tell: a drift would show.
                let at = (message * per).div_ceil(u64::from(count));
                prop_assert!(bucket.take(start + Duration::from_nanos(at)), "message {message}");
            }
        }
    }
}
