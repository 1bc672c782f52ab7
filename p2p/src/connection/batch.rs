//! Messages that wait in a queue or were taken from it, one after another in one buffer.
//!
//! ```text
//! | code 8 | cost 4 | flags, channel and length 4 | short payload | code 8 | ..
//! ```
//!
//! Long payloads stand beside it, in the same order. One that comes first needs no buffer, for it is often
//! the only one.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::ops::{AddAssign, Deref, Range};

use bytes::Bytes;

use super::account::Charge;
use crate::pool::{Block, Own, Pool};
use crate::protocol::numbers::Code;
use crate::snappy::{self, SnappyError};

/// Bytes of what stands before a short payload.
const HEAD: usize = 16;

/// The longest payload that is copied into the common buffer; a longer one stands by itself.
pub(crate) const INLINE: usize = 4096;

/// Flags, the channel's bits, and those of the length of a short payload.
const REPLY: u32 = 1 << 31;
const LONG: u32 = 1 << 30;
const CHANNEL: u32 = 16;
const LENGTH: u32 = (1 << CHANNEL) - 1;

/// Which message it is: the connection's channel, and the code there. A Hello has no room for as many capabilities as
/// a channel's 14 bits can count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) channel: u16,
    pub(crate) code: Code,
}

/// The largest buffer that is taken because the one before became so large.
const USUAL: usize = 128 * 1024;

/// Messages, the first of which is the next to be taken.
#[derive(Debug)]
pub(crate) enum Batch {
    Single(Single),
    Many(Many),
}

/// A long message by itself.
#[derive(Debug)]
pub(crate) struct Single {
    route: Route,
    cost: u32,
    reply: bool,
    payload: Long,
}

/// Any number of messages.
#[derive(Debug, Default)]
pub(crate) struct Many {
    bytes: Block,
    start: usize,
    end: usize,
    long: Longs,
}

impl Default for Batch {
    fn default() -> Self {
        Self::Many(Many::default())
    }
}

/// A message taken from a batch.
#[derive(Debug)]
pub(crate) struct Queued<'a> {
    /// As it was pushed.
    pub(crate) route: Route,
    /// What to give back with [`Queue::release`](super::queue::Queue::release).
    pub(crate) cost: Cost,
    /// Its payload.
    pub(crate) payload: QueuedPayload<'a>,
}

/// A payload taken from a batch.
#[derive(Debug)]
pub(crate) enum QueuedPayload<'a> {
    /// As the protocol encodes it, in the batch's buffer.
    Inline(&'a [u8]),
    /// In memory of its own.
    Long(Long),
}

impl QueuedPayload<'_> {
    /// The payload's bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Inline(bytes) => bytes,
            Self::Long(Long::Owned(payload, _)) => payload,
            Self::Long(Long::Shared(bytes, _)) => bytes,
        }
    }

    /// Their number when they are decompressed.
    pub(crate) fn size(&self) -> usize {
        let bytes = self.bytes();
        let length = self
            .is_compressed()
            .then(|| snappy::decompressed_length(bytes, usize::MAX));
        length.and_then(Result::ok).unwrap_or(bytes.len())
    }

    /// A copy of them, decompressed.
    pub(crate) fn plain(&self) -> Option<Vec<u8>> {
        if !self.is_compressed() {
            return Some(self.bytes().to_vec());
        }
        let mut plain = Vec::new();
        let decompressed = snappy::decompress_to(self.bytes(), usize::MAX, &mut plain);
        decompressed.ok().map(|()| plain)
    }

    /// Whether they are compressed.
    pub(crate) fn is_compressed(&self) -> bool {
        match self {
            Self::Inline(_) => false,
            Self::Long(Long::Owned(_, compressed) | Long::Shared(_, compressed)) => *compressed,
        }
    }
}

impl Batch {
    /// Whether every message was taken.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Many(many) if many.start == many.end)
    }

    /// Bytes of the buffer that are in use.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Single(_) => 0,
            Self::Many(many) => many.end,
        }
    }

    /// Bytes that are held.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Single(_) => size_of::<Single>(),
            Self::Many(many) => many.bytes.len() + many.long.0.capacity(),
        }
    }

    /// Appends a message whose payload of `length` bytes `write` sets. `usual` is how large the buffer is
    /// likely to become.
    pub(super) fn push<E>(
        &mut self,
        usual: usize,
        route: Route,
        cost: (u32, bool),
        length: usize,
        write: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Many(many) => many.push(usual, route, cost, length, write),
            Self::Single(before) => {
                let mut many = before.become_many();
                let pushed = many.push(usual, route, cost, length, write);
                *self = Self::Many(many);
                pushed
            }
        }
    }

    /// Appends a message with a payload of its own.
    pub(super) fn push_long(&mut self, route: Route, (cost, reply): (u32, bool), payload: Long) {
        let single = Single {
            route,
            cost,
            reply,
            payload,
        };
        match self {
            Self::Many(many) if many.start == many.end => *self = Self::Single(single),
            Self::Many(many) => many.push_long(single),
            Self::Single(before) => {
                let mut many = before.become_many();
                many.push_long(single);
                *self = Self::Many(many);
            }
        }
    }

    /// Takes the next message.
    pub(crate) fn pop(&mut self) -> Option<Queued<'_>> {
        match self {
            Self::Many(many) => many.pop(),
            Self::Single(single) => {
                let (route, cost) = (single.route, Cost::new(single.cost, single.reply));
                let payload = QueuedPayload::Long(single.take_payload());
                *self = Self::default();
                Some(Queued {
                    route,
                    cost,
                    payload,
                })
            }
        }
    }
}

impl Single {
    fn take_payload(&mut self) -> Long {
        std::mem::replace(&mut self.payload, Long::Shared(Bytes::new(), false))
    }

    /// A batch of this message, which more are to follow.
    fn become_many(&mut self) -> Many {
        let mut many = Many::default();
        let payload = self.take_payload();
        many.push_long(Self { payload, ..*self });
        many
    }
}

impl Many {
    fn push<E>(
        &mut self,
        usual: usize,
        route: Route,
        (cost, reply): (u32, bool),
        length: usize,
        write: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let kind = length as u32 | if reply { REPLY } else { 0 };
        let space = self.space(HEAD + length, usual);
        let (head, payload) = space.split_at_mut(HEAD);
        write(payload)?;
        set_head(head, route, cost, kind);
        self.end += HEAD + length;
        Ok(())
    }

    fn push_long(&mut self, message: Single) {
        let kind = LONG | if message.reply { REPLY } else { 0 };
        let space = self.space(HEAD, HEAD);
        set_head(space, message.route, message.cost, kind);
        self.end += HEAD;
        self.long.push(message.payload);
    }

    /// Makes room for so many bytes at the end.
    fn space(&mut self, length: usize, usual: usize) -> &mut [u8] {
        let end = self.end + length;
        if end > self.bytes.len() {
            let size = (2 * self.end).max(usual.min(USUAL)).max(end);
            self.bytes = self.bytes.resized(size, self.end);
        }
        &mut self.bytes[self.end..end]
    }

    fn pop(&mut self) -> Option<Queued<'_>> {
        let (head, rest) = self.bytes[self.start..self.end].split_first_chunk::<HEAD>()?;
        let [code, other] = [&head[..8], &head[8..]].map(|half| {
            let half = half.first_chunk().copied();
            u64::from_le_bytes(half.unwrap_or_default())
        });
        let (cost, kind) = (other as u32, (other >> 32) as u32);
        let channel = (kind & !(REPLY | LONG)) >> CHANNEL;
        let route = Route {
            channel: channel as u16,
            code: Code(code),
        };
        self.start += HEAD;
        let payload = if kind & LONG == 0 {
            let length = (kind & LENGTH) as usize;
            self.start += length;
            QueuedPayload::Inline(&rest[..length])
        } else {
            QueuedPayload::Long(self.long.pop()?)
        };
        let cost = Cost::new(cost, kind & REPLY != 0);
        Some(Queued {
            route,
            cost,
            payload,
        })
    }
}

fn set_head(head: &mut [u8], route: Route, cost: u32, kind: u32) {
    let kind = kind | u32::from(route.channel) << CHANNEL;
    head[..8].copy_from_slice(&route.code.0.to_le_bytes());
    head[8..12].copy_from_slice(&cost.to_le_bytes());
    head[12..].copy_from_slice(&kind.to_le_bytes());
}

/// The room that messages have taken.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(super) messages: usize,
    pub(super) replies: usize,
}

impl Cost {
    /// That of one message.
    fn new(cost: u32, reply: bool) -> Self {
        let (messages, replies) = match (cost as usize, reply) {
            (cost, false) => (cost, 0),
            (cost, true) => (0, cost),
        };
        Self { messages, replies }
    }

    /// All of it in bytes.
    pub(crate) fn total(self) -> usize {
        self.messages + self.replies
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.replies += other.replies;
    }
}

/// A payload that is not copied into the queue.
#[derive(Debug)]
pub(crate) enum Long {
    /// Its own, and whether it is compressed.
    Owned(Payload, bool),
    /// Shared with other queues, and whether it is compressed.
    Shared(Bytes, bool),
}

/// A block that is so many times larger than its payload is exchanged for a fitting one.
const LOOSE: usize = 4;

/// A payload, and free bytes around it.
pub(crate) struct Payload {
    /// As many bytes before the payload as [`AROUND`](Self::AROUND) says, and at least as many behind it.
    block: Block,
    length: usize,
    /// What it has taken from the peer's account, until it is dropped.
    charge: Option<Charge>,
}

impl Payload {
    /// What stays free before a payload and behind it, so that it can become a frame where it lies.
    pub(crate) const AROUND: usize = 64;

    /// A payload of `length` bytes, all of which `write` sets.
    pub(crate) fn with<E>(
        length: usize,
        write: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut block = Block::new(length + 2 * Self::AROUND);
        write(&mut block[Self::AROUND..][..length])?;
        Ok(Self {
            block,
            length,
            charge: None,
        })
    }

    /// Compresses a payload.
    pub(crate) fn compressed(plain: &[u8]) -> Result<Self, SnappyError> {
        let most = snappy::max_compressed(plain.len());
        let mut length = 0;
        let mut payload = Self::with(most, |space| {
            length = snappy::compress_in(plain, space)?;
            Ok(())
        })?;
        payload.length = length;
        if payload.block.len() > LOOSE * (length + 2 * Self::AROUND) {
            payload = Self::from(&*payload);
        }
        Ok(payload)
    }

    /// The same, with what it has taken from the peer's account.
    pub(crate) fn charged(mut self, charge: Option<Charge>) -> Self {
        self.charge = charge;
        self
    }

    /// The whole block, and where in it the payload lies.
    pub(crate) fn space(&mut self) -> (&mut [u8], Range<usize>) {
        (&mut self.block, Self::AROUND..Self::AROUND + self.length)
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Self {
        let written: Result<Self, Infallible> = Self::with(bytes.len(), |space| {
            space.copy_from_slice(bytes);
            Ok(())
        });
        match written {
            Ok(payload) => payload,
        }
    }
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.block[Self::AROUND..][..self.length]
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Payload").field(&self.len()).finish()
    }
}

thread_local! {
    static OWN: Own<VecDeque<Long>, 1> = const { RefCell::new([Vec::new()]) };
}

/// How many lists a thread keeps, and all threads, and for how many payloads the longest has room.
static LISTS: Pool<VecDeque<Long>, 1> = Pool::new(&OWN, [(4, 32)]);
const ROOM: usize = 64;

/// Long payloads, in a list that comes from a pool and goes back.
#[derive(Debug, Default)]
struct Longs(VecDeque<Long>);

impl Longs {
    fn push(&mut self, payload: Long) {
        if self.0.capacity() == 0 {
            self.0 = LISTS.take(0).unwrap_or_default();
        }
        self.0.push_back(payload);
    }

    fn pop(&mut self) -> Option<Long> {
        self.0.pop_front()
    }
}

impl Drop for Longs {
    fn drop(&mut self) {
        self.0.clear();
        if (1..=ROOM).contains(&self.0.capacity()) {
            LISTS.give(0, std::mem::take(&mut self.0));
        }
    }
}
