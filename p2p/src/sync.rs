//! Locks, and those that a model checker follows.

use std::sync::PoisonError;

/// Locks a mutex, even if a thread has panicked while holding it.
///
/// Use it only for data that is valid after every single statement that changes it.
pub(crate) fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks and atomics of queues and accounts. With `--cfg shuttle` they are those of the model checker, which tries
/// the orders in which tasks can get to them.
pub(crate) mod modelled {
    #[cfg(shuttle)]
    pub(crate) use shuttle::{sync::Mutex, sync::MutexGuard, sync::atomic, thread_local};
    #[cfg(not(shuttle))]
    pub(crate) use std::{sync::Mutex, sync::MutexGuard, sync::atomic, thread_local};

    use super::PoisonError;

    /// As [`lock`](super::lock).
    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
