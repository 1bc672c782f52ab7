//! Unsigned integers and truth values.

use super::{Decode, Encode, Error, ErrorKind, Reader, Writer};

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
        super::strings::length(items)
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

    #[inline]
    fn decode_vec(reader: &mut Reader<'_>) -> Result<Vec<Self>, Error> {
        reader.bytes().map(<[u8]>::to_vec)
    }

    #[inline]
    fn decode_array<const N: usize>(reader: &mut Reader<'_>) -> Result<[Self; N], Error> {
        reader.array()
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
        let mut ahead = reader.clone();
        let value = match ahead.bytes()? {
            [] => false,
            [1] => true,
            _ => return Err(ErrorKind::InvalidBool.into()),
        };
        *reader = ahead;
        Ok(value)
    }
}
