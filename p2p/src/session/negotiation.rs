//! Which capabilities two nodes share, and the message ids of each.

use super::base::{FIRST_SHARED, MAX_MESSAGE};
use crate::capability::Capability;
use crate::message_id::MessageId;

/// A capability that we offer.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its name and version.
    pub capability: Capability,
    /// The number of message codes that it uses.
    pub length: u64,
    /// The largest payload of any of its messages in bytes, decompressed; never more than
    /// [`MAX_MESSAGE`]. It bounds the size of frames.
    pub max_size: usize,
}

impl Offer {
    /// Offers a capability whose messages may be as large as any.
    pub fn new(capability: Capability, length: u64) -> Self {
        Self {
            capability,
            length,
            max_size: MAX_MESSAGE,
        }
    }
}

/// A capability that both nodes offer, and its range of message ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCapability {
    /// Its position in our offers.
    pub offer: usize,
    /// Its name and version.
    pub capability: Capability,
    /// The message id of its code 0: 16 or more.
    pub first_id: MessageId,
    /// The number of its message ids.
    pub length: u64,
}

impl SharedCapability {
    /// The message id of a code, which must be less than [`length`](Self::length).
    pub fn id(&self, code: u64) -> MessageId {
        MessageId(self.first_id.0.saturating_add(code))
    }
}

/// The shared capabilities in the order of their message ids: for each name the highest version that both offer,
/// sorted by the bytes of the name.
pub(super) fn negotiate(ours: &[Offer], theirs: &[Capability]) -> Vec<SharedCapability> {
    let mut matches: Vec<(usize, &Offer)> = ours
        .iter()
        .enumerate()
        .filter(|(_, offer)| theirs.contains(&offer.capability))
        .collect();
    // The highest version of each name comes first, and `dedup_by` keeps the first.
    matches.sort_by(|(_, one), (_, other)| {
        let one = &one.capability;
        let other = &other.capability;
        one.name_bytes()
            .cmp(other.name_bytes())
            .then(other.version().cmp(&one.version()))
    });
    matches.dedup_by(|(_, later), (_, first)| {
        later.capability.name_bytes() == first.capability.name_bytes()
    });
    let mut next = FIRST_SHARED.0;
    matches
        .into_iter()
        .map(|(index, offer)| {
            let first = next;
            next = next.saturating_add(offer.length);
            SharedCapability {
                offer: index,
                capability: offer.capability.clone(),
                first_id: MessageId(first),
                length: next - first,
            }
        })
        .collect()
}
