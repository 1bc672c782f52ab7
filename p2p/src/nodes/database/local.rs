//! The sequence number of this node's own record.

use std::time::{SystemTime, UNIX_EPOCH};

/// A version of this node's own record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LocalRecord {
    pub(super) sequence: u64,
    /// A digest of the record's contents.
    pub(super) digest: [u8; 32],
}

impl LocalRecord {
    /// Keeps the number if the contents are the same; otherwise takes a larger one.
    ///
    /// A new number is at least the milliseconds since 1970. So a number that was used but is not in the file,
    /// because the file or its last write was lost, is not used again, as long as the clock is right.
    pub(super) fn renew(before: Option<&Self>, digest: [u8; 32], now: SystemTime) -> Self {
        let next = match before {
            Some(before) if before.digest == digest => return *before,
            Some(before) => before.sequence.saturating_add(1),
            None => 1,
        };
        let time = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let clock = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            sequence: next.max(clock),
            digest,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(millis: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(millis)
    }

    #[test]
    fn sequence_starts_at_the_clock_and_grows_with_changes() {
        let first = LocalRecord::renew(None, [1; 32], at(5_000));
        assert_eq!(first.sequence, 5_000);
        let same = LocalRecord::renew(Some(&first), [1; 32], at(9_000));
        assert_eq!(same, first);
        let changed = LocalRecord::renew(Some(&same), [2; 32], at(9_000));
        assert_eq!((changed.sequence, changed.digest), (9_000, [2; 32]));
    }

    #[test]
    fn sequence_grows_when_the_clock_is_set_back() {
        let first = LocalRecord::renew(None, [1; 32], at(5_000));
        let second = LocalRecord::renew(Some(&first), [2; 32], at(70));
        assert_eq!(second.sequence, 5_001);
        let early = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(LocalRecord::renew(None, [1; 32], early).sequence, 1);
        let most = LocalRecord {
            sequence: u64::MAX,
            digest: [1; 32],
        };
        let after = LocalRecord::renew(Some(&most), [2; 32], at(0));
        assert_eq!(after.sequence, u64::MAX);
    }
}
