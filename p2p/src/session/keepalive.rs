//! Liveness: when to ping, when a peer is dead, and how many pings to answer.

use std::time::{Duration, Instant};

use crate::bucket::Bucket;

/// Decides when to send a Ping and when a peer has been silent for too long.
///
/// It has no clock: every call takes the time.
#[derive(Debug, Clone)]
pub struct Keepalive {
    /// The time between two pings.
    interval: Duration,
    /// The time without a complete frame after which the peer is dropped.
    timeout: Duration,
    /// `None` if the interval is too long for `Instant`.
    next_ping: Option<Instant>,
    /// When the peer is dropped; `None` while we don't read, or if the timeout is too long for `Instant`.
    deadline: Option<Instant>,
}

/// The action that [`Keepalive::poll`] asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepaliveAction {
    /// Do nothing before this time, and then poll again.
    Wait(Instant),
    /// Send a Ping, and poll again.
    Ping,
    /// Nothing was received for too long: drop the peer.
    TimedOut,
}

impl Keepalive {
    /// Default time between two pings.
    pub const PING_INTERVAL: Duration = Duration::from_secs(15);

    /// Default time without a complete frame after which a peer is dropped.
    pub const TIMEOUT: Duration = Duration::from_secs(30);

    /// Starts at `now`, as if something had just been received. [`Duration::MAX`] disables either.
    pub fn new(ping_interval: Duration, timeout: Duration, now: Instant) -> Self {
        Self {
            interval: ping_interval,
            timeout,
            next_ping: now.checked_add(ping_interval),
            deadline: now.checked_add(timeout),
        }
    }

    /// Records that a complete frame was received. Parts of a frame don't count: otherwise a peer could hold
    /// a connection with an occasional byte.
    pub fn heard(&mut self, now: Instant) {
        self.deadline = now.checked_add(self.timeout);
    }

    /// Stops the read timer because we are not reading: the peer can't be blamed for silence.
    pub fn pause(&mut self) {
        self.deadline = None;
    }

    /// Restarts the read timer because we are reading again.
    pub fn resume(&mut self, now: Instant) {
        self.heard(now);
    }

    /// Returns the action for the time `now`.
    pub fn poll(&mut self, now: Instant) -> KeepaliveAction {
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return KeepaliveAction::TimedOut;
        }
        if self.next_ping.is_some_and(|next| now >= next) {
            self.next_ping = now.checked_add(self.interval);
            return KeepaliveAction::Ping;
        }
        let next = [self.next_ping, self.deadline].into_iter().flatten().min();
        // With both disabled, the caller may poll at any time.
        KeepaliveAction::Wait(next.unwrap_or(now + Self::TIMEOUT))
    }
}

/// Limits how many pings are answered, so that a flood of them costs no more than reading them.
///
/// It is a token bucket. Peers ping every 15 seconds, so an honest one never empties it.
#[derive(Debug, Clone)]
pub struct PingLimit(Bucket);

impl PingLimit {
    /// Pings that are answered in a burst.
    pub const BURST: u32 = 16;

    /// The time after which another one is allowed.
    pub const REFILL: Duration = Duration::from_secs(1);

    /// A full bucket.
    pub fn new(now: Instant) -> Self {
        Self(Bucket::new(1, Self::REFILL, Self::BURST, now))
    }

    /// Returns true if a ping received at `now` should be answered; otherwise ignore it.
    pub fn allow(&mut self, now: Instant) -> bool {
        self.0.take(now)
    }
}
