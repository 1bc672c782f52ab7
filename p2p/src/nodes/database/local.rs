//! The sequence number of the local record.

use std::time::{SystemTime, UNIX_EPOCH};

/// Which record of this node a sequence number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LocalRecord {
    pub(super) sequence: u64,
    /// A digest of what the record says.
    pub(super) digest: [u8; 32],
}

impl LocalRecord {
    /// The same number if the record says the same, or else a larger one.
    ///
    /// It is not below the milliseconds since 1970: a number that was used and is not in the file, because
    /// the file was lost or the last write to it was, is not used again, as long as the clock is right.
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
    fn a_sequence_number_begins_with_the_clock_and_grows_when_the_record_changes() {
        let first = LocalRecord::renew(None, [1; 32], at(5_000));
        assert_eq!(first.sequence, 5_000);
        let same = LocalRecord::renew(Some(&first), [1; 32], at(9_000));
        assert_eq!(same, first);
        let changed = LocalRecord::renew(Some(&same), [2; 32], at(9_000));
        assert_eq!((changed.sequence, changed.digest), (9_000, [2; 32]));
    }

    #[test]
    fn a_sequence_number_grows_even_if_the_clock_is_set_back() {
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
