//! The strict forward cursor from which values are decoded.

use super::error::{Error, ErrorKind};
use super::header::{self, LIST, SHORT, STRING};

/// A cursor over the items of an input, or of one list in it.
///
/// Each call takes one item and rejects every encoding except the canonical one. It never looks at
/// bytes beyond its input or its list, and never reads a length without checking that the bytes are
/// there. An error leaves the cursor where it was.
///
/// Depth is a budget: each [`list`](Self::list) uses up one level, so that neither a recursive type nor
/// hostile input can exhaust the stack.
///
/// Source: Yellow Paper, appendix B.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    /// The bytes that have not been taken yet.
    pub(super) bytes: &'a [u8],
    /// How deep lists may still nest.
    depth: u16,
    /// True if the input is the payload of a list.
    in_list: bool,
}

impl<'a> Reader<'a> {
    /// How deep lists may nest with [`Reader::new`].
    pub const DEPTH: u16 = 64;

    /// A reader of `bytes` in which at most [`Reader::DEPTH`] lists nest.
    #[inline]
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self::with_depth(bytes, Self::DEPTH)
    }

    /// A reader of `bytes` in which at most `depth` lists nest.
    ///
    /// Each level of a recursive type uses stack space; exceed [`Reader::DEPTH`] with care.
    #[inline]
    #[must_use]
    pub const fn with_depth(bytes: &'a [u8], depth: u16) -> Self {
        Self {
            bytes,
            depth,
            in_list: false,
        }
    }

    /// Takes a byte string and returns its payload.
    ///
    /// # Errors
    ///
    /// If the next item is a list, not canonical, truncated or missing.
    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8], Error> {
        let first = self.first()?;
        if first < STRING {
            let (payload, rest) = self.bytes.split_at(1);
            self.bytes = rest;
            return Ok(payload);
        }
        if first >= LIST {
            return Err(ErrorKind::ExpectedString.into());
        }
        let (payload, rest) = header::split(self.bytes, first, STRING)?;
        if let [byte] = payload
            && *byte < STRING
        {
            return Err(ErrorKind::NonCanonicalByte.into());
        }
        self.bytes = rest;
        Ok(payload)
    }

    /// Takes a byte string of exactly `N` bytes.
    ///
    /// # Errors
    ///
    /// As for [`bytes`](Self::bytes), or if the length differs.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.array_ref().copied()
    }

    /// The same as [`array`](Self::array), but borrows the bytes.
    #[inline]
    pub(super) fn array_ref<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        if let [first, rest @ ..] = self.bytes
            && (2..=SHORT).contains(&N)
            && *first == STRING + N as u8
            && let Some((array, rest)) = rest.split_first_chunk()
        {
            self.bytes = rest;
            return Ok(array);
        }
        self.any_array()
    }

    /// The slow path of [`array_ref`](Self::array_ref): for less common lengths, and for errors.
    fn any_array<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        let mut ahead = self.clone();
        let payload = ahead.bytes()?;
        let Some((array, [])) = payload.split_first_chunk() else {
            return Err(ErrorKind::WrongLength {
                expected: N,
                found: payload.len(),
            }
            .into());
        };
        *self = ahead;
        Ok(array)
    }

    /// Takes a list and returns a reader of its items.
    ///
    /// Call [`finish`](Self::finish) on that reader at the end.
    ///
    /// # Errors
    ///
    /// If the next item is a byte string, not canonical, truncated, missing, or nested too deep.
    #[inline]
    pub fn list(&mut self) -> Result<Reader<'a>, Error> {
        let first = self.first()?;
        if first < LIST {
            return Err(ErrorKind::ExpectedList.into());
        }
        let Some(depth) = self.depth.checked_sub(1) else {
            return Err(ErrorKind::TooDeep.into());
        };
        let (bytes, rest) = header::split(self.bytes, first, LIST)?;
        self.bytes = rest;
        Ok(Reader {
            bytes,
            depth,
            in_list: true,
        })
    }

    /// Takes one item of either kind and returns it unchanged, header included.
    ///
    /// The header is checked to be canonical and the length to be within bounds; the contents of a list are
    /// not checked.
    ///
    /// # Errors
    ///
    /// If the next item is not canonical, truncated or missing.
    #[inline]
    pub fn item(&mut self) -> Result<&'a [u8], Error> {
        let before = self.bytes;
        let first = self.first()?;
        if first >= LIST {
            self.bytes = header::split(before, first, LIST)?.1;
        } else {
            self.bytes()?;
        }
        Ok(&before[..before.len() - self.bytes.len()])
    }

    /// Counts the remaining items, without taking them.
    ///
    /// # Errors
    ///
    /// If one of them is not canonical or is truncated.
    pub fn count(&self) -> Result<usize, Error> {
        self.count_up_to(usize::MAX)
    }

    /// As [`count`](Self::count), but no further than `most`.
    pub(super) fn count_up_to(&self, most: usize) -> Result<usize, Error> {
        let mut ahead = self.clone();
        let mut count = 0;
        while count < most && !ahead.is_empty() {
            ahead.item()?;
            count += 1;
        }
        Ok(count)
    }

    /// Returns true if the next item is a list, and false if there is none.
    #[inline]
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.bytes.first().is_some_and(|first| *first >= LIST)
    }

    /// Returns true if no items remain.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes that have not been taken yet.
    #[inline]
    #[must_use]
    pub const fn remaining(&self) -> &'a [u8] {
        self.bytes
    }

    /// How deep lists may still nest in the rest.
    #[inline]
    #[must_use]
    pub const fn depth(&self) -> u16 {
        self.depth
    }

    /// Checks that nothing remains.
    ///
    /// # Errors
    ///
    /// Otherwise [`ErrorKind::TooManyItems`] in a list, [`ErrorKind::TrailingBytes`] at the top level.
    #[inline]
    pub fn finish(&self) -> Result<(), Error> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.leftover())
        }
    }

    #[inline]
    fn first(&self) -> Result<u8, Error> {
        match self.bytes.first() {
            Some(first) => Ok(*first),
            None => Err(self.missing()),
        }
    }

    #[cold]
    fn missing(&self) -> Error {
        if self.in_list {
            ErrorKind::TooFewItems.into()
        } else {
            ErrorKind::UnexpectedEnd {
                needed: 1,
                available: 0,
            }
            .into()
        }
    }

    #[cold]
    fn leftover(&self) -> Error {
        if self.in_list {
            ErrorKind::TooManyItems.into()
        } else {
            ErrorKind::TrailingBytes.into()
        }
    }
}
