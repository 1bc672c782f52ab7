//! How much memory decoded values may take beyond what their bytes justify.
//!
//! A list item of one byte can become a struct of hundreds: a peer that sends 16 MiB of them would take
//! gigabytes. So an item of a list may take up to [`FACTOR`] times its bytes, and what items take beyond
//! that counts against an [`ALLOWANCE`], which is one for all lists of a message. It is kept by thread, so
//! that no implementation of `Decode` has to pass it on. What is behind a `Box` counts too; of types with
//! other crates' traits, every item within them as much as a string.

use std::cell::Cell;
use std::marker::PhantomData;

use super::ErrorKind;

/// Bytes of memory that a byte of encoding always justifies.
const FACTOR: usize = 8;

/// Bytes of memory that the items of one message may take beyond that.
pub(super) const ALLOWANCE: usize = 1 << 20;

thread_local! {
    /// The messages that are being decoded, and what is left of their allowance.
    static OPEN: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// A message that is being decoded; those within it or beside it share its allowance, until the last one
/// has ended.
#[derive(Debug)]
pub(crate) struct Allowance {
    /// It belongs to its thread.
    thread: PhantomData<*const ()>,
}

impl Allowance {
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

/// Takes note of an item that takes `memory` bytes and came in `encoded` bytes.
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
        // Nobody decodes a message: the caller chose a bare `Reader`.
        return Ok(());
    }
    let left = left
        .checked_sub(excess)
        .ok_or(ErrorKind::TooMuchMemory { allowed: ALLOWANCE })?;
    OPEN.set((messages, left));
    Ok(())
}
