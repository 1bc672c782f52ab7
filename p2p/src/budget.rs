//! An amount that many take from, first come, first served: bytes of memory, or places.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::sync::modelled::atomic::{AtomicUsize, Ordering};
use crate::sync::modelled::{Mutex, MutexGuard, lock};

/// An amount. It is taken with [`take`](Self::take) and given back with [`give`](Self::give), and only who has to
/// wait needs a lock.
pub(crate) struct Budget {
    total: usize,
    /// What is free, in [`UNIT`]s, and the flags.
    free: AtomicUsize,
    line: Mutex<Option<Box<Line>>>,
}

/// Somebody stands in line, and nobody else may take anything. Set and cleared only under the lock.
const LINE: usize = 1;
/// Nothing is taken any more.
const CLOSED: usize = 2;
/// One of what is free.
const UNIT: usize = 4;

/// Those who wait, in the order in which they came.
#[derive(Default)]
struct Line {
    places: VecDeque<Place>,
    /// The ticket of the first place; each place has the next one.
    first: u64,
    /// How many places, from the first one, wait no longer.
    served: usize,
}

enum Place {
    /// Waits for so much.
    Waits(usize, Waker),
    /// Was given what it waited for, and does not know it yet.
    Served,
    /// Nobody stands here any more.
    Empty,
}

/// Why nothing was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    TooLittle,
    Closed,
}

/// The budget was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BudgetClosed;

impl Budget {
    /// The largest total.
    pub(crate) const MOST: usize = usize::MAX / UNIT;

    /// A budget of `total`, or [`MOST`](Self::MOST) if that is less.
    pub(crate) fn new(total: usize) -> Self {
        let total = total.min(Self::MOST);
        Self {
            total,
            free: AtomicUsize::new(total * UNIT),
            line: Mutex::new(None),
        }
    }

    /// All of it, taken or not.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// What is free.
    pub(crate) fn free(&self) -> usize {
        self.free.load(Ordering::Acquire) / UNIT
    }

    /// What is taken.
    pub(crate) fn taken(&self) -> usize {
        self.total.saturating_sub(self.free())
    }

    /// Whether somebody waits.
    pub(crate) fn is_short(&self) -> bool {
        self.free.load(Ordering::Acquire) & LINE != 0
    }

    /// Whether nothing is taken any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.free.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Takes an amount if there is so much, and nobody waits.
    pub(crate) fn try_take(&self, amount: usize) -> Result<(), NotTaken> {
        self.try_update(|free| (amount <= free).then_some(amount))
            .map(drop)
    }

    /// Takes as much as there is, up to `most`, and nothing if somebody waits.
    pub(crate) fn take_up_to(&self, most: usize) -> usize {
        self.try_update(|free| Some(free.min(most))).unwrap_or(0)
    }

    /// Takes what `amount` says of what is free, unless somebody waits.
    fn try_update(&self, amount: impl Fn(usize) -> Option<usize>) -> Result<usize, NotTaken> {
        let mut word = self.free.load(Ordering::Acquire);
        loop {
            if word & CLOSED != 0 {
                return Err(NotTaken::Closed);
            }
            if word & LINE != 0 {
                return Err(NotTaken::TooLittle);
            }
            let amount = amount(word / UNIT).ok_or(NotTaken::TooLittle)?;
            match self.exchange(word, word - amount * UNIT) {
                Ok(()) => return Ok(amount),
                Err(now) => word = now,
            }
        }
    }

    fn exchange(&self, word: usize, new: usize) -> Result<(), usize> {
        let exchanged =
            self.free
                .compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Acquire);
        exchanged.map(drop)
    }

    /// Waits for an amount, and takes it. More than the total is never there.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it completes, nothing is taken, and the place in the line is lost.
    pub(crate) fn take(&self, amount: usize) -> Take<'_> {
        Take {
            budget: self,
            amount,
            ticket: None,
        }
    }

    /// Gives back an amount that was taken.
    pub(crate) fn give(&self, amount: usize) {
        if amount == 0 {
            return;
        }
        let before = self.free.fetch_add(amount * UNIT, Ordering::AcqRel);
        debug_assert!(
            before / UNIT + amount <= self.total,
            "more is given than was taken"
        );
        if before & LINE != 0 {
            self.serve();
        }
    }

    /// Gives those in line what there is, in their order.
    fn serve(&self) {
        while let Some(waker) = self.serve_next() {
            waker.wake();
        }
    }

    /// Gives the next one in line what it waits for, if there is so much, and returns its waker.
    fn serve_next(&self) -> Option<Waker> {
        let mut line = self.line();
        let line = line.as_mut()?;
        let mut woken = None;
        while let Some(place) = line.places.get_mut(line.served) {
            if let Place::Waits(amount, _) = place {
                // While there is a line, only who holds the lock takes anything.
                if woken.is_some() || *amount > self.free() {
                    return woken;
                }
                self.free.fetch_sub(*amount * UNIT, Ordering::AcqRel);
                if let Place::Waits(_, waker) = std::mem::replace(place, Place::Served) {
                    woken = Some(waker);
                }
            }
            line.served += 1;
        }
        self.free.fetch_and(!LINE, Ordering::AcqRel);
        woken
    }

    /// Takes nothing any more: who waits is told so, and who comes.
    pub(crate) fn close(&self) {
        self.free.fetch_or(CLOSED, Ordering::AcqRel);
        let mut wakers = Vec::new();
        if let Some(line) = self.line().as_mut() {
            for place in &mut line.places {
                if matches!(place, Place::Waits(..))
                    && let Place::Waits(_, waker) = std::mem::replace(place, Place::Empty)
                {
                    wakers.push(waker);
                }
            }
            line.served = line.places.len();
            self.free.fetch_and(!LINE, Ordering::AcqRel);
        }
        for waker in wakers {
            waker.wake();
        }
    }

    fn line(&self) -> MutexGuard<'_, Option<Box<Line>>> {
        lock(&self.line)
    }
}

impl Line {
    fn place(&mut self, ticket: u64) -> Option<&mut Place> {
        let position = usize::try_from(ticket.checked_sub(self.first)?).ok()?;
        self.places.get_mut(position)
    }

    /// Empties a place, and returns what stood there.
    fn leave(&mut self, ticket: u64) -> Place {
        let place = self.place(ticket);
        let left = place.map_or(Place::Empty, |place| std::mem::replace(place, Place::Empty));
        while let Some(Place::Empty) = self.places.front() {
            self.places.pop_front();
            self.first += 1;
            self.served = self.served.saturating_sub(1);
        }
        left
    }
}

/// Waits for an amount of a [`Budget`].
#[must_use = "nothing is taken before it is polled"]
pub(crate) struct Take<'a> {
    budget: &'a Budget,
    amount: usize,
    /// Its ticket, while it stands in line.
    ticket: Option<u64>,
}

impl Future for Take<'_> {
    type Output = Result<(), BudgetClosed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(ticket) = self.ticket else {
            return match self.budget.try_take(self.amount) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(NotTaken::Closed) => Poll::Ready(Err(BudgetClosed)),
                Err(NotTaken::TooLittle) => self.queue_up(cx),
            };
        };
        let mut line = self.budget.line();
        if let Some(line) = line.as_mut() {
            match line.place(ticket) {
                Some(Place::Waits(_, waker)) => {
                    waker.clone_from(cx.waker());
                    return Poll::Pending;
                }
                Some(Place::Served) => {
                    line.leave(ticket);
                    self.ticket = None;
                    return Poll::Ready(Ok(()));
                }
                Some(Place::Empty) | None => {}
            }
        }
        Poll::Ready(Err(BudgetClosed))
    }
}

impl Take<'_> {
    /// Gets in line, unless what it wants has become free.
    fn queue_up(&mut self, cx: &Context<'_>) -> Poll<Result<(), BudgetClosed>> {
        let budget = self.budget;
        let mut line = budget.line();
        let mut word = budget.free.load(Ordering::Acquire);
        while word & LINE == 0 {
            if word & CLOSED != 0 {
                return Poll::Ready(Err(BudgetClosed));
            }
            let is_enough = self.amount <= word / UNIT;
            let new = if is_enough {
                word - self.amount * UNIT
            } else {
                word | LINE
            };
            match budget.exchange(word, new) {
                Ok(()) if is_enough => return Poll::Ready(Ok(())),
                Ok(()) => break,
                Err(now) => word = now,
            }
        }
        let line = line.get_or_insert_default();
        self.ticket = Some(line.first + line.places.len() as u64);
        let waits = Place::Waits(self.amount, cx.waker().clone());
        line.places.push_back(waits);
        Poll::Pending
    }
}

impl Drop for Take<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let left = self.budget.line().as_mut().map(|line| line.leave(ticket));
        match left {
            Some(Place::Served) => self.budget.give(self.amount),
            // Those behind it may need less.
            Some(Place::Waits(..)) => self.budget.serve(),
            Some(Place::Empty) | None => {}
        }
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
        assert!(budget.try_take(8).is_ok());
        let mut large = Box::pin(budget.take(5));
        let mut small = Box::pin(budget.take(1));
        assert!(!poll(&mut large));
        assert!(!poll(&mut small), "the small one must not overtake");
        assert!(budget.try_take(1).is_err() && budget.take_up_to(1) == 0);
        budget.give(3);
        assert!(!poll(&mut small) && poll(&mut large));
        budget.give(1);
        assert!(poll(&mut small));
        assert_eq!(budget.taken(), 8 - 4 + 6);
    }

    #[test]
    fn a_dropped_wait_makes_way_and_loses_nothing() {
        let budget = Budget::new(10);
        assert!(budget.try_take(8).is_ok());
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
    fn a_budget_that_is_closed_tells_who_waits_and_who_comes() {
        let budget = Budget::new(10);
        assert!(budget.try_take(8).is_ok());
        let (waker, woken) = counting::waker();
        let mut cx = Context::from_waker(&waker);
        let [mut served, mut waits] = [2, 3].map(|amount| Box::pin(budget.take(1 + amount)));
        assert!(served.as_mut().poll(&mut cx).is_pending());
        assert!(waits.as_mut().poll(&mut cx).is_pending());
        budget.give(1);
        budget.close();
        assert_eq!(woken.load(Ordering::Relaxed), 2);
        // What was given before is not lost.
        assert_eq!(served.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
        assert_eq!(waits.as_mut().poll(&mut cx), Poll::Ready(Err(BudgetClosed)));
        assert_eq!(
            pin!(budget.take(0)).poll(&mut cx),
            Poll::Ready(Err(BudgetClosed))
        );
        assert_eq!(budget.try_take(0), Err(NotTaken::Closed));
        assert_eq!((budget.take_up_to(1), budget.taken()), (0, 10));
        budget.give(10);
        assert_eq!((budget.taken(), budget.is_short()), (0, false));
    }

    #[test]
    fn the_last_waker_is_woken() {
        let budget = Budget::new(1);
        assert!(budget.try_take(1).is_ok());
        let mut take = pin!(budget.take(1));
        let (first, second) = (futures_util::task::noop_waker(), counting::waker());
        for waker in [&first, &second.0] {
            let mut cx = Context::from_waker(waker);
            assert!(take.as_mut().poll(&mut cx).is_pending());
        }
        budget.give(1);
        assert_eq!(second.1.load(Ordering::Relaxed), 1);
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
                        if budget.try_take(bytes).is_ok() {
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
