//! How often a peer may send a message.

use std::fmt;
use std::time::{Duration, Instant};

use crate::bucket::Bucket;

/// How often a peer may send a message, and what to do with excess messages.
///
/// ```
/// use p2p::protocol::{OverRate, Rate};
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
    /// Drop it unread, and count it in [`Peer::dropped`](crate::Peer::dropped).
    Drop,
    /// Drop the peer, with [`Cause::RateExceeded`](crate::Cause::RateExceeded).
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

    pub(crate) fn bucket(self, now: Instant) -> Bucket {
        Bucket::new(self.count, self.per, self.burst, now)
    }
}

/// Written as in `rate = ".."`, with the burst if that differs.
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
