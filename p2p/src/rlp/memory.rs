//! Bounds the memory that a decoded message takes.
//!
//! A list item of one byte can become a struct of hundreds of bytes: 16 MiB of such items would take gigabytes. So
//! every allocation is charged before it is made, with its exact size: the items of a list, which are counted
//! first, a byte string, a value behind a pointer. A message that needs more than it is allowed is refused.
//!
//! What is left is kept per thread, so that no implementation of `Decode` has to pass it on.

use std::cell::Cell;
use std::marker::PhantomData;

use super::error::ErrorKind;

/// Bytes of memory that one byte of a message may become.
const GROWTH: usize = 8;

/// Bytes of memory that a message may take beyond that, so that a few empty items do no harm.
const FREE: usize = 256 * 1024;

/// What an allocation costs beside its bytes.
pub(super) const ALLOCATION: usize = 16;

/// The most memory that a message with an encoding of so many bytes may take decoded.
pub(crate) const fn most(encoded: usize) -> usize {
    encoded.saturating_mul(GROWTH).saturating_add(FREE)
}

#[derive(Clone, Copy)]
struct Open {
    /// The number of messages that are being decoded.
    messages: usize,
    /// What all of them together may take.
    allowed: usize,
    left: usize,
}

impl Open {
    const NONE: Self = Self {
        messages: 0,
        allowed: 0,
        left: 0,
    };
}

thread_local! {
    static OPEN: Cell<Open> = const { Cell::new(Open::NONE) };
}

/// A message that is being decoded. All messages decoded at the same time on a thread share what the first one
/// is allowed.
#[derive(Debug)]
pub(crate) struct Allowance {
    /// Makes it `!Send`: the allowance is per thread.
    thread: PhantomData<*const ()>,
}

impl Allowance {
    /// Starts a message with an encoding of so many bytes.
    #[inline]
    pub(crate) fn begin(encoded: usize) -> Self {
        Self::of(most(encoded))
    }

    /// Starts a message that may take so many bytes of memory.
    #[inline]
    fn of(allowed: usize) -> Self {
        let mut open = OPEN.get();
        if open.messages == 0 {
            open.allowed = allowed;
            open.left = allowed;
        }
        open.messages += 1;
        OPEN.set(open);
        Self {
            thread: PhantomData,
        }
    }
}

impl Drop for Allowance {
    #[inline]
    fn drop(&mut self) {
        let mut open = OPEN.get();
        open.messages = open.messages.saturating_sub(1);
        OPEN.set(open);
    }
}

/// Decodes a message that may take so many bytes of memory, and tells how many it took.
#[inline]
pub(crate) fn within<T>(allowed: usize, decode: impl FnOnce() -> T) -> (T, usize) {
    let allowance = Allowance::of(allowed);
    let before = OPEN.get().left;
    let decoded = decode();
    let taken = before.saturating_sub(OPEN.get().left);
    drop(allowance);
    (decoded, taken)
}

/// For how many items of a list there is memory.
#[inline]
pub(super) fn items_left<T>() -> usize {
    let open = OPEN.get();
    if open.messages == 0 {
        return usize::MAX;
    }
    open.left / size_of::<T>().max(1)
}

/// Charges for a list's memory.
#[inline]
pub(super) fn charge_items<T>(count: usize) -> Result<(), ErrorKind> {
    charge_bytes(count.saturating_mul(size_of::<T>()))
}

/// Charges for an allocation of so many bytes.
#[inline]
pub(super) fn charge_bytes(bytes: usize) -> Result<(), ErrorKind> {
    if bytes == 0 {
        return Ok(());
    }
    charge(bytes.saturating_add(ALLOCATION))
}

/// Charges for memory, whatever it is allocated for.
#[inline]
pub(super) fn charge(bytes: usize) -> Result<(), ErrorKind> {
    let mut open = OPEN.get();
    // Without a message the caller uses a bare `Reader`, which has no allowance.
    if open.messages == 0 {
        return Ok(());
    }
    let allowed = open.allowed;
    let left = open.left.checked_sub(bytes);
    open.left = left.ok_or(ErrorKind::TooMuchMemory { allowed })?;
    OPEN.set(open);
    Ok(())
}
