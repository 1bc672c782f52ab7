//! How often a peer may send a message: a token bucket for each message that has a rate.
//!
//! It knows no clock: every call is given the time.

use std::fmt;
use std::time::{Duration, Instant};

use super::{Code, MessageInfo};
use crate::bucket::Bucket;

/// How often a peer may send a message, and what to do with excess messages.
///
/// ```
/// use p2p::{Excess, Rate};
///
/// const RATE: Rate = Rate::per_second(10).burst(20).excess(Excess::Drop);
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
    pub excess: Excess,
}

/// What to do with a message that arrives too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Excess {
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
            excess: Excess::Disconnect,
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
    pub const fn excess(mut self, excess: Excess) -> Self {
        self.excess = excess;
        self
    }

    fn bucket(self, now: Instant) -> Bucket {
        Bucket::new(self.count, self.per, self.burst, now)
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
        match self.burst == self.count {
            true => Ok(()),
            false => write!(f, " with a burst of {}", self.burst),
        }
    }
}

/// The buckets of one peer's messages in one protocol.
#[derive(Debug, Default)]
pub(crate) struct Buckets(Vec<(Code, &'static MessageInfo, Bucket)>);

impl Buckets {
    /// Full buckets for the messages of a version that have a rate.
    pub(crate) fn new(messages: &'static [MessageInfo], version: u64, now: Instant) -> Self {
        let rows = messages.iter().filter(|row| row.is_in(version));
        let mut buckets: Vec<_> = rows
            .filter_map(|row| Some((row.code, row, row.rate?.bucket(now))))
            .collect();
        buckets.sort_by_key(|(code, ..)| *code);
        Self(buckets)
    }

    /// Takes note of a message, unless it comes too early: then its row and its rate are returned.
    ///
    /// The clock is read only for a message that has a rate.
    #[inline]
    pub(crate) fn excess(
        &mut self,
        code: Code,
        now: impl FnOnce() -> Instant,
    ) -> Option<(&'static MessageInfo, Rate)> {
        if self.0.is_empty() {
            return None;
        }
        let found = self.0.binary_search_by_key(&code, |(code, ..)| *code);
        let (_, row, bucket) = self.0.get_mut(found.ok()?)?;
        let rate = row.rate?;
        (!bucket.take(now())).then_some((row, rate))
    }

    /// Takes note that nothing was read from `since` to `now`: what comes at once then was sent meanwhile,
    /// and is no burst.
    pub(crate) fn paused(&mut self, since: Instant, now: Instant) {
        for (.., bucket) in &mut self.0 {
            bucket.paused(since, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &[MessageInfo] = &[
        MessageInfo::new(Code(7), "Seven").rate(Rate::per_second(3)),
        MessageInfo::new(Code(2), "Free"),
        MessageInfo::new(Code(0), "New")
            .since(2)
            .rate(Rate::per_minute(1)),
        MessageInfo::new(Code(0), "Old")
            .until(1)
            .rate(Rate::per_hour(1)),
    ];

    #[test]
    fn each_message_of_the_version_has_its_own_bucket() {
        let now = Instant::now();
        let names = |version| {
            let mut buckets = Buckets::new(ROWS, version, now);
            let mut taken = Vec::new();
            for code in [0, 2, 7, 9].map(Code).repeat(4) {
                let excess = buckets.excess(code, || now);
                taken.extend(excess.map(|(row, _)| row.name));
            }
            taken
        };
        assert_eq!(names(1), ["Old", "Old", "Old", "Seven"]);
        assert_eq!(names(2), ["New", "New", "New", "Seven"]);
    }
}
