//! A queue of encoded messages between two tasks, bounded in bytes.
//!
//! Small messages are copied one after another into one buffer, which the consumer takes whole and
//! gives back when it is empty: in steady state nothing is allocated. Both buffers keep what they have grown
//! to until [`Queue::shrink`], which is called when the connection is idle.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

use super::Closed;

/// What a message takes up in a queue beside its payload, so that empty messages are bounded too.
const OVERHEAD: usize = size_of::<Entry>();

/// The longest payload that is copied into the common buffer; a longer one stands by itself.
pub(crate) const INLINE: usize = 4096;

/// What an empty buffer keeps however little was in it.
const KEPT: usize = 64 * 1024;

/// A queue for messages of up to `budget` bytes in all, and at least one.
#[derive(Debug)]
pub(crate) struct Queue {
    budget: u32,
    room: Semaphore,
    /// Replies have as much room again. Else two nodes that ask each other for much would wait for each
    /// other: no request is taken while replies wait, and no reply is sent while requests do.
    room_for_replies: Semaphore,
    /// Whether the consumer is to give back its batch's memory.
    idle: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    waiting: Batch,
    /// The consumer, when it waits.
    consumer: Option<Waker>,
    /// Whether the consumer's batch holds memory.
    taken: bool,
}

/// Messages that a consumer has taken from a queue.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    read: usize,
    entries: VecDeque<Entry>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    cost: u32,
    reply: bool,
    payload: Payload,
}

#[derive(Debug)]
enum Payload {
    Inline(usize),
    Plain(Bytes),
    Compressed(Bytes),
}

/// A message taken from a batch.
#[derive(Debug)]
pub(crate) struct Taken<'a> {
    /// The number it was pushed with.
    pub(crate) number: u64,
    /// What to give back with [`Queue::release`].
    pub(crate) cost: Cost,
    /// Its payload.
    pub(crate) body: Body<'a>,
}

/// A payload taken from a queue.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    /// As the protocol encodes it, in the batch's buffer.
    Inline(&'a [u8]),
    /// As the protocol encodes it.
    Plain(Bytes),
    /// Compressed already.
    Compressed(Bytes),
}

impl Body<'_> {
    /// The payload's bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Inline(bytes) => bytes,
            Self::Plain(bytes) | Self::Compressed(bytes) => bytes,
        }
    }
}

/// Room for one message.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    permit: SemaphorePermit<'a>,
    cost: u32,
    reply: bool,
}

/// The room that messages have taken.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    messages: usize,
    replies: usize,
}

impl Cost {
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

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoom {
    Full,
    Closed,
}

impl Queue {
    pub(crate) fn new(budget: u32) -> Self {
        Self {
            budget,
            room: Semaphore::new(budget as usize),
            room_for_replies: Semaphore::new(budget as usize),
            idle: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a payload of `length` bytes costs; one that is larger than the budget costs all of it.
    fn cost(&self, length: usize) -> u32 {
        u32::try_from(length + OVERHEAD)
            .unwrap_or(u32::MAX)
            .min(self.budget)
    }

    /// Waits for room for a payload of `length` bytes, first come, first served.
    pub(crate) async fn reserve(&self, length: usize) -> Result<Room<'_>, Closed> {
        let cost = self.cost(length);
        let permit = self.room.acquire_many(cost).await.map_err(|_| Closed)?;
        let reply = false;
        Ok(Room {
            permit,
            cost,
            reply,
        })
    }

    /// As [`reserve`](Self::reserve), for a reply.
    pub(crate) async fn reserve_for_reply(&self, length: usize) -> Result<Room<'_>, Closed> {
        let cost = self.cost(length);
        let permit = self.room_for_replies.acquire_many(cost).await;
        let (permit, reply) = (permit.map_err(|_| Closed)?, true);
        Ok(Room {
            permit,
            cost,
            reply,
        })
    }

    /// Takes room for a payload of `length` bytes if there is some now.
    pub(crate) fn try_reserve(&self, length: usize) -> Result<Room<'_>, NoRoom> {
        let cost = self.cost(length);
        match self.room.try_acquire_many(cost) {
            Ok(permit) => {
                let reply = false;
                Ok(Room {
                    permit,
                    cost,
                    reply,
                })
            }
            Err(TryAcquireError::NoPermits) => Err(NoRoom::Full),
            Err(TryAcquireError::Closed) => Err(NoRoom::Closed),
        }
    }

    /// Appends a message whose payload, at most [`INLINE`] bytes, `write` appends to a buffer.
    pub(crate) fn push_with<E>(
        &self,
        room: Room<'_>,
        number: u64,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut state = self.state();
        let start = state.waiting.bytes.len();
        if let Err(error) = write(&mut state.waiting.bytes) {
            state.waiting.bytes.truncate(start);
            return Err(error);
        }
        let length = state.waiting.bytes.len() - start;
        self.append(state, room, number, Payload::Inline(length));
        Ok(())
    }

    /// Appends a message with a payload of its own.
    pub(crate) fn push_bytes(&self, room: Room<'_>, number: u64, payload: Bytes, compressed: bool) {
        let payload = if compressed {
            Payload::Compressed(payload)
        } else {
            Payload::Plain(payload)
        };
        self.append(self.state(), room, number, payload);
    }

    fn append(
        &self,
        mut state: MutexGuard<'_, State>,
        room: Room<'_>,
        number: u64,
        payload: Payload,
    ) {
        let Room {
            permit,
            cost,
            reply,
        } = room;
        permit.forget();
        let was_empty = state.waiting.entries.is_empty();
        state.waiting.entries.push_back(Entry {
            number,
            cost,
            reply,
            payload,
        });
        if was_empty {
            wake(state);
        }
    }

    /// Exchanges an emptied batch for all that waits. `Closed` when nothing does and nothing will.
    ///
    /// Cancel safe: nothing is taken unless it returns.
    pub(crate) fn take(&self, batch: &mut Batch) -> impl Future<Output = Result<(), Closed>> {
        poll_fn(|cx| self.poll_take(cx, batch))
    }

    /// As [`take`](Self::take), for the one task that consumes.
    pub(crate) fn poll_take(
        &self,
        cx: &mut Context<'_>,
        batch: &mut Batch,
    ) -> Poll<Result<(), Closed>> {
        let taken = self.exchange(batch, Some(cx))?;
        if !taken && self.idle.swap(false, Ordering::Relaxed) {
            *batch = Batch::default();
        }
        if taken {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    /// Waits until the queue is closed, for the one task that consumes. It may be polled for other reasons.
    pub(crate) fn poll_closed(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.closed {
            return Poll::Ready(());
        }
        state.consumer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Lets the consumer look at something else than the queue.
    pub(crate) fn wake(&self) {
        wake(self.state());
    }

    /// Gives back the memory that a busy time has left.
    pub(crate) fn shrink(&self) {
        let mut state = self.state();
        if state.waiting.entries.is_empty() {
            state.waiting = Batch::default();
        }
        if std::mem::take(&mut state.taken) {
            self.idle.store(true, Ordering::Relaxed);
            wake(state);
        }
    }

    /// As [`take`](Self::take), but answers `false` instead of waiting.
    pub(crate) fn take_now(&self, batch: &mut Batch) -> Result<bool, Closed> {
        self.exchange(batch, None)
    }

    fn exchange(&self, batch: &mut Batch, cx: Option<&mut Context<'_>>) -> Result<bool, Closed> {
        batch.recycle();
        let mut state = self.state();
        if state.waiting.entries.is_empty() {
            if let Some(cx) = cx {
                state.consumer = Some(cx.waker().clone());
            }
            return if state.closed { Err(Closed) } else { Ok(false) };
        }
        std::mem::swap(&mut state.waiting, batch);
        state.taken = true;
        Ok(true)
    }

    /// Gives back the room of messages that were dealt with.
    pub(crate) fn release(&self, cost: Cost) {
        self.room.add_permits(cost.messages);
        if cost.replies > 0 {
            self.room_for_replies.add_permits(cost.replies);
        }
    }

    /// Drops what waits.
    pub(crate) fn clear(&self) {
        let waiting = std::mem::take(&mut self.state().waiting);
        drop(waiting);
    }

    /// Refuses further messages. What waits can still be taken.
    pub(crate) fn close(&self) {
        self.room.close();
        self.room_for_replies.close();
        let mut state = self.state();
        state.closed = true;
        wake(state);
    }
}

/// Wakes the consumer, if it waits.
fn wake(mut state: MutexGuard<'_, State>) {
    let consumer = state.consumer.take();
    drop(state);
    if let Some(consumer) = consumer {
        consumer.wake();
    }
}

impl Batch {
    /// Whether every message was taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes the next message.
    pub(crate) fn pop(&mut self) -> Option<Taken<'_>> {
        let Entry {
            number,
            cost,
            reply,
            payload,
        } = self.entries.pop_front()?;
        let cost = match (cost as usize, reply) {
            (messages, false) => Cost {
                messages,
                replies: 0,
            },
            (replies, true) => Cost {
                messages: 0,
                replies,
            },
        };
        let body = match payload {
            Payload::Inline(length) => {
                let start = self.read;
                self.read += length;
                Body::Inline(&self.bytes[start..self.read])
            }
            Payload::Plain(bytes) => Body::Plain(bytes),
            Payload::Compressed(bytes) => Body::Compressed(bytes),
        };
        Some(Taken { number, cost, body })
    }

    /// Makes an emptied batch fit to be filled again, without most of what a burst left behind.
    fn recycle(&mut self) {
        debug_assert!(
            self.entries.is_empty(),
            "a batch is exchanged only when it is empty"
        );
        self.read = 0;
        // Twice what was just there: a busy queue is not to grow anew each time.
        let used = self.bytes.len();
        self.bytes.clear();
        self.bytes.shrink_to(KEPT.max(2 * used));
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    /// Puts so many messages of 1 KiB into a queue and takes them out again.
    fn burst(queue: &Queue, batch: &mut Batch, count: u64) {
        for number in 0..count {
            let room = queue.try_reserve(1024).expect("room");
            let written: Result<(), Closed> = queue.push_with(room, number, |out| {
                out.extend_from_slice(&[7; 1024]);
                Ok(())
            });
            written.expect("written");
        }
        assert_eq!(queue.take_now(batch), Ok(true));
        while let Some(taken) = batch.pop() {
            queue.release(taken.cost);
        }
    }

    #[test]
    fn buffers_are_kept_between_bursts_and_given_back_when_idle() {
        let (queue, mut batch) = (Queue::new(1 << 20), Batch::default());
        for _ in 0..3 {
            burst(&queue, &mut batch, 500);
        }
        assert!(batch.bytes.capacity() >= 500 * 1024);
        assert!(queue.state().waiting.bytes.capacity() >= 500 * 1024);

        let mut cx = Context::from_waker(Waker::noop());
        let mut taking = Box::pin(queue.take(&mut batch));
        assert_eq!(taking.as_mut().poll(&mut cx), Poll::Pending);
        queue.shrink();
        assert_eq!(taking.as_mut().poll(&mut cx), Poll::Pending);
        drop(taking);
        assert_eq!(batch.bytes.capacity() + batch.entries.capacity(), 0);
        let waiting = &queue.state().waiting;
        assert_eq!(waiting.bytes.capacity() + waiting.entries.capacity(), 0);
    }

    #[test]
    fn a_queue_that_was_shrunk_loses_nothing_that_waits() {
        let (queue, mut batch) = (Queue::new(1 << 20), Batch::default());
        burst(&queue, &mut batch, 5);
        let room = queue.try_reserve(1).expect("room");
        queue.push_bytes(room, 9, Bytes::from_static(&[1]), false);
        queue.shrink();
        let mut cx = Context::from_waker(Waker::noop());
        let taken = pin!(queue.take(&mut batch)).poll(&mut cx);
        assert_eq!(taken, Poll::Ready(Ok(())));
        assert_eq!(batch.pop().map(|taken| taken.number), Some(9));
    }

    #[test]
    fn most_of_a_burst_is_given_back_when_less_comes() {
        let (queue, mut batch) = (Queue::new(1 << 20), Batch::default());
        for count in [900, 900, 1, 1, 1] {
            burst(&queue, &mut batch, count);
        }
        assert!(batch.bytes.capacity() <= KEPT);
        assert!(queue.state().waiting.bytes.capacity() <= KEPT);
    }
}
