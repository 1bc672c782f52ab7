//! The lane of a runtime for long work: one of its threads always stays free for short work.

use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, ready};

use crate::budget::Budget;
use crate::future::BoxFuture;
use crate::sync::lock;

/// Bytes of messages that a task may decode before others have their turn. A message with more is long work.
pub(crate) const TURN: usize = 64 * 1024;

/// Bytes that a value must take for its method to run in the lane.
pub(crate) const LONG: usize = 4 * TURN;

/// Which runtime it is, and on how many threads it runs tasks.
#[cfg(feature = "runtime")]
fn runtime() -> (Option<tokio::runtime::Id>, usize) {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => (Some(runtime.id()), runtime.metrics().num_workers()),
        Err(_) => (None, 1),
    }
}

/// Without tokio's runtime, nothing is known of the one that is used.
#[cfg(not(feature = "runtime"))]
fn runtime() -> (Option<()>, usize) {
    let threads = std::thread::available_parallelism();
    (None, threads.map_or(1, usize::from))
}

#[cfg(feature = "runtime")]
type Id = Option<tokio::runtime::Id>;
#[cfg(not(feature = "runtime"))]
type Id = Option<()>;

/// The lanes in use. A runtime that stands still must not keep another from working.
static LANES: Mutex<Vec<(Id, Weak<Budget>)>> = Mutex::new(Vec::new());

/// The lane of the current runtime, with a place for each of its threads but one.
fn lane() -> Arc<Budget> {
    let (id, threads) = runtime();
    let mut lanes = lock(&LANES);
    let known = lanes.iter().find(|(other, _)| *other == id);
    if let Some(lane) = known.and_then(|(_, lane)| lane.upgrade()) {
        return lane;
    }
    lanes.retain(|(_, lane)| lane.strong_count() > 0);
    let lane = Arc::new(Budget::new(threads.saturating_sub(1).max(1)));
    lanes.push((id, Arc::downgrade(&lane)));
    lane
}

/// A place in the lane.
#[derive(Debug)]
pub(crate) struct Place {
    lane: Arc<Budget>,
}

impl Place {
    /// Waits for a place, first come, first served. Hold it for the work alone, never over an await.
    pub(crate) async fn wait() -> Self {
        let lane = lane();
        // Nobody closes it.
        let _ = lane.take(1).await;
        Self { lane }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lane.give(1);
    }
}

/// A method that was given a large value: it is polled in the lane, for a million small allocations take as long to
/// free as to make, and it frees them.
pub(crate) struct InLane<'a, T> {
    method: BoxFuture<'a, T>,
    waiting: Option<BoxFuture<'static, Place>>,
}

impl<'a, T> InLane<'a, T> {
    pub(crate) fn new(method: BoxFuture<'a, T>) -> Self {
        Self {
            method,
            waiting: None,
        }
    }
}

impl<T> Future for InLane<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(Place::wait()));
        let place = ready!(waiting.as_mut().poll(cx));
        self.waiting = None;
        let done = self.method.as_mut().poll(cx);
        drop(place);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_in_the_lane_is_polled_one_at_a_time_and_holds_no_place_while_it_waits() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).build().expect("a runtime");
        let [polled, most] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
        let methods = (0..16).map(|_| {
            let (polled, most) = (polled.clone(), most.clone());
            let method: BoxFuture<'static, ()> = Box::pin(async move {
                for _ in 0..4 {
                    most.fetch_max(1 + polled.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                    std::thread::sleep(std::time::Duration::from_millis(1));
                    polled.fetch_sub(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            });
            runtime.spawn(InLane::new(method))
        });
        let methods: Vec<_> = methods.collect();
        runtime.block_on(async {
            // One that never ends is in nobody's way.
            let pending = Box::pin(std::future::pending::<()>());
            let _pending = tokio::spawn(InLane::new(pending));
            for method in methods {
                method.await.expect("no panic");
            }
            assert!(lane().try_take(1).is_ok());
        });
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn each_runtime_has_its_own_lane() {
        let runtimes = [1, 2].map(|threads| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(threads).build().expect("a runtime")
        });
        // Both have one place, and neither is in the other's way.
        let places = runtimes.each_ref().map(|it| it.block_on(Place::wait()));
        let lanes = runtimes.each_ref().map(|it| it.block_on(async { lane() }));
        assert!(lanes.iter().all(|lane| lane.try_take(1).is_err()));
        drop(places);
        assert!(lanes.iter().all(|lane| lane.try_take(1).is_ok()));
    }
}
