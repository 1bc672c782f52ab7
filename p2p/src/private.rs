//! What derived code names. Not covered by version guarantees.

use crate::rlp::{Error, Reader, Writer};

pub use crate::rlp::bridge::{
    Codec, PickAlloy, PickAlloyList, PickNone, PickOwn, PickRlp, PickRlpList, Tag,
};

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
}
