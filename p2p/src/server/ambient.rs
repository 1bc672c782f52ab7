//! Time and randomness from the surroundings. The state machines take both as arguments.

use std::time::{Duration, Instant};

use crate::driver::randomness::fill_random;

/// Stands for a delay that overflows `Instant`: a hundred years.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The time by the runtime's clock, which tests can pause.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// The time after a delay.
pub(super) fn after(delay: Duration) -> Instant {
    let now = now();
    now.checked_add(delay).unwrap_or(now + FOREVER)
}

/// A number that nobody can predict.
pub(super) fn random() -> u32 {
    let mut bytes = [0; 4];
    fill_random(&mut bytes);
    u32::from_le_bytes(bytes)
}
