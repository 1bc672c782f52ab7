//! How long something is waited for: the one thing of the runtime that protocols are given.

use std::pin::Pin;
use std::time::Duration;

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
