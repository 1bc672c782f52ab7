//! Ranges of integers.

use std::ops::{Bound, RangeBounds};

use super::ErrorKind;

/// One of Rust's unsigned integers, for which a range can be given.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no unsigned integer, so it can't be in a range of them",
    label = "no unsigned integer",
    note = "for another type, write a check of your own: `with = path::to::function`"
)]
pub trait Integer: Copy + PartialOrd {
    /// The same number in the widest type.
    fn widen(self) -> u128;
}

macro_rules! integer {
    ($($uint:ty)*) => {$(
        impl Integer for $uint {
            #[inline]
            fn widen(self) -> u128 {
                self as u128
            }
        }
    )*};
}

integer!(u8 u16 u32 u64 u128 usize);

/// Checks that an unsigned integer is in a range.
///
/// # Errors
///
/// [`ErrorKind::OutOfRange`] if it is not.
#[inline]
pub fn in_range<T: Integer>(value: &T, range: impl RangeBounds<T>) -> Result<(), ErrorKind> {
    match range.contains(value) {
        true => Ok(()),
        false => Err(out_of_range(*value, &range)),
    }
}

#[cold]
fn out_of_range<T: Integer>(value: T, range: &impl RangeBounds<T>) -> ErrorKind {
    ErrorKind::OutOfRange {
        min: match range.start_bound() {
            Bound::Included(min) => min.widen(),
            Bound::Excluded(below) => below.widen().saturating_add(1),
            Bound::Unbounded => 0,
        },
        max: match range.end_bound() {
            Bound::Included(max) => max.widen(),
            Bound::Excluded(above) => above.widen().saturating_sub(1),
            Bound::Unbounded => u128::MAX,
        },
        found: value.widen(),
    }
}
