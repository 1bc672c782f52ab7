//! The encoding of nodes and local records in the file: RLP, with times in seconds since 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::known::{DialFailure, KnownNode};
use super::local::LocalRecord;
use crate::rlp::{self, Encode};

/// The most bytes of a row. An enode URL with the longest host name has about 420.
const MAX_ROW: usize = 1024;

/// URL; first seen, last contact, last attempt; failures, last failure. 0 means never or none.
type Row = (String, (u64, u64, u64), (u32, u8));

pub(super) fn encode_node(node: &KnownNode) -> Vec<u8> {
    let times = (
        seconds(Some(node.first_seen)),
        seconds(node.last_contact),
        seconds(node.last_attempt),
    );
    let last_failure = node.last_failure.map_or(0, DialFailure::number);
    let outcome = (node.failures, last_failure);
    encoded(&(node.enode.to_string(), times, outcome))
}

/// Decodes a node; `None` if the row holds something else.
pub(super) fn decode_node(bytes: &[u8]) -> Option<KnownNode> {
    if bytes.len() > MAX_ROW {
        return None;
    }
    let row: Row = rlp::decode(bytes).ok()?;
    let (url, (first_seen, last_contact, last_attempt), (failures, last_failure)) = row;
    Some(KnownNode {
        enode: url.parse().ok()?,
        first_seen: time(first_seen)?,
        last_contact: optional_time(last_contact)?,
        last_attempt: optional_time(last_attempt)?,
        failures,
        // A later version may know more kinds of failure.
        last_failure: DialFailure::from_number(last_failure),
    })
}

pub(super) fn encode_local(record: &LocalRecord) -> Vec<u8> {
    encoded(&(record.sequence, record.digest))
}

/// Decodes a record; `None` if the row holds something else.
pub(super) fn decode_local(bytes: &[u8]) -> Option<LocalRecord> {
    if bytes.len() > MAX_ROW {
        return None;
    }
    let (sequence, digest) = rlp::decode(bytes).ok()?;
    Some(LocalRecord { sequence, digest })
}

/// Encodes values that never fail to encode.
fn encoded(row: &impl Encode) -> Vec<u8> {
    rlp::encode(row).unwrap_or_default()
}

fn seconds(time: Option<SystemTime>) -> u64 {
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_secs())
}

fn time(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[expect(
    clippy::option_option,
    reason = "the outer option is an error, the inner one an absent time"
)]
fn optional_time(seconds: u64) -> Option<Option<SystemTime>> {
    match seconds {
        0 => Some(None),
        seconds => time(seconds).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::enode::Enode;
    use crate::identity::NodeKey;

    fn node(n: u8, host: &str) -> KnownNode {
        let key = NodeKey::from_bytes(&[n; 32]).expect("a key");
        let url = format!("enode://{}@{host}", key.public_key());
        let mut node = KnownNode::new(url.parse::<Enode>().expect("an enode"), UNIX_EPOCH);
        node.first_seen = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        node
    }

    #[test]
    fn a_node_reads_as_it_was_written() {
        let mut known = node(1, "[2001:db8::1]:30303?discport=30301");
        assert_eq!(decode_node(&encode_node(&known)), Some(known.clone()));
        known.last_contact = Some(known.first_seen + Duration::from_secs(5));
        known.last_attempt = Some(known.first_seen + Duration::from_secs(9));
        known.failures = u32::MAX;
        known.last_failure = Some(DialFailure::Useless);
        assert_eq!(decode_node(&encode_node(&known)), Some(known));
        let label = "a".repeat(50);
        let named = node(
            2,
            &format!("{label}.{label}.{label}.{label}.example:65535?discport=65534"),
        );
        assert_eq!(decode_node(&encode_node(&named)), Some(named));
    }

    #[test]
    fn times_beyond_every_clock_are_rejected() {
        let url = node(1, "192.0.2.1:1").enode.to_string();
        let row = |times: (u64, u64, u64)| encoded(&(url.clone(), times, (0_u32, 9_u8)));
        for times in [(u64::MAX, 0, 0), (0, u64::MAX, 0), (0, 0, u64::MAX)] {
            assert!(decode_node(&row(times)).is_none(), "{times:?}");
        }
        let future = decode_node(&row((1 << 40, 1 << 40, 1 << 40))).expect("a node");
        assert_eq!(future.last_failure, None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_or_rejected(
            bytes in proptest::collection::vec(any::<u8>(), 0..600)
        ) {
            let _ = decode_node(&bytes);
            let _ = decode_local(&bytes);
        }

        #[test]
        fn a_changed_row_is_decoded_or_rejected(
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut row = encode_node(&node(1, "192.0.2.1:30303"));
            let index = at.index(row.len());
            row[index] = byte;
            if let Some(read) = decode_node(&row) {
                prop_assert_eq!(decode_node(&encode_node(&read)), Some(read));
            }
            row.truncate(cut.index(row.len()));
            prop_assert_eq!(decode_node(&row), None);
        }

        #[test]
        fn a_local_record_reads_as_it_was_written(sequence: u64, digest: [u8; 32]) {
            let record = LocalRecord { sequence, digest };
            prop_assert_eq!(decode_local(&encode_local(&record)), Some(record));
        }
    }
}
