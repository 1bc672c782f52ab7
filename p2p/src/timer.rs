//! How long something is waited for, and what time it is: all of the runtime that protocols are given.

use std::pin::Pin;
use std::time::{Duration, Instant};

/// Waits until a time has passed, for ever where no runtime tells it.
pub(crate) fn sleep(time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    #[cfg(feature = "runtime")]
    return Box::pin(tokio::time::sleep(time));
    #[cfg(not(feature = "runtime"))]
    {
        let _ = time;
        Box::pin(std::future::pending())
    }
}

/// The runtime's time; none where there is no runtime.
pub(crate) fn now() -> Option<Instant> {
    #[cfg(feature = "runtime")]
    return Some(tokio::time::Instant::now().into_std());
    #[cfg(not(feature = "runtime"))]
    None
}
