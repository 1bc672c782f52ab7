//! What derived code names. Not covered by version guarantees.

use std::fmt;

use crate::rlp::{Error, Limits, Reader, Shape, Shapes, Writer};

pub use crate::rlp::bridge::{
    Codec, PickAlloy, PickAlloyList, PickNone, PickOwn, PickRlp, PickRlpList, Tag,
};

/// A message and its name, to be shown by its `Debug` if it has one.
#[derive(Debug)]
pub struct Shown<'a, M>(pub &'a M, pub &'static str);

/// What is found first.
///
/// The names of both functions are such that no trait in scope has them too.
pub trait ShowDebug {
    /// Writes the message.
    fn __p2p_show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<M: fmt::Debug> ShowDebug for Shown<'_, M> {
    fn __p2p_show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

/// What is found behind one more reference.
pub trait ShowName {
    /// Writes the message's name.
    fn __p2p_show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<M> ShowName for &Shown<'_, M> {
    fn __p2p_show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }
}

/// The codec of an optional field at the end: nothing at all if it is `None`.
#[derive(Debug)]
pub struct Optional<C>(pub C);

#[diagnostic::do_not_recommend]
impl<T, C: Codec<T>> Codec<Option<T>> for Optional<C> {
    #[inline]
    fn length(&self, value: &Option<T>) -> usize {
        match value {
            Some(value) => self.0.length(value),
            None => 0,
        }
    }

    #[inline]
    fn encode(&self, value: &Option<T>, out: &mut Writer<'_>) {
        if let Some(value) = value {
            self.0.encode(value, out);
        }
    }

    #[inline]
    fn decode(&self, reader: &mut Reader<'_>) -> Result<Option<T>, Error> {
        match reader.is_empty() {
            true => Ok(None),
            false => self.0.decode(reader).map(Some),
        }
    }

    fn shape(&self, shapes: &mut Shapes) -> Shape {
        self.0.shape(shapes)
    }
}

/// The codec of a field that has limits.
#[derive(Debug)]
pub struct Limited<C, T> {
    /// The message or struct that the field is in.
    pub ty: &'static str,
    /// The field.
    pub field: &'static str,
    /// The codec of the field's type.
    pub codec: C,
    /// What its values are held to.
    pub limits: Limits<T>,
}

#[diagnostic::do_not_recommend]
impl<T, C: Codec<T>> Codec<T> for Limited<C, T> {
    #[inline]
    fn length(&self, value: &T) -> usize {
        self.codec.length(value)
    }

    #[inline]
    fn encode(&self, value: &T, out: &mut Writer<'_>) {
        let write = |out: &mut Writer<'_>| self.codec.encode(value, out);
        self.limits
            .encode_with(value, self.ty, self.field, out, write);
    }

    #[inline]
    fn decode(&self, reader: &mut Reader<'_>) -> Result<T, Error> {
        self.limits
            .decode_with(reader, |reader| self.codec.decode(reader))
    }

    fn shape(&self, shapes: &mut Shapes) -> Shape {
        self.codec.shape(shapes)
    }
}
