//! Why an example of a message is refused.

use thiserror::Error;

use super::snapshot::hex;
use crate::protocol::error::{DecodeError, EncodeError};

/// An example of a message does not survive a round trip through the protocol.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VectorError {
    /// The protocol rejects an example that was generated from the description of the message.
    ///
    /// The example violates limits that the description lacks, or a hand-written
    /// [`Decode::shape`](crate::rlp::Decode::shape) is wrong.
    #[error(
        "version {version} refuses the example {}: {cause}; give one with `Specification::example`, or \
         correct the `Decode::shape` of the type",
        hex(payload)
    )]
    Refused {
        /// The version.
        version: u64,
        /// The example.
        payload: Vec<u8>,
        /// What the protocol says.
        cause: DecodeError,
    },
    /// The protocol encodes an example to different bytes than it decoded.
    #[error(
        "message {message} of version {version} is decoded from {} and encoded to {}; correct `encode` or \
         `decode`",
        hex(payload),
        hex(found)
    )]
    Different {
        /// The version.
        version: u64,
        /// The message's name.
        message: &'static str,
        /// The example.
        payload: Vec<u8>,
        /// What it was encoded to.
        found: Vec<u8>,
    },
    /// An example can't be encoded.
    #[error("an example of version {version}: {cause}")]
    NotEncoded {
        /// The version.
        version: u64,
        /// What the protocol says.
        cause: EncodeError,
    },
}
