//! Vectors, slices, arrays and tuples.

use super::{Decode, Encode, Error, ErrorKind, Reader, Shape, Shapes, Writer, list_length, memory};

impl<T: Encode> Encode for [T] {
    #[inline]
    fn length(&self) -> usize {
        T::slice_length(self)
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        T::encode_slice(self, out);
    }
}

impl<T: Encode> Encode for Vec<T> {
    #[inline]
    fn length(&self) -> usize {
        T::slice_length(self)
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        T::encode_slice(self, out);
    }
}

impl<T: Decode> Decode for Vec<T> {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        T::decode_vec(reader)
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        T::vec_shape(shapes)
    }
}

impl<T: Encode, const N: usize> Encode for [T; N] {
    #[inline]
    fn length(&self) -> usize {
        T::slice_length(self)
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        T::encode_slice(self, out);
    }
}

impl<T: Decode, const N: usize> Decode for [T; N] {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        T::decode_array(reader)
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        T::array_shape(N, shapes)
    }

    #[inline]
    fn decode_vec(reader: &mut Reader<'_>) -> Result<Vec<Self>, Error> {
        T::decode_arrays(reader)
    }
}

/// Reads a list of any number of items; `decode` reads one and pushes it.
///
/// What is reserved in advance takes no more memory than the list has bytes; beyond that the vector
/// grows with the items that are really there.
#[inline]
pub(super) fn decode_list<T>(
    reader: &mut Reader<'_>,
    mut decode: impl FnMut(&mut Reader<'_>, &mut Vec<T>) -> Result<(), Error>,
) -> Result<Vec<T>, Error> {
    let mut list = reader.list()?;
    let mut items = Vec::with_capacity(list.remaining().len() / size_of::<T>().max(1));
    while !list.is_empty() {
        let before = list.remaining().len();
        decode(&mut list, &mut items)?;
        let taken = before - list.remaining().len();
        // A type that reads nothing would never get to the end.
        if taken == 0 {
            return Err(ErrorKind::TooManyItems.into());
        }
        memory::charge(size_of::<T>(), taken)?;
    }
    Ok(items)
}

/// Reads a list of exactly `N` items.
#[inline]
pub(super) fn decode_array<T: Decode, const N: usize>(
    reader: &mut Reader<'_>,
) -> Result<[T; N], Error> {
    let mut list = reader.list()?;
    let mut items = Vec::with_capacity(N.min(list.remaining().len()));
    while items.len() < N {
        items.push(T::decode(&mut list)?);
    }
    list.finish()?;
    <[T; N]>::try_from(items).map_err(|_| ErrorKind::TooManyItems.into())
}

macro_rules! tuple {
    ($($name:ident)*) => {
        impl<$($name: Encode),*> Encode for ($($name,)*) {
            #[inline]
            #[allow(non_snake_case)]
            fn length(&self) -> usize {
                let ($($name,)*) = self;
                list_length(0usize $(.saturating_add($name.length()))*)
            }

            #[inline]
            #[allow(non_snake_case)]
            fn encode(&self, out: &mut Writer<'_>) {
                let ($($name,)*) = self;
                out.list(0usize $(.saturating_add($name.length()))*);
                $($name.encode(out);)*
            }
        }

        impl<$($name: Decode),*> Decode for ($($name,)*) {
            #[inline]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
                let mut list = reader.list()?;
                let items = ($($name::decode(&mut list)?,)*);
                list.finish()?;
                Ok(items)
            }

            fn shape(shapes: &mut Shapes) -> Shape {
                Shape::Tuple(vec![$($name::shape(shapes)),*])
            }
        }
    };
}

tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
