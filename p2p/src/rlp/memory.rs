//! Bounds the memory that decoded values take beyond what their encoding justifies.
//!
//! A list item of one byte can become a struct of hundreds of bytes: 16 MiB of such items would take gigabytes.
//! So each item of a list may take up to [`FACTOR`] times its bytes, and the rest counts against an
//! [`ALLOWANCE`] that all lists of a message share. The allowance is kept per thread, so that no implementation
//! of `Decode` has to pass it on. A value behind a `Box` counts like an item. In a type with another crate's
//! traits, every item counts as much as a string.

use std::cell::Cell;
use std::marker::PhantomData;

use super::error::ErrorKind;

/// Bytes of memory that a byte of encoding always justifies.
const FACTOR: usize = 8;

/// Bytes of memory that the items of one message may take beyond that.
pub(super) const ALLOWANCE: usize = 1 << 20;

thread_local! {
    /// The number of messages that are being decoded, and the rest of their allowance.
    static OPEN: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// A message that is being decoded. All messages decoded at the same time on a thread share one allowance.
#[derive(Debug)]
pub(crate) struct Allowance {
    /// Makes it `!Send`: the allowance is per thread.
    thread: PhantomData<*const ()>,
}

impl Allowance {
    /// Starts a message.
    pub(crate) fn begin() -> Self {
        OPEN.set(match OPEN.get() {
            (0, _) => (1, ALLOWANCE),
            (messages, left) => (messages.saturating_add(1), left),
        });
        Self {
            thread: PhantomData,
        }
    }
}

impl Drop for Allowance {
    fn drop(&mut self) {
        let (messages, left) = OPEN.get();
        OPEN.set((messages.saturating_sub(1), left));
    }
}

/// Charges for an item that takes `memory` bytes and was encoded in `encoded` bytes.
#[inline]
pub(super) fn charge(memory: usize, encoded: usize) -> Result<(), ErrorKind> {
    match memory.saturating_sub(encoded.saturating_mul(FACTOR)) {
        0 => Ok(()),
        excess => charge_excess(excess),
    }
}

fn charge_excess(excess: usize) -> Result<(), ErrorKind> {
    let (messages, left) = OPEN.get();
    if messages == 0 {
        // No message is being decoded: the caller uses a bare `Reader`, which has no allowance.
        return Ok(());
    }
    let left = left
        .checked_sub(excess)
        .ok_or(ErrorKind::TooMuchMemory { allowed: ALLOWANCE })?;
    OPEN.set((messages, left));
    Ok(())
}
