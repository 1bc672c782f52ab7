//! What is known about a node, and what it means for dialing it.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::enode::Enode;

/// The first wait after a failed attempt; it doubles with each that follows.
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// The longest wait after a failed attempt.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// The wait after a node said that it has no room.
const WAIT_FOR_ROOM: Duration = Duration::from_secs(5 * 60);

/// What a [`NodeDatabase`](super::NodeDatabase) knows about a node.
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
    /// How often it was dialed in vain since it last was a peer, or would have been one.
    pub failures: u32,
    /// What went wrong the last time, if anything.
    pub trouble: Option<Trouble>,
}

/// Why a node that was dialed is not a peer.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
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

/// Each with its number in the file and its words.
const TROUBLES: [(Trouble, u8, &str); 5] = [
    (Trouble::Unreachable, 1, "unreachable"),
    (Trouble::Broken, 2, "broken"),
    (Trouble::Full, 3, "full"),
    (Trouble::Unwanted, 4, "unwanted"),
    (Trouble::Useless, 5, "useless"),
];

impl Trouble {
    pub(super) fn from_number(number: u8) -> Option<Self> {
        let found = TROUBLES.iter().find(|(_, known, _)| *known == number);
        found.map(|(trouble, _, _)| *trouble)
    }

    pub(super) fn number(self) -> u8 {
        self.row().1
    }

    fn row(self) -> (Self, u8, &'static str) {
        let found = TROUBLES.iter().find(|(known, _, _)| *known == self);
        found.copied().unwrap_or(TROUBLES[0])
    }
}

/// One word, as `unreachable`.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().2)
    }
}

impl KnownNode {
    /// A node that was just heard of.
    pub(super) fn new(enode: Enode, now: SystemTime) -> Self {
        Self {
            enode,
            first_seen: now,
            last_contact: None,
            last_attempt: None,
            failures: 0,
            trouble: None,
        }
    }

    /// Whether it once proved to listen where it is said to.
    pub(super) fn is_proven(&self) -> bool {
        self.last_contact.is_some()
    }

    /// Since when nothing good was heard of it.
    pub(super) fn last_good(&self) -> SystemTime {
        self.last_contact.unwrap_or(self.first_seen)
    }

    /// How long nothing good was heard of it. A time in the future, after the clock was set back, is now.
    pub(super) fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(self.last_good()).unwrap_or_default()
    }

    /// Whether enough time has passed since it was last dialed. Attempts before `began` don't count: what
    /// was wrong then, the network of this machine perhaps, may not be so after a restart.
    pub(super) fn is_due(&self, began: SystemTime, now: SystemTime) -> bool {
        let Some(attempt) = self.last_attempt.filter(|attempt| *attempt >= began) else {
            return true;
        };
        match now.duration_since(attempt) {
            Ok(passed) => passed >= self.wait(),
            Err(_) => true,
        }
    }

    fn wait(&self) -> Duration {
        match (self.failures, self.trouble) {
            (0, Some(Trouble::Full)) => WAIT_FOR_ROOM,
            (0, _) => Duration::ZERO,
            (failures, _) => FIRST_WAIT
                .saturating_mul(2_u32.saturating_pow(failures - 1))
                .min(LONGEST_WAIT),
        }
    }

    /// How promising it is, beside others: halved by each failure, and less with each day since the last
    /// contact. More than 0.
    pub(super) fn promise(&self, now: SystemTime) -> f64 {
        let is_full = self.trouble == Some(Trouble::Full);
        let halvings = self.failures.saturating_add(is_full.into()).min(16);
        let days = self.age(now).as_secs_f64() / (24.0 * 3600.0);
        0.5_f64.powi(halvings as i32) / (1.0 + days)
    }
}
