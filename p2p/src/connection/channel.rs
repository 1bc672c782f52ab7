//! One protocol's share of a connection.

use std::any::Any;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::messages::{Messages, Row};
use super::pending::{RequestLimits, Requests};
use super::queue::Queue;
use crate::protocol::error::EncodeError;
use crate::protocol::numbers::Code;
use crate::protocol::rate::{Bucket, Rate};

/// One protocol's share of a connection.
pub(crate) struct Channel {
    /// The messages of the version in use.
    pub(crate) messages: Arc<Messages>,
    /// The message ID of code 0.
    pub(crate) offset: u64,
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
    /// A channel for these messages, with these message IDs. `peers` is the protocol's `Peers<P>`.
    pub(crate) fn new(
        messages: Arc<Messages>,
        ids: Range<u64>,
        inbox: Arc<Queue>,
        peers: Arc<dyn Any + Send + Sync>,
        limits: RequestLimits,
        now: Option<Instant>,
    ) -> Self {
        Self {
            buckets: now.map(|now| messages.buckets(now)).unwrap_or_default(),
            offset: ids.start,
            length: ids.end - ids.start,
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

    /// The version in use.
    pub(crate) fn version(&self) -> u64 {
        self.messages.version
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

    /// Takes a token for a message. Returns the rate if the message exceeds it.
    ///
    /// The clock is read only for a message that has a rate.
    pub(crate) fn take_token(&self, row: &Row, now: impl FnOnce() -> Instant) -> Option<Rate> {
        let bucket = self.buckets.get(row.bucket?)?;
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        if bucket.take(now()) {
            return None;
        }
        row.info.rate
    }

    /// Adds the tokens of a pause from `since` to `now`, in which nothing was read.
    pub(crate) fn add_pause(&self, since: Instant, now: Instant) {
        for bucket in &self.buckets {
            let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.paused(since, now);
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
