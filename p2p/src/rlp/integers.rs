//! Unsigned integers and truth values.

use super::error::{Error, ErrorKind};
use super::header::{SHORT, STRING};
use super::memory;
use super::reader::Reader;
use super::shape::{Shape, Shapes};
use super::strings;
use super::traits::{Count, Decode, Encode, decode_list};
use super::writer::Writer;

impl Reader<'_> {
    /// Takes an unsigned integer of at most `N` bytes, and returns all `N` in big-endian order.
    ///
    /// ```
    /// # use p2p::rlp::Reader;
    /// let mut reader = Reader::new(&[0x82, 0x04, 0x00]);
    /// assert_eq!(u64::from_be_bytes(reader.uint()?), 1024);
    /// # Ok::<(), p2p::rlp::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes), or if it has a leading zero byte or more than `N` bytes.
    #[inline]
    pub fn uint<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut ahead = self.clone();
        let payload = ahead.bytes()?;
        if payload.first() == Some(&0) {
            return Err(ErrorKind::LeadingZero.into());
        }
        let mut digits = [0; N];
        let Some(zeros) = N.checked_sub(payload.len()) else {
            return Err(ErrorKind::Overflow { bits: N as u32 * 8 }.into());
        };
        digits[zeros..].copy_from_slice(payload);
        *self = ahead;
        Ok(digits)
    }

    /// Takes an unsigned integer of at most `bits` bits, 64 at most.
    #[inline]
    pub(super) fn small_uint(&mut self, bits: u32) -> Result<u64, Error> {
        if let [first @ 0x01..STRING, rest @ ..] = self.bytes {
            self.bytes = rest;
            return Ok(u64::from(*first));
        }
        // One load instead of a loop, unless the input ends within the eight bytes.
        if let [first @ STRING..=0x88, rest @ ..] = self.bytes
            && let Some(digits) = rest.first_chunk::<8>()
        {
            let width = u32::from(first - STRING);
            let least = if width == 1 { STRING } else { 1 };
            if width == 0 || (width * 8 <= bits && digits[0] >= least) {
                let value = u64::from_be_bytes(*digits).checked_shr(64 - 8 * width);
                self.bytes = &rest[width as usize..];
                return Ok(value.unwrap_or(0));
            }
        }
        self.any_small_uint(bits)
    }

    /// The slow path of [`small_uint`](Self::small_uint): near the end of the input, and for errors.
    fn any_small_uint(&mut self, bits: u32) -> Result<u64, Error> {
        let before = self.bytes;
        let payload = self.bytes()?;
        let kind = if payload.first() == Some(&0) {
            ErrorKind::LeadingZero
        } else if payload.len() > bits as usize / 8 {
            ErrorKind::Overflow { bits }
        } else {
            return Ok(payload
                .iter()
                .fold(0, |sum, digit| sum << 8 | u64::from(*digit)));
        };
        self.bytes = before;
        Err(kind.into())
    }
}

/// Bytes of an integer that has `bits` significant bits.
#[inline]
const fn uint_length(bits: u32) -> usize {
    if bits <= 7 {
        1
    } else {
        1 + bits.div_ceil(8) as usize
    }
}

macro_rules! small_uint {
    ($($uint:ty)*) => {$(
        impl Encode for $uint {
            #[inline]
            fn length(&self) -> usize {
                uint_length(Self::BITS - self.leading_zeros())
            }

            #[inline]
            fn encode(&self, out: &mut Writer<'_>) {
                out.small_uint(*self as u64);
            }
        }

        impl Decode for $uint {
            #[inline]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
                reader.small_uint(Self::BITS).map(|value| value as Self)
            }

            fn shape(_: &mut Shapes) -> Shape {
                Shape::Uint { bits: Self::BITS }
            }
        }
    )*};
}

small_uint!(u16 u32 u64 usize);

impl Encode for u8 {
    #[inline]
    fn length(&self) -> usize {
        uint_length(Self::BITS - self.leading_zeros())
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        out.small_uint(u64::from(*self));
    }

    #[inline]
    fn slice_length(items: &[Self]) -> usize {
        strings::length(items)
    }

    #[inline]
    fn encode_slice(items: &[Self], out: &mut Writer<'_>) {
        out.bytes(items);
    }
}

impl Decode for u8 {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.small_uint(Self::BITS).map(|value| value as Self)
    }

    fn shape(_: &mut Shapes) -> Shape {
        Shape::Uint { bits: Self::BITS }
    }

    fn vec_shape(_: &mut Shapes) -> Shape {
        Shape::Bytes
    }

    fn array_shape(length: usize, _: &mut Shapes) -> Shape {
        Shape::FixedBytes(length)
    }

    #[inline]
    fn decode_vec(reader: &mut Reader<'_>) -> Result<Vec<Self>, Error> {
        let bytes = reader.bytes()?;
        memory::charge_bytes(bytes.len())?;
        Ok(bytes.to_vec())
    }

    #[inline]
    fn decode_array<const N: usize>(reader: &mut Reader<'_>) -> Result<[Self; N], Error> {
        reader.array()
    }

    #[inline]
    fn decode_arrays<const N: usize>(reader: &mut Reader<'_>) -> Result<Vec<[Self; N]>, Error> {
        let count = match N {
            2..=SHORT => Count::ByLength(1 + N),
            _ => Count::Unknown,
        };
        decode_list(reader, count, |list, items| {
            items.push(*list.array_ref()?);
            Ok(())
        })
    }
}

impl Encode for u128 {
    #[inline]
    fn length(&self) -> usize {
        uint_length(Self::BITS - self.leading_zeros())
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        out.uint(*self);
    }
}

impl Decode for u128 {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.uint().map(Self::from_be_bytes)
    }

    fn shape(_: &mut Shapes) -> Shape {
        Shape::Uint { bits: Self::BITS }
    }
}

impl Encode for bool {
    #[inline]
    fn length(&self) -> usize {
        1
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        out.small_uint(u64::from(*self));
    }
}

impl Decode for bool {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        match reader.bytes()? {
            [] => Ok(false),
            [1] => Ok(true),
            _ => Err(ErrorKind::InvalidBool.into()),
        }
    }

    fn shape(_: &mut Shapes) -> Shape {
        Shape::Bool
    }
}
