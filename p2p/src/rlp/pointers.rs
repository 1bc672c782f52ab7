//! References, boxes and shared pointers: encoded as what they point to.

use std::sync::Arc;

use super::{Decode, Encode, Error, Reader, Shape, Shapes, Writer, memory};

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
        behind_pointer(reader).map(Self::new)
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        T::shape(shapes)
    }
}

impl<T: Decode> Decode for Arc<T> {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        behind_pointer(reader).map(Self::new)
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        T::shape(shapes)
    }
}

/// Reads what gets memory of its own, which no list around it knows of.
#[inline]
fn behind_pointer<T: Decode>(reader: &mut Reader<'_>) -> Result<T, Error> {
    let before = reader.remaining().len();
    let value = T::decode(reader)?;
    memory::charge(size_of::<T>(), before - reader.remaining().len())?;
    Ok(value)
}
