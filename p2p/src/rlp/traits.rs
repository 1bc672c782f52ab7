//! The two traits, and how they treat types that contain others: vectors, arrays, tuples and pointers.

use std::sync::Arc;

use super::error::{EncodeError, Error, ErrorKind};
use super::header::list_length;
use super::memory;
use super::reader::Reader;
use super::shape::{Shape, Shapes};
use super::writer::Writer;

/// A value that can be encoded as RLP.
///
/// An implementation writes exactly one item: a byte string or a list. `length` is called before
/// `encode`, for every list around the value, and must agree with it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no RLP encoding",
    note = "derive `Rlp` for it, or implement `p2p::rlp::Encode`"
)]
pub trait Encode {
    /// The number of bytes that [`encode`](Encode::encode) writes, header included.
    fn length(&self) -> usize;

    /// Appends the encoding to `out`.
    ///
    /// Report a value that can't be encoded with [`Writer::fail`].
    fn encode(&self, out: &mut Writer<'_>);

    /// The number of bytes that [`encode_slice`](Encode::encode_slice) writes.
    #[doc(hidden)]
    #[inline]
    fn slice_length(items: &[Self]) -> usize
    where
        Self: Sized,
    {
        list_length(payload_length(items))
    }

    /// Appends a slice: a list, but one byte string for `u8`.
    #[doc(hidden)]
    #[inline]
    fn encode_slice(items: &[Self], out: &mut Writer<'_>)
    where
        Self: Sized,
    {
        out.list(payload_length(items));
        for item in items {
            item.encode(out);
        }
    }
}

/// A value that can be read from its RLP encoding.
///
/// An implementation reads exactly one item, and rejects every encoding except the one that
/// [`Encode`] writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be decoded from RLP",
    note = "derive `Rlp` for it, or implement `p2p::rlp::Decode`"
)]
pub trait Decode: Sized {
    /// Reads one item.
    ///
    /// # Errors
    ///
    /// If the next item is not the canonical encoding of such a value.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error>;

    /// The shape of the item on the wire, for documents and tests.
    ///
    /// Without it the type is opaque: the [specification](crate::spec) of a protocol only names it, and
    /// you have to supply examples of messages that contain it. The derive generates it. A wrapper type can
    /// forward to the type it wraps. A struct uses [`Shapes::define`].
    fn shape(shapes: &mut Shapes) -> Shape {
        let _ = shapes;
        Shape::Opaque(None)
    }

    /// The shape of a `Vec`: a list, but one byte string for `u8`.
    #[doc(hidden)]
    fn vec_shape(shapes: &mut Shapes) -> Shape {
        Shape::List(Box::new(Self::shape(shapes)))
    }

    /// The shape of an array: a list of `length` items, but one byte string for `u8`.
    #[doc(hidden)]
    fn array_shape(length: usize, shapes: &mut Shapes) -> Shape {
        Shape::Array(Box::new(Self::shape(shapes)), length)
    }

    /// Reads a `Vec`: a list, but one byte string for `u8`.
    #[doc(hidden)]
    #[inline]
    fn decode_vec(reader: &mut Reader<'_>) -> Result<Vec<Self>, Error> {
        decode_list(reader, Count::Unknown, |list, items| {
            items.push(Self::decode(list)?);
            Ok(())
        })
    }

    /// Reads an array: a list of exactly `N` items, but one byte string for `u8`.
    #[doc(hidden)]
    #[inline]
    fn decode_array<const N: usize>(reader: &mut Reader<'_>) -> Result<[Self; N], Error> {
        decode_array(reader)
    }

    /// Reads a `Vec` of arrays: a list; for `u8`, its items are copied straight from the input.
    #[doc(hidden)]
    #[inline]
    fn decode_arrays<const N: usize>(reader: &mut Reader<'_>) -> Result<Vec<[Self; N]>, Error> {
        decode_list(reader, Count::Unknown, |list, items| {
            items.push(Self::decode_array(list)?);
            Ok(())
        })
    }
}

/// Encodes a value into a new buffer.
///
/// # Errors
///
/// If the value can't be encoded, for instance because an empty optional field precedes one that is not.
pub fn encode<T: Encode + ?Sized>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    let mut out = Writer::new(&mut bytes);
    value.encode(&mut out);
    out.finish()?;
    debug_assert_eq!(
        bytes.len(),
        value.length(),
        "Encode::length disagrees with Encode::encode"
    );
    Ok(bytes)
}

/// Decodes the single value in `bytes`, with nothing after it.
///
/// # Errors
///
/// If `bytes` are not the canonical encoding of such a value, nest deeper than [`Reader::DEPTH`] lists,
/// or contain lists whose items take far more memory than their encoding.
pub fn decode<T: Decode>(bytes: &[u8]) -> Result<T, Error> {
    let _allowance = memory::Allowance::begin(bytes.len());
    let mut reader = Reader::new(bytes);
    let value = T::decode(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

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

/// How the items of a list are counted before they are read.
#[derive(Clone, Copy)]
pub(super) enum Count {
    /// One by one.
    Unknown,
    /// By their encoding, which has so many bytes for each.
    ByLength(usize),
}

/// Reads a list of any number of items; `decode` reads one and pushes it, so that it is not moved through a result.
///
/// The items are counted first, so that the vector has exactly the memory that is charged for it.
#[inline]
pub(super) fn decode_list<'a, T>(
    reader: &mut Reader<'a>,
    count: Count,
    mut decode: impl FnMut(&mut Reader<'a>, &mut Vec<T>) -> Result<(), Error>,
) -> Result<Vec<T>, Error> {
    let mut list = reader.list()?;
    let count = match count {
        // One more than there is room for is enough to be refused.
        Count::Unknown => list.count_up_to(memory::items_left::<T>().saturating_add(1))?,
        Count::ByLength(length) => list.remaining().len() / length,
    };
    memory::charge_items::<T>(count)?;
    let mut items = Vec::with_capacity(count);
    while items.len() < count {
        decode(&mut list, &mut items)?;
    }
    list.finish()?;
    Ok(items)
}

/// Reads a list of exactly `N` items.
#[inline]
fn decode_array<T: Decode, const N: usize>(reader: &mut Reader<'_>) -> Result<[T; N], Error> {
    let mut list = reader.list()?;
    let mut items = Vec::with_capacity(N.min(list.remaining().len()));
    while items.len() < N {
        items.push(T::decode(&mut list)?);
    }
    list.finish()?;
    <[T; N]>::try_from(items).map_err(|_| ErrorKind::TooManyItems.into())
}

#[inline]
fn payload_length<T: Encode>(items: &[T]) -> usize {
    items
        .iter()
        .fold(0, |sum, item| sum.saturating_add(item.length()))
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

/// Reads a value that gets an allocation of its own, and charges for it. A list around it counts only the pointer.
#[inline]
fn behind_pointer<T: Decode>(reader: &mut Reader<'_>) -> Result<T, Error> {
    memory::charge_bytes(size_of::<T>())?;
    T::decode(reader)
}
