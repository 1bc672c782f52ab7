//! One protocol's share of a connection.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::cause::Cause;
use super::messages::{Messages, Row};
use super::pending::{RequestLimits, Requests};
use super::queue::Queue;
use crate::bucket::Bucket;
use crate::message_id::MessageId;
use crate::protocol::error::{DecodeError, EncodeError};
use crate::protocol::numbers::Code;
use crate::sync::lock;

/// The message IDs of a channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    /// The message ID of code 0.
    pub(crate) first: MessageId,
    /// The number of codes.
    pub(crate) length: u64,
}

/// One protocol's share of a connection.
pub(crate) struct Channel {
    /// The messages of the version in use.
    pub(crate) messages: Arc<Messages>,
    /// The message ID of code 0.
    pub(crate) first_id: MessageId,
    /// The number of codes.
    pub(crate) length: u64,
    /// Messages that were received.
    pub(crate) inbox: Arc<Queue>,
    /// The protocol's `Peers<P>`, which tells its type too.
    pub(crate) peers: Arc<dyn Any + Send + Sync>,
    /// Our requests that wait for replies.
    pub(crate) requests: Requests,
    /// The token buckets of messages that have a rate. Only the reader takes from them.
    buckets: Box<[Mutex<Bucket>]>,
    /// The code that is being handled, or `IDLE`.
    handling: AtomicU64,
    /// Messages that exceeded their rate and were dropped.
    dropped: AtomicU64,
}

const IDLE: u64 = u64::MAX;

impl Channel {
    /// A channel for these messages. `peers` is the protocol's `Peers<P>`. Rates are held from `now` on.
    pub(crate) fn new(
        messages: Arc<Messages>,
        ids: Ids,
        inbox: Arc<Queue>,
        peers: Arc<dyn Any + Send + Sync>,
        limits: RequestLimits,
        now: Option<Instant>,
    ) -> Self {
        Self {
            buckets: now.map(|now| messages.buckets(now)).unwrap_or_default(),
            first_id: ids.first,
            length: ids.length,
            inbox,
            peers,
            requests: Requests::new(messages.clone(), limits),
            messages,
            handling: AtomicU64::new(IDLE),
            dropped: AtomicU64::new(0),
        }
    }

    /// The protocol's name.
    pub(crate) fn protocol(&self) -> &'static str {
        self.messages.protocol
    }

    /// The cause of an end by a payload that has `size` bytes decompressed, which is too many.
    pub(crate) fn too_large(&self, row: &Row, size: usize) -> Cause {
        Cause::MessageTooLarge {
            protocol: self.protocol(),
            message: row.info.name,
            size,
            limit: row.info.max_size,
        }
    }

    /// The cause of an end by a message that has an unknown code.
    pub(crate) fn unknown_code(&self, code: Code) -> Cause {
        let protocol = self.protocol();
        let version = self.messages.version;
        Cause::Undecodable {
            protocol,
            error: DecodeError::UnknownCode {
                protocol,
                version,
                code,
            },
        }
    }

    /// Checks that a code is one of this protocol's, and not of the next one on the connection.
    pub(crate) fn check_code(&self, code: Code) -> Result<(), EncodeError> {
        if code.0 < self.length {
            return Ok(());
        }
        Err(EncodeError::UnknownCode {
            protocol: self.protocol(),
            code,
            length: self.length,
        })
    }

    /// Takes a token from the bucket at this position, [`Row::bucket`]; `false` if there is none.
    pub(crate) fn take_token(&self, bucket: usize, now: Instant) -> bool {
        let bucket = self.buckets.get(bucket);
        bucket.is_none_or(|bucket| lock(bucket).take(now))
    }

    /// Adds the tokens of a pause from `since` to `now`, in which nothing was read.
    pub(crate) fn add_pause(&self, since: Instant, now: Instant) {
        for bucket in &self.buckets {
            lock(bucket).paused(since, now);
        }
    }

    /// Counts a message that was dropped, and returns `true` if it was the first.
    pub(crate) fn count_dropped(&self) -> bool {
        self.dropped.fetch_add(1, Ordering::Relaxed) == 0
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn set_handling(&self, code: Option<Code>) {
        self.handling
            .store(code.map_or(IDLE, |code| code.0), Ordering::Relaxed);
    }

    /// The name of the message that is being handled.
    pub(crate) fn handled_message(&self) -> Option<&'static str> {
        match self.handling.load(Ordering::Relaxed) {
            IDLE => None,
            code => self.messages.name_of(Code(code)),
        }
    }
}
