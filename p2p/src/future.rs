//! Small futures that need no runtime: the first of two, one that survives a panic, one that yields.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

/// A boxed future, as returned by handler methods.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The output of the future that was ready first.
pub(crate) enum Either<A, B> {
    First(A),
    Second(B),
}

/// Waits for the first of two futures. If both are ready at once, that is `first`.
///
/// The caller pins them, so that they are not stored twice.
pub(crate) fn either<A, B>(
    mut first: Pin<&mut impl Future<Output = A>>,
    mut second: Pin<&mut impl Future<Output = B>>,
) -> impl Future<Output = Either<A, B>> {
    poll_fn(move |cx| {
        if let Poll::Ready(output) = first.as_mut().poll(cx) {
            return Poll::Ready(Either::First(output));
        }
        second.as_mut().poll(cx).map(Either::Second)
    })
}

/// Runs a future until it completes or panics; a panic becomes its text. A panic while the future is dropped
/// is swallowed.
pub(crate) fn catch_panic<T>(
    future: BoxFuture<'_, T>,
) -> impl Future<Output = Result<T, Arc<str>>> + Unpin {
    let mut guarded = Guarded(Some(future));
    poll_fn(move |cx| {
        let Some(future) = guarded.0.as_mut() else {
            return Poll::Pending;
        };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(text(&*panic))),
        }
    })
}

/// Lets other tasks run if this one has done much without waiting. Without tokio's runtime it does nothing.
pub(crate) async fn give_turns() {
    #[cfg(feature = "runtime")]
    tokio::task::coop::consume_budget().await;
}

/// Lets other tasks run, once.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A future whose destructor may panic without harm to its owner.
struct Guarded<'a, T>(Option<BoxFuture<'a, T>>);

impl<T> Drop for Guarded<'_, T> {
    fn drop(&mut self) {
        if let Some(future) = self.0.take() {
            // Nobody is left to be told of a destructor's panic.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
        }
    }
}

fn text(panic: &(dyn Any + Send)) -> Arc<str> {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
        .into()
}
