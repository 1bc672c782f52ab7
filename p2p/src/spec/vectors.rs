//! Examples of messages, verified by a round trip through the protocol.

use super::describe::Describe;
use super::sample::{self, Size};
use super::specification::Specification;
use super::vector_error::VectorError;
use super::wire::Wire;
use crate::protocol::numbers::{Code, RequestId};
use crate::protocol::table::MessageInfo;
use crate::rlp::shape::Struct;

/// An example of a message on the wire.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vector {
    /// The message's code.
    pub code: Code,
    /// The message's name.
    pub message: &'static str,
    /// Its payload: one RLP item.
    pub payload: Vec<u8>,
}

/// The id in examples that are given.
const ID: RequestId = RequestId(0x0102_0304_0506_0708);

impl<P: Describe> Specification<P> {
    /// Examples of every message of a version, by code; none if the version is not spoken.
    ///
    /// They are the same each time. The protocol has decoded each of them and encoded it to the same bytes.
    ///
    /// # Errors
    ///
    /// [`VectorError`] if an example does not survive the round trip: it violates the limits of its fields, or
    /// the description of a type is wrong.
    pub fn vectors(&self, version: u64) -> Result<Vec<Vector>, VectorError> {
        let mut vectors = Vec::new();
        for (row, message) in self.messages(version) {
            let payloads = self.vectors_of(version, row, &message)?;
            vectors.extend(payloads.into_iter().map(|payload| Vector {
                code: row.code,
                message: row.name,
                payload,
            }));
        }
        Ok(vectors)
    }

    /// Examples of one message, each of them once.
    pub(super) fn vectors_of(
        &self,
        version: u64,
        row: &MessageInfo,
        message: &Struct,
    ) -> Result<Vec<Vec<u8>>, VectorError> {
        let mut payloads: Vec<Vec<u8>> = Vec::new();
        let given: Vec<_> = self
            .examples
            .iter()
            .filter(|example| example.info() == row)
            .collect();
        let is_known = Wire::payload(message, row.has_id()).opaque().is_none();
        let sizes = [Size::Smallest, Size::Typical].into_iter();
        for size in sizes.filter(|_| is_known) {
            let Some(payload) = sample::payload(message, row.has_id(), size) else {
                continue;
            };
            match comes_back::<P>(version, row, &payload) {
                Ok(()) if payloads.contains(&payload) => {}
                Ok(()) => payloads.push(payload),
                // Supplied examples replace it.
                Err(VectorError::Refused { .. }) if !given.is_empty() => {}
                Err(error) => return Err(error),
            }
        }
        for example in given {
            let mut payload = Vec::new();
            let id = row.has_id().then_some(ID);
            example
                .encode(version, id, &mut payload)
                .map_err(|cause| VectorError::NotEncoded { version, cause })?;
            comes_back::<P>(version, row, &payload)?;
            if !payloads.contains(&payload) {
                payloads.push(payload);
            }
        }
        Ok(payloads)
    }
}

/// Decodes a payload and encodes it again, which has to give the same bytes.
pub(super) fn comes_back<P: Describe>(
    version: u64,
    row: &MessageInfo,
    payload: &[u8],
) -> Result<(), VectorError> {
    let code = row.code;
    let refused = |cause| VectorError::Refused {
        version,
        payload: payload.to_vec(),
        cause,
    };
    let message = P::decode(version, code, payload).map_err(refused)?;
    let id = if row.has_id() {
        RequestId::peek(payload).ok()
    } else {
        None
    };
    let mut found = Vec::new();
    message
        .encode(version, id, &mut found)
        .map_err(|cause| VectorError::NotEncoded { version, cause })?;
    if found == payload && message.code() == code {
        return Ok(());
    }
    Err(VectorError::Different {
        version,
        message: message.info().name,
        payload: payload.to_vec(),
        found,
    })
}
