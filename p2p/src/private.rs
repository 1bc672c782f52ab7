//! Items that derived code uses. Version guarantees don't cover them.

use std::fmt;

use crate::protocol::table::MessageInfo;
use crate::rlp::error::Error;
use crate::rlp::limits::Limits;
use crate::rlp::reader::Reader;
use crate::rlp::shape::{Shape, Shapes, Struct};
use crate::rlp::writer::Writer;
use crate::spec::describe::Describe;

pub use crate::rlp::bridge::{
    Codec, PickAlloy, PickAlloyList, PickNone, PickOwn, PickRlp, PickRlpList, Tag,
};

/// The most bytes that a message's payload can have, by its description.
pub fn largest<P: Describe>(info: &MessageInfo) -> usize {
    /// Bytes of the longest request ID, and of the longest header.
    const MORE: usize = 9 + 9;
    let position = P::MESSAGES.iter().position(|row| row == info);
    let described = P::describe();
    let fields = position.and_then(|position| described.messages.get(position));
    match fields.and_then(Struct::payload) {
        Some(payload) => payload.saturating_add(MORE),
        None => info.max_size,
    }
}

/// A message and its name. It is shown by `Debug` if the message has that, otherwise by the name.
///
/// Derived code calls `__p2p_show` on a reference. Method lookup tries [`ShowDebug`] first, and after one more
/// reference [`ShowName`]. No trait of a user's is likely to have a method of that name.
#[derive(Debug)]
pub struct Shown<'a, M>(pub &'a M, pub &'static str);

/// First choice: messages with `Debug`.
pub trait ShowDebug {
    /// Writes the message.
    fn __p2p_show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<M: fmt::Debug> ShowDebug for Shown<'_, M> {
    fn __p2p_show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

/// Second choice: all messages.
pub trait ShowName {
    /// Writes the message's name.
    fn __p2p_show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl<M> ShowName for &Shown<'_, M> {
    fn __p2p_show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }
}

/// The codec of an optional field at the end. It writes nothing for `None`.
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
        if reader.is_empty() {
            return Ok(None);
        }
        self.0.decode(reader).map(Some)
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
    /// The field's name.
    pub field: &'static str,
    /// The codec of the field's type.
    pub codec: C,
    /// The limits of its values.
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
