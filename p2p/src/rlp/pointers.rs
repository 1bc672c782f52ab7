//! References, boxes and shared pointers: encoded as what they point to.

use std::sync::Arc;

use super::{Decode, Encode, Error, Reader, Writer};

macro_rules! pointer {
    ($($pointer:ty)*) => {$(
        impl<T: Encode + ?Sized> Encode for $pointer {
            #[inline]
            fn length(&self) -> usize {
                (**self).length()
            }

            #[inline]
            fn encode(&self, out: &mut Writer<'_>) {
                (**self).encode(out);
            }
        }
    )*};
}

pointer!(&T Box<T> Arc<T>);

impl<T: Decode> Decode for Box<T> {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        T::decode(reader).map(Self::new)
    }
}

impl<T: Decode> Decode for Arc<T> {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        T::decode(reader).map(Self::new)
    }
}
