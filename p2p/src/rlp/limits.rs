//! Limits of a field, checked before it is decoded and after it is encoded.

use std::fmt::{self, Display};
use std::ops::{Bound, RangeBounds};

use super::error::{EncodeError, Error, ErrorKind};
use super::reader::Reader;
use super::traits::{Decode, Encode};
use super::writer::Writer;

/// The limits of a field of type `T`.
///
/// Derived code creates it from `#[field(..)]`. The numbers of items and bytes are checked on the encoded
/// bytes before anything is allocated for them, and so apply to every type, whichever its codec. Encoding a
/// value that a peer would reject is an error too.
///
/// ```
/// use p2p::rlp::{self, Error, ErrorKind, Limits, Reader};
///
/// const HASHES: Limits<Vec<[u8; 32]>> = Limits::new().max_items(2);
/// const COUNT: Limits<u64> = Limits::new().check(|count| rlp::in_range(count, 1..=1024));
///
/// let three = rlp::encode(&vec![[7_u8; 32]; 3])?;
/// let error = HASHES.decode(&mut Reader::new(&three)).unwrap_err();
/// assert_eq!(error.kind(), &ErrorKind::MaxItems { limit: 2, found: 3 });
///
/// let error = COUNT.decode(&mut Reader::new(&[0x80])).unwrap_err();
/// assert_eq!(error.to_string(), "expected a number from 1 to 1024, found 0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Limits<T> {
    /// Items of a list.
    max_items: Option<usize>,
    /// Bytes of a byte string.
    max_len: Option<usize>,
    /// A function for everything else.
    check: Option<Check<T>>,
}

/// A function that checks a decoded value.
type Check<T> = fn(&T) -> Result<(), ErrorKind>;

impl<T> Limits<T> {
    /// No limits yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_items: None,
            max_len: None,
            check: None,
        }
    }

    /// A list of at most this many items.
    #[must_use]
    pub const fn max_items(mut self, limit: usize) -> Self {
        self.max_items = Some(limit);
        self
    }

    /// A byte string of at most this many bytes.
    #[must_use]
    pub const fn max_len(mut self, limit: usize) -> Self {
        self.max_len = Some(limit);
        self
    }

    /// A value that this function accepts. It sees the value after decoding, and before encoding.
    ///
    /// [`in_range`](super::in_range) and [`accepted`] create the error for a number and for your own check.
    #[must_use]
    pub const fn check(mut self, check: Check<T>) -> Self {
        self.check = Some(check);
        self
    }

    /// Reads a value that is within the limits.
    ///
    /// # Errors
    ///
    /// As for [`Decode::decode`]; also [`ErrorKind::MaxItems`], [`ErrorKind::MaxLength`] and what the check
    /// returns.
    #[inline]
    pub fn decode(&self, reader: &mut Reader<'_>) -> Result<T, Error>
    where
        T: Decode,
    {
        self.decode_with(reader, T::decode)
    }

    /// Appends a value, which must be within the limits, as field `field` of type or message `ty`.
    ///
    /// Otherwise it reports [`EncodeError::Limit`], which [`Writer::finish`] returns.
    #[inline]
    pub fn encode(&self, value: &T, ty: &'static str, field: &'static str, out: &mut Writer<'_>)
    where
        T: Encode,
    {
        self.encode_with(value, ty, field, out, |out| value.encode(out));
    }

    /// Reads a value with `decode`, as [`decode`](Self::decode) does for types with our traits.
    #[inline]
    pub(crate) fn decode_with<'a>(
        &self,
        reader: &mut Reader<'a>,
        decode: impl FnOnce(&mut Reader<'a>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.check_wire(reader)?;
        let value = decode(reader)?;
        if let Some(check) = self.check {
            check(&value)?;
        }
        Ok(value)
    }

    /// Appends a value with `encode`, as [`encode`](Self::encode) does for types with our traits.
    #[inline]
    pub(crate) fn encode_with(
        &self,
        value: &T,
        ty: &'static str,
        field: &'static str,
        out: &mut Writer<'_>,
        encode: impl FnOnce(&mut Writer<'_>),
    ) {
        let start = out.written();
        encode(out);
        let checked = match self.check {
            Some(check) => check(value).map_err(Error::from),
            None => Ok(()),
        };
        let checked = checked.and_then(|()| self.check_wire(&Reader::new(out.since(start))));
        if let Err(error) = checked {
            let cause = error.kind().clone();
            out.fail(EncodeError::Limit { ty, field, cause });
        }
    }

    #[inline]
    fn check_wire(&self, reader: &Reader<'_>) -> Result<(), Error> {
        if let Some(limit) = self.max_items {
            reader.limit_items(limit)?;
        }
        if let Some(limit) = self.max_len {
            reader.limit_len(limit)?;
        }
        Ok(())
    }
}

impl<T> Clone for Limits<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Limits<T> {}

impl<T> Default for Limits<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Limits<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("max_items", &self.max_items)
            .field("max_len", &self.max_len)
            .field("check", &self.check.is_some())
            .finish()
    }
}

impl Reader<'_> {
    /// Checks that the next item is a list of at most `limit` items, without taking it.
    ///
    /// It only looks at headers, and at no more than `limit + 1` of them. A missing item is not an error here,
    /// but when it is read.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MaxItems`]; as for [`list`](Self::list) and [`item`](Self::item) if there is no such list.
    pub fn limit_items(&self, limit: usize) -> Result<(), Error> {
        if self.is_empty() {
            return Ok(());
        }
        let mut items = self.clone().list()?;
        for _ in 0..limit {
            if items.is_empty() {
                return Ok(());
            }
            items.item()?;
        }
        if items.is_empty() {
            return Ok(());
        }
        let found = limit.saturating_add(1);
        Err(ErrorKind::MaxItems { limit, found }.into())
    }

    /// Checks that the next item is a byte string of at most `limit` bytes, without taking it.
    ///
    /// A missing item is not an error here, but when it is read.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MaxLength`]; as for [`bytes`](Self::bytes) if there is no such string.
    pub fn limit_len(&self, limit: usize) -> Result<(), Error> {
        if self.is_empty() {
            return Ok(());
        }
        match self.clone().bytes()?.len() {
            found if found > limit => Err(ErrorKind::MaxLength { limit, found }.into()),
            _ => Ok(()),
        }
    }
}

/// Converts the result of your own check into the error of a field.
///
/// # Errors
///
/// [`ErrorKind::Check`] with the error's text.
#[inline]
pub fn accepted<E: Display>(checked: Result<(), E>) -> Result<(), ErrorKind> {
    checked.map_err(|error| ErrorKind::Check {
        text: error.to_string().into(),
    })
}

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
    if range.contains(value) {
        Ok(())
    } else {
        Err(out_of_range(*value, &range))
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
