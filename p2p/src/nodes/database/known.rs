//! A known node: its history, when it may be dialed again, and how promising it is.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::enode::Enode;

/// The first wait after a failed attempt; it doubles with each that follows.
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// The longest wait after a failed attempt.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// The wait after a node said that it has no room.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(5 * 60);

/// A node in a [`NodeDatabase`](super::NodeDatabase), with its history.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownNode {
    /// Its key, and where it listens.
    pub enode: Enode,
    /// When this node first heard of it.
    pub first_seen: SystemTime,
    /// When it was last confirmed to listen there: Hello was exchanged with it, or it said that it has no room.
    /// `None` if that never happened, and only others, or the node itself, claim that it listens there.
    pub last_contact: Option<SystemTime>,
    /// When it was last dialed.
    pub last_attempt: Option<SystemTime>,
    /// How often a dial has failed since it last was a peer, or would have been one.
    pub failures: u32,
    /// Why the last dial failed, if it did.
    pub last_failure: Option<DialFailure>,
}

/// Why a node that was dialed did not become or stay a peer.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DialFailure {
    /// Its name has no address, or nobody listens at its address.
    Unreachable,
    /// The connection broke before Hello was exchanged, or another node listens there.
    Broken,
    /// It has no room for another peer, or is already connected. This counts as contact and not as a
    /// failure.
    Full,
    /// It refuses this node.
    Unwanted,
    /// It is of no use to this node: no protocol is shared or accepts it, or it breaks their rules.
    Useless,
}

/// Each failure with its number in the file and its name.
const DIAL_FAILURES: [(DialFailure, u8, &str); 5] = [
    (DialFailure::Unreachable, 1, "unreachable"),
    (DialFailure::Broken, 2, "broken"),
    (DialFailure::Full, 3, "full"),
    (DialFailure::Unwanted, 4, "unwanted"),
    (DialFailure::Useless, 5, "useless"),
];

impl DialFailure {
    pub(super) fn from_number(number: u8) -> Option<Self> {
        let found = DIAL_FAILURES.iter().find(|(_, known, _)| *known == number);
        found.map(|(failure, _, _)| *failure)
    }

    pub(super) fn number(self) -> u8 {
        self.row().1
    }

    fn row(self) -> (Self, u8, &'static str) {
        let found = DIAL_FAILURES.iter().find(|(known, _, _)| *known == self);
        found.copied().unwrap_or(DIAL_FAILURES[0])
    }
}

/// One word, as `unreachable`.
impl fmt::Display for DialFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().2)
    }
}

impl KnownNode {
    /// A node that this node has just heard of.
    pub(super) fn new(enode: Enode, now: SystemTime) -> Self {
        Self {
            enode,
            first_seen: now,
            last_contact: None,
            last_attempt: None,
            failures: 0,
            last_failure: None,
        }
    }

    /// Returns whether it was ever confirmed to listen at its address.
    pub(super) fn is_proven(&self) -> bool {
        self.last_contact.is_some()
    }

    /// When it was last confirmed to listen, or else when it was first heard of.
    pub(super) fn last_good(&self) -> SystemTime {
        self.last_contact.unwrap_or(self.first_seen)
    }

    /// The time since [`last_good`](Self::last_good); 0 if the clock was set back behind it.
    pub(super) fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.last_good()).unwrap_or_default()
    }

    /// Returns whether enough time has passed since it was last dialed. Attempts before `started` do not count: what
    /// failed then, perhaps this machine's own network, may work after a restart.
    pub(super) fn is_due(&self, started: SystemTime, now: SystemTime) -> bool {
        let Some(attempt) = self.last_attempt.filter(|attempt| *attempt >= started) else {
            return true;
        };
        match now.duration_since(attempt) {
            Ok(passed) => passed >= self.wait(),
            Err(_) => true,
        }
    }

    fn wait(&self) -> Duration {
        match (self.failures, self.last_failure) {
            (0, Some(DialFailure::Full)) => WAIT_FOR_ROOM,
            (0, _) => Duration::ZERO,
            (failures, _) => FIRST_WAIT
                .saturating_mul(2_u32.saturating_pow(failures - 1))
                .min(LONGEST_WAIT),
        }
    }

    /// Its weight in the draw of nodes to dial, always above 0. Each failure halves it, and it shrinks with the
    /// days since the last contact.
    pub(super) fn promise(&self, now: SystemTime) -> f64 {
        let is_full = self.last_failure == Some(DialFailure::Full);
        let halvings = self.failures.saturating_add(is_full.into()).min(16);
        let days = self.age(now).as_secs_f64() / (24.0 * 3600.0);
        0.5_f64.powi(halvings as i32) / (1.0 + days)
    }
}
