//! Two small futures that need no runtime: one that ends early, and one that survives a panic.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use super::BoxFuture;

/// Whichever of two futures was first; when both are ready at once, the first.
pub(crate) enum Either<A, B> {
    First(A),
    Second(B),
}

/// Waits for the first of two futures. The caller pins them, so that they take up room once.
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

/// Runs a future until it ends or panics; a panic becomes its text. One while it is dropped is swallowed.
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
            // What a destructor says while its connection ends has nowhere to go.
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
