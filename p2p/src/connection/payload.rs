//! A message's payload in memory of its own, which the pool lends.

use std::fmt;
use std::ops::{Deref, Range};

use crate::pool::Block;
use crate::snappy::{self, SnappyError};

/// A block that is so many times larger than its payload is exchanged for a fitting one.
const LOOSE: usize = 4;

/// A payload, and room around it.
pub(crate) struct Payload {
    block: Block,
    start: usize,
    end: usize,
}

impl Payload {
    /// What stays free before a payload and behind it, so that it can become a frame where it lies.
    pub(crate) const AROUND: usize = 64;

    /// A payload of `length` bytes, all of which `write` sets.
    pub(crate) fn with<E>(
        length: usize,
        write: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let (start, end) = (Self::AROUND, Self::AROUND + length);
        let mut block = Block::new(end + Self::AROUND);
        write(&mut block[start..end])?;
        Ok(Self { block, start, end })
    }

    /// Compresses a payload.
    pub(crate) fn compressed(plain: &[u8]) -> Result<Self, SnappyError> {
        let most = snappy::max_compressed(plain.len());
        let mut length = 0;
        let mut payload = Self::with(most, |space| {
            length = snappy::compress_in(plain, space)?;
            Ok(())
        })?;
        payload.end = payload.start + length;
        if payload.block.len() > LOOSE * (length + 2 * Self::AROUND) {
            payload = Self::from(&*payload);
        }
        Ok(payload)
    }

    /// The whole block, and where in it the payload lies.
    pub(crate) fn space(&mut self) -> (&mut [u8], Range<usize>) {
        (&mut self.block, self.start..self.end)
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Self {
        let (start, end) = (Self::AROUND, Self::AROUND + bytes.len());
        let mut block = Block::new(end + Self::AROUND);
        block[start..end].copy_from_slice(bytes);
        Self { block, start, end }
    }
}

impl Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.block[self.start..self.end]
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Payload").field(&self.len()).finish()
    }
}
