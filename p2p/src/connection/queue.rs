//! A queue of encoded messages between two tasks, bounded in bytes.
//!
//! Small messages are copied one after another into one buffer, which the consumer takes whole. An empty
//! queue holds no memory: the buffer comes from the pool with the first message, and goes back when its
//! messages were taken.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use thiserror::Error;

use super::batch::{Batch, Cost, Long, Payload, Route};
use crate::budget::{Budget, BudgetClosed, NotTaken, Take};
use crate::protocol::numbers::Code;
use crate::sync::modelled::{Mutex, MutexGuard, lock};

/// What a message takes up in a queue beside its payload, so that empty messages are bounded too.
pub(crate) const OVERHEAD: usize = 56;

/// A queue for messages of up to so many bytes in all, and at least one.
pub(crate) struct Queue {
    room: Budget,
    /// Replies have as much room again. Else two nodes that ask each other for much would wait for each
    /// other: no request is taken while replies wait, and no reply is sent while requests do.
    room_for_replies: Budget,
    state: Mutex<QueueState>,
    /// In a pipe, the connection that takes from this queue: there is no reader between.
    far_end: Option<Box<dyn FarEnd>>,
}

/// The connection at the other end of a pipe.
pub(crate) trait FarEnd: Send + Sync {
    /// Hands a reply to the request that waits for it.
    fn take_reply(&self, code: Code, payload: Payload);

    /// Notes that one more sender waits for room in its inbox, or one less.
    fn set_sender_waits(&self, waits: bool);
}

#[derive(Debug, Default)]
struct QueueState {
    closed: bool,
    /// Nobody takes anything any more.
    cleared: bool,
    waiting: Batch,
    /// The consumer, when it waits.
    consumer: Option<Waker>,
    /// Bytes of the last batch that was taken: the next one is likely to become as large.
    usual: usize,
}

/// Room for one message. Its drop gives it back, unless a message has been pushed into it.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    queue: &'a Queue,
    cost: u32,
    reply: bool,
}

impl Room<'_> {
    /// Leaves the room to the message.
    fn keep(mut self) {
        self.cost = 0;
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.queue.budget(self.reply).give(self.cost as usize);
    }
}

/// Waits for room in a [`Queue`].
#[must_use = "nothing is taken before it is polled"]
pub(crate) struct Reserve<'a> {
    queue: &'a Queue,
    cost: u32,
    reply: bool,
    take: Take<'a>,
}

impl<'a> Future for Reserve<'a> {
    type Output = Result<Room<'a>, Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let taken = ready!(Pin::new(&mut self.take).poll(cx));
        let taken = taken.map_err(|BudgetClosed| Closed);
        Poll::Ready(taken.map(|()| self.queue.room(self.cost, self.reply)))
    }
}

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoom {
    Full,
    Closed,
}

impl From<NotTaken> for NoRoom {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::TooLittle => Self::Full,
            NotTaken::Closed => Self::Closed,
        }
    }
}

impl Queue {
    pub(crate) fn new(budget: u32) -> Self {
        Self {
            room: Budget::new(budget as usize),
            room_for_replies: Budget::new(budget as usize),
            state: Mutex::default(),
            far_end: None,
        }
    }

    /// The queue between the two ends of a pipe.
    pub(crate) fn of_pipe(budget: u32, far_end: Box<dyn FarEnd>) -> Self {
        Self {
            far_end: Some(far_end),
            ..Self::new(budget)
        }
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        lock(&self.state)
    }

    fn budget(&self, reply: bool) -> &Budget {
        if reply {
            &self.room_for_replies
        } else {
            &self.room
        }
    }

    /// What a payload of `length` bytes costs; one that is larger than the queue costs all of it.
    fn cost(&self, length: usize) -> u32 {
        let cost = (length + OVERHEAD).min(self.room.total());
        // The total came from 32 bits.
        u32::try_from(cost).unwrap_or(u32::MAX)
    }

    /// Whether a payload of `length` bytes is larger than the queue, which takes one of them all the same.
    pub(crate) fn is_exceeded_by(&self, length: usize) -> bool {
        length + OVERHEAD > self.room.total()
    }

    /// Waits for room for a payload of `length` bytes, first come, first served. Replies have room of their own.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, nothing is taken.
    pub(crate) fn reserve(&self, length: usize, reply: bool) -> Reserve<'_> {
        let cost = self.cost(length);
        Reserve {
            queue: self,
            cost,
            reply,
            take: self.budget(reply).take(cost as usize),
        }
    }

    /// Takes room for a payload of `length` bytes if there is some now.
    pub(crate) fn try_reserve(&self, length: usize, reply: bool) -> Result<Room<'_>, NoRoom> {
        let cost = self.cost(length);
        self.budget(reply).try_take(cost as usize)?;
        Ok(self.room(cost, reply))
    }

    /// Room beyond that of the queue, for a message that has its room in the account.
    pub(crate) fn reserve_beyond(&self) -> Result<Room<'_>, Closed> {
        if self.room.is_closed() {
            return Err(Closed);
        }
        Ok(self.room(0, false))
    }

    fn room(&self, cost: u32, reply: bool) -> Room<'_> {
        let queue = self;
        Room { queue, cost, reply }
    }

    /// Whether somebody waits for room, or there is none left.
    pub(crate) fn is_full(&self) -> bool {
        let rooms = [&self.room, &self.room_for_replies];
        rooms.iter().any(|room| room.is_short() || room.free() == 0)
    }

    /// Appends a message whose payload of `length` bytes, at most [`INLINE`], `write` sets.
    pub(crate) fn push_with<E>(
        &self,
        room: Room<'_>,
        route: Route,
        length: usize,
        write: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(far_end) = self.takes_reply(&room) {
            far_end.take_reply(route.code, Payload::with(length, write)?);
            return Ok(());
        }
        let cost = (room.cost, room.reply);
        self.push(room, |state| {
            state.waiting.push(state.usual, route, cost, length, write)
        })
    }

    /// The connection at the other end of a pipe.
    pub(super) fn far_end(&self) -> Option<&dyn FarEnd> {
        self.far_end.as_deref()
    }

    /// Who takes what is pushed into this room at once: replies don't wait in a pipe.
    fn takes_reply(&self, room: &Room<'_>) -> Option<&dyn FarEnd> {
        self.far_end().filter(|_| room.reply)
    }

    /// Appends a message with a payload of its own.
    pub(crate) fn push_long(&self, room: Room<'_>, route: Route, payload: Long) {
        let payload = match (self.takes_reply(&room), payload) {
            (Some(far_end), Long::Owned(payload, _)) => {
                return far_end.take_reply(route.code, payload);
            }
            (_, payload) => payload,
        };
        let cost = (room.cost, room.reply);
        let pushed: Result<(), Infallible> = self.push(room, |state| {
            state.waiting.push_long(route, cost, payload);
            Ok(())
        });
        match pushed {
            Ok(()) => {}
        }
    }

    fn push<E>(
        &self,
        room: Room<'_>,
        append: impl FnOnce(&mut QueueState) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut state = self.state();
        if state.cleared {
            // Whoever pushes had its room before the end.
            return Ok(());
        }
        let was_empty = state.waiting.is_empty();
        append(&mut state)?;
        room.keep();
        if was_empty {
            wake(state);
        }
        Ok(())
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
        if self.exchange(batch, Some(cx))? {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    /// As [`take`](Self::take), but answers `false` instead of waiting.
    pub(crate) fn take_now(&self, batch: &mut Batch) -> Result<bool, Closed> {
        self.exchange(batch, None)
    }

    fn exchange(&self, batch: &mut Batch, cx: Option<&mut Context<'_>>) -> Result<bool, Closed> {
        debug_assert!(
            batch.is_empty(),
            "a batch is exchanged only when it is empty"
        );
        // Its memory can serve for what comes meanwhile.
        *batch = Batch::default();
        let mut state = self.state();
        if state.waiting.is_empty() {
            if state.closed {
                return Err(Closed);
            }
            if let Some(cx) = cx {
                state.consumer = Some(cx.waker().clone());
            }
            return Ok(false);
        }
        std::mem::swap(&mut state.waiting, batch);
        state.usual = batch.len();
        Ok(true)
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

    /// Gives back the room of messages that were dealt with.
    pub(crate) fn release(&self, cost: Cost) {
        self.room.give(cost.messages);
        self.room_for_replies.give(cost.replies);
    }

    /// Bytes that are taken up now, by what waits and by what is being dealt with.
    pub(crate) fn taken(&self) -> usize {
        self.room.taken() + self.room_for_replies.taken()
    }

    /// Drops what waits, what still comes, and who consumes, for handles may outlive the connection by far.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.cleared = true;
        let (waiting, consumer) = (std::mem::take(&mut state.waiting), state.consumer.take());
        drop(state);
        drop((waiting, consumer));
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

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("total", &self.room.total())
            .field("taken", &self.taken())
            .finish_non_exhaustive()
    }
}

/// No more messages will come from this peer. [`Peer::closed`](crate::Peer::closed) says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the connection is closed")]
pub struct Closed;

/// Wakes the consumer, if it waits.
fn wake(mut state: MutexGuard<'_, QueueState>) {
    let consumer = state.consumer.take();
    drop(state);
    if let Some(consumer) = consumer {
        consumer.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// A different message for each number.
    fn route(number: u64) -> Route {
        Route {
            channel: (number % 3) as u16,
            code: Code(number),
        }
    }

    fn push(queue: &Queue, number: u64, length: usize) {
        let room = queue.try_reserve(length, false).expect("room");
        let written: Result<(), Closed> = queue.push_with(room, route(number), length, |space| {
            space.fill(number as u8);
            Ok(())
        });
        written.expect("written");
    }

    fn push_long(queue: &Queue, number: u64, payload: &[u8]) {
        let room = queue.try_reserve(payload.len(), false).expect("room");
        queue.push_long(room, route(number), Long::Owned(payload.into(), false));
    }

    #[test]
    fn short_and_long_messages_come_out_in_their_order() {
        let (queue, mut batch) = (Queue::new(1 << 20), Batch::default());
        for round in 0..3_u64 {
            let mut total = 0;
            for number in 0..100_u64 {
                let length = (number * round * 37 % 4096) as usize;
                match number % 7 {
                    0 => push_long(&queue, number, &vec![number as u8; length]),
                    _ => push(&queue, number, length),
                }
                total += queue.cost(length) as usize;
            }
            assert_eq!(queue.take_now(&mut batch), Ok(true));
            for number in 0..100_u64 {
                let taken = batch.pop().expect("there");
                let length = (number * round * 37 % 4096) as usize;
                assert_eq!(taken.route, route(number));
                assert_eq!(taken.payload.bytes(), vec![number as u8; length]);
                total -= taken.cost.total();
                queue.release(taken.cost);
            }
            assert!(batch.pop().is_none());
            assert_eq!(total, 0);
            assert_eq!(queue.room.free(), 1 << 20);
        }
    }

    #[test]
    fn a_long_message_is_alone_until_others_come() {
        for kinds in ["l", "ll", "ls", "sl", "lsl", "sls", "llsl"] {
            let (queue, mut batch) = (Queue::new(1 << 20), Batch::default());
            for (number, kind) in (0..).zip(kinds.chars()) {
                match kind {
                    'l' => push_long(&queue, number, &[number as u8; 50]),
                    _ => push(&queue, number, 50),
                }
            }
            assert_eq!(queue.take_now(&mut batch), Ok(true));
            for number in 0..kinds.len() {
                let taken = batch.pop().expect("there");
                assert_eq!(taken.route, route(number as u64), "{kinds}");
                assert_eq!(taken.payload.bytes(), [number as u8; 50]);
                queue.release(taken.cost);
            }
            assert!(batch.pop().is_none() && batch.is_empty());
            assert_eq!(queue.room.free(), 1 << 20);
        }
    }

    #[test]
    fn an_empty_queue_holds_no_memory() {
        let (queue, mut batch) = (Queue::new(1 << 20), Batch::default());
        for number in 0..500 {
            push(&queue, number, 1024);
        }
        push_long(&queue, 500, &[7; 5000]);
        assert_eq!(queue.take_now(&mut batch), Ok(true));
        while let Some(taken) = batch.pop() {
            queue.release(taken.cost);
        }
        let mut cx = Context::from_waker(Waker::noop());
        let taking = pin!(queue.take(&mut batch)).poll(&mut cx);
        assert_eq!(taking, Poll::Pending);
        assert_eq!(batch.memory() + queue.state().waiting.memory(), 0);
    }

    #[test]
    fn a_queue_that_has_ended_keeps_neither_its_consumer_nor_messages() {
        struct Noted;
        impl std::task::Wake for Noted {
            fn wake(self: Arc<Self>) {}
        }
        let noted = Arc::new(Noted);
        let waker = Waker::from(noted.clone());
        let mut cx = Context::from_waker(&waker);
        let (queue, mut batch) = (Queue::new(1 << 20), Batch::default());
        let [early, late] = [10, 20].map(|length| queue.try_reserve(length, false).expect("room"));
        queue.close();
        // What had its room before is still sent.
        queue.push_long(early, route(1), Long::Owned([7; 10][..].into(), false));
        assert_eq!(queue.poll_take(&mut cx, &mut batch), Poll::Ready(Ok(())));
        assert!(batch.pop().is_some());
        assert_eq!(
            queue.poll_take(&mut cx, &mut batch),
            Poll::Ready(Err(Closed))
        );
        assert_eq!(
            Arc::strong_count(&noted),
            2,
            "a queue that is closed wakes nobody"
        );
        queue.clear();
        queue.push_long(late, route(2), Long::Owned([7; 20][..].into(), false));
        assert!(queue.state().waiting.is_empty());
        assert_eq!(queue.state().waiting.memory(), 0);
    }

    #[test]
    fn a_queue_that_is_cleared_forgets_its_consumer() {
        let (queue, mut batch) = (Queue::new(1 << 20), Batch::default());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(queue.poll_take(&mut cx, &mut batch).is_pending());
        queue.clear();
        assert!(queue.state().consumer.is_none());
    }

    #[test]
    fn what_fails_to_be_written_is_not_there() {
        let (queue, mut batch) = (Queue::new(1 << 20), Batch::default());
        push(&queue, 1, 10);
        let room = queue.try_reserve(20, false).expect("room");
        let failed = queue.push_with(room, route(2), 20, |_| Err(Closed));
        assert_eq!(failed, Err(Closed));
        push(&queue, 3, 30);
        assert_eq!(queue.take_now(&mut batch), Ok(true));
        let mut numbers = Vec::new();
        while let Some(taken) = batch.pop() {
            numbers.push(taken.route.code.0);
            queue.release(taken.cost);
        }
        assert_eq!(numbers, [1, 3]);
        assert_eq!(queue.room.free(), 1 << 20);
    }

    #[test]
    fn a_burst_does_not_weigh_on_the_little_that_comes_later() {
        let (queue, mut batch) = (Queue::new(1 << 20), Batch::default());
        for count in [900, 1, 1] {
            for number in 0..count {
                push(&queue, number, 1024);
            }
            assert!(queue.state().waiting.memory() < (2 * count * 1040).max(160 * 1024) as usize);
            assert_eq!(queue.take_now(&mut batch), Ok(true));
            while batch.pop().is_some_and(|taken| {
                queue.release(taken.cost);
                true
            }) {}
        }
        push(&queue, 1, 1024);
        assert!(queue.state().waiting.memory() <= 2048);
    }
}
