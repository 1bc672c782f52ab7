//! A number of bytes that many take from, first come, first served.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use crate::sync::lock;

/// A number of bytes. They are taken with [`take`](Self::take) and given back with [`give`](Self::give).
pub(crate) struct Budget {
    total: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    free: usize,
    /// The ticket of the next one who has to wait.
    next: u64,
    /// Who waits, in the order in which they came, for how much.
    waiting: BTreeMap<u64, (usize, Waker)>,
    /// Who has been given what they waited for, and does not know yet.
    granted: BTreeMap<u64, usize>,
}

impl Budget {
    pub(crate) fn new(total: usize) -> Self {
        Self {
            total,
            state: Mutex::new(State {
                free: total,
                ..State::default()
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// All bytes, taken or not.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Bytes that are taken.
    pub(crate) fn taken(&self) -> usize {
        self.total.saturating_sub(self.state().free)
    }

    /// Whether somebody waits for bytes.
    pub(crate) fn is_short(&self) -> bool {
        !self.state().waiting.is_empty()
    }

    /// Takes bytes if there are so many, and nobody waits.
    pub(crate) fn try_take(&self, bytes: usize) -> bool {
        let mut state = self.state();
        let is_free = state.waiting.is_empty() && bytes <= state.free;
        if is_free {
            state.free -= bytes;
        }
        is_free
    }

    /// Takes as many bytes as there are, up to `most`, and none if somebody waits.
    pub(crate) fn take_up_to(&self, most: usize) -> usize {
        let mut state = self.state();
        if !state.waiting.is_empty() {
            return 0;
        }
        let taken = state.free.min(most);
        state.free -= taken;
        taken
    }

    /// Waits for bytes, and takes them. More than there are in all are never there.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, nothing is taken, and the place in the order is lost.
    pub(crate) fn take(&self, bytes: usize) -> Take<'_> {
        Take {
            budget: self,
            bytes,
            ticket: None,
        }
    }

    /// Gives bytes back that were taken.
    pub(crate) fn give(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        let mut state = self.state();
        state.free += bytes;
        debug_assert!(state.free <= self.total, "more is given than was taken");
        hand_out(state);
    }
}

/// Gives those who wait what there is, in their order, and wakes them.
fn hand_out(mut state: MutexGuard<'_, State>) {
    let mut wakers = Vec::new();
    while let Some((ticket, (bytes, waker))) = state.waiting.pop_first() {
        if bytes > state.free {
            state.waiting.insert(ticket, (bytes, waker));
            break;
        }
        state.free -= bytes;
        state.granted.insert(ticket, bytes);
        wakers.push(waker);
    }
    drop(state);
    for waker in wakers {
        waker.wake();
    }
}

/// Waits for bytes of a [`Budget`].
#[must_use = "nothing is taken before it is polled"]
pub(crate) struct Take<'a> {
    budget: &'a Budget,
    bytes: usize,
    /// Its ticket, while it waits.
    ticket: Option<u64>,
}

impl Future for Take<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.budget.state();
        if let Some(ticket) = self.ticket {
            if state.granted.remove(&ticket).is_some() {
                drop(state);
                self.ticket = None;
                return Poll::Ready(());
            }
            if let Some((_, waker)) = state.waiting.get_mut(&ticket) {
                waker.clone_from(cx.waker());
            }
            return Poll::Pending;
        }
        if state.waiting.is_empty() && self.bytes <= state.free {
            state.free -= self.bytes;
            return Poll::Ready(());
        }
        let ticket = state.next;
        state.next += 1;
        state
            .waiting
            .insert(ticket, (self.bytes, cx.waker().clone()));
        drop(state);
        self.ticket = Some(ticket);
        Poll::Pending
    }
}

impl Drop for Take<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let mut state = self.budget.state();
        if let Some(bytes) = state.granted.remove(&ticket) {
            state.free += bytes;
        }
        let waited = state.waiting.remove(&ticket);
        // Those behind it may need less.
        hand_out(state);
        drop(waited);
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("total", &self.total)
            .field("taken", &self.taken())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::pin::pin;

    use proptest::prelude::*;

    use super::*;

    fn poll(take: &mut Pin<Box<Take<'_>>>) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        take.as_mut().poll(&mut cx).is_ready()
    }

    #[test]
    fn who_came_first_gets_it_first() {
        let budget = Budget::new(10);
        assert!(budget.try_take(8));
        let mut large = Box::pin(budget.take(5));
        let mut small = Box::pin(budget.take(1));
        assert!(!poll(&mut large));
        assert!(!poll(&mut small), "the small one must not overtake");
        assert!(!budget.try_take(1) && budget.take_up_to(1) == 0);
        budget.give(3);
        assert!(!poll(&mut small) && poll(&mut large));
        budget.give(1);
        assert!(poll(&mut small));
        assert_eq!(budget.taken(), 8 - 4 + 6);
    }

    #[test]
    fn a_dropped_wait_makes_way_and_loses_nothing() {
        let budget = Budget::new(10);
        assert!(budget.try_take(8));
        let mut large = Box::pin(budget.take(5));
        let mut small = Box::pin(budget.take(1));
        assert!(!poll(&mut large) && !poll(&mut small));
        drop(large);
        assert!(poll(&mut small));
        // One that was granted and never polled again.
        let mut granted = Box::pin(budget.take(9));
        assert!(!poll(&mut granted));
        budget.give(9);
        assert_eq!(budget.taken(), 9);
        drop(granted);
        assert_eq!(budget.taken(), 0);
    }

    #[test]
    fn the_last_waker_is_woken() {
        let budget = Budget::new(1);
        assert!(budget.try_take(1));
        let mut take = pin!(budget.take(1));
        let (first, second) = (futures_util::task::noop_waker(), counting::waker());
        for waker in [&first, &second.0] {
            let mut cx = Context::from_waker(waker);
            assert!(take.as_mut().poll(&mut cx).is_pending());
        }
        budget.give(1);
        assert_eq!(second.1.load(std::sync::atomic::Ordering::Relaxed), 1);
    }

    mod counting {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicUsize, Ordering};
        use std::task::{Wake, Waker};

        struct Counting(Arc<AtomicUsize>);

        impl Wake for Counting {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }

        pub(super) fn waker() -> (Waker, Arc<AtomicUsize>) {
            let count = Arc::default();
            (Waker::from(Arc::new(Counting(Arc::clone(&count)))), count)
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_made(steps in prop::collection::vec((0..5_u8, 1..=7_usize), 0..60)) {
            let budget = Budget::new(7);
            let mut held = Vec::new();
            let mut waiting: VecDeque<(Pin<Box<Take<'_>>>, usize)> = VecDeque::new();
            for (step, bytes) in steps {
                match step {
                    0 => {
                        if budget.try_take(bytes) {
                            held.push(bytes);
                        }
                    }
                    1 => held.push(budget.take_up_to(bytes)),
                    2 => waiting.push_back((Box::pin(budget.take(bytes)), bytes)),
                    3 => budget.give(held.pop().unwrap_or_default()),
                    _ => drop(waiting.pop_front()),
                }
                let polled = std::mem::take(&mut waiting).into_iter();
                for (mut take, bytes) in polled {
                    if poll(&mut take) {
                        held.push(bytes);
                    } else {
                        waiting.push_back((take, bytes));
                    }
                }
                prop_assert_eq!(budget.taken(), held.iter().sum::<usize>());
            }
            drop(waiting);
            for bytes in held {
                budget.give(bytes);
            }
            prop_assert_eq!(budget.taken(), 0);
        }
    }
}
