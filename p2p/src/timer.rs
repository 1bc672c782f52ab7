//! Timeouts and the time: everything that protocols use of the runtime.

use std::pin::Pin;
use std::time::{Duration, Instant};

/// Waits for a time; without the feature `runtime`, for ever.
pub(crate) fn sleep(time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    #[cfg(feature = "runtime")]
    return Box::pin(tokio::time::sleep(time));
    #[cfg(not(feature = "runtime"))]
    {
        let _ = time;
        Box::pin(std::future::pending())
    }
}

/// The runtime's time; `None` without the feature `runtime`.
pub(crate) fn now() -> Option<Instant> {
    #[cfg(feature = "runtime")]
    return Some(tokio::time::Instant::now().into_std());
    #[cfg(not(feature = "runtime"))]
    None
}
