//! The specification that is generated from a protocol's description.

use std::fmt;

use super::describe::{Describe, Description};
use super::snapshot::{Fingerprint, MessageWire, VersionWire};
use super::wire::Wire;
use crate::protocol::numbers::{Code, Version};
use crate::protocol::table::{MessageInfo, MessageKind};
use crate::rlp::shape::{Field, Struct};
use crate::rlp::{Decode, Shape, Shapes};

/// The specification of a protocol, generated from its code.
///
/// ```
/// use p2p::Protocol;
/// use p2p::spec::Specification;
///
/// #[derive(Protocol)]
/// #[protocol(name = "foobar", version = 1)]
/// enum Message {
///     /// A line of text.
///     Text(String),
/// }
///
/// let spec = Specification::<Message>::new();
/// assert!(spec.to_markdown().contains("### Text (0x00)\n\n`[text]`\n\nA line of text."));
///
/// let vectors = spec.vectors(1)?;
/// assert_eq!(vectors[0].payload, b"\xc1\x80");
/// assert_eq!(vectors[1].payload, b"\xc5\x84text");
/// # Ok::<(), p2p::spec::VectorError>(())
/// ```
pub struct Specification<P> {
    description: Description,
    pub(super) examples: Vec<P>,
}

impl<P: Describe> Specification<P> {
    /// Generates it from what the protocol says about itself.
    #[must_use]
    pub fn new() -> Self {
        Self {
            description: P::describe(),
            examples: Vec::new(),
        }
    }

    /// Adds an example, in each version that has the message.
    ///
    /// A message of known shape already has two, the smallest and a typical one. A message with an opaque
    /// part has none, and a message whose limits rule those two out needs others.
    #[must_use]
    pub fn example(mut self, message: P) -> Self {
        self.examples.push(message);
        self
    }

    /// Describes a type of another crate: a field type written `ty` looks like `T` on the wire.
    ///
    /// Without it the type is opaque, unless it implements our [`Decode`]. Write the path of a type in a module
    /// exactly as in the field.
    ///
    /// ```
    /// # use p2p::Protocol;
    /// # mod other {
    /// #     pub struct Hash([u8; 32]);
    /// #     impl rlp::Encodable for Hash {
    /// #         fn rlp_append(&self, stream: &mut rlp::RlpStream) { stream.append(&self.0.as_slice()); }
    /// #     }
    /// #     impl rlp::Decodable for Hash {
    /// #         fn decode(rlp: &rlp::Rlp) -> Result<Self, rlp::DecoderError> {
    /// #             let bytes = rlp.data()?.try_into();
    /// #             bytes.map(Self).map_err(|_| rlp::DecoderError::RlpInvalidLength)
    /// #         }
    /// #     }
    /// # }
    /// use p2p::spec::Specification;
    /// use other::Hash;
    ///
    /// #[derive(Protocol)]
    /// #[protocol(name = "foobar", version = 1)]
    /// enum Message {
    ///     Hashes(Vec<Hash>),
    /// }
    ///
    /// let spec = Specification::<Message>::new().with_shape::<[u8; 32]>("Hash");
    /// assert!(spec.to_markdown().contains("`[[B_32, ...]]`"));
    /// assert_eq!(spec.vectors(1)?.len(), 2);
    /// # Ok::<(), p2p::spec::VectorError>(())
    /// ```
    #[must_use]
    pub fn with_shape<T: Decode>(mut self, ty: &str) -> Self {
        let shape = T::shape(&mut Shapes::new());
        for message in &mut self.description.messages {
            message.resolve(ty, &shape);
        }
        self
    }

    /// A hash of the wire's shape in a version; `None` if the version is not spoken.
    #[must_use]
    pub fn fingerprint(&self, version: u64) -> Option<Fingerprint> {
        let version = P::VERSIONS.iter().find(|row| row.number == version)?;
        Some(self.wire(version).fingerprint(P::NAME))
    }

    /// The protocol's own description.
    #[must_use]
    pub const fn description(&self) -> &Description {
        &self.description
    }

    /// The wire of a version, without examples.
    pub(super) fn wire(&self, version: &Version) -> VersionWire {
        let messages = self.messages(version.number);
        VersionWire {
            number: version.number,
            length: version.length,
            messages: messages
                .iter()
                .map(|(row, message)| MessageWire {
                    code: row.code,
                    name: row.name.to_owned(),
                    wire: Wire::payload(message, row.has_id()),
                    reply: reply(row),
                    payloads: Vec::new(),
                })
                .collect(),
        }
    }

    /// The messages of a version, by code.
    pub(super) fn messages(&self, version: u64) -> Vec<(&'static MessageInfo, Struct)> {
        let spoken = P::VERSIONS.iter().any(|row| row.number == version);
        let mut messages = self.all_messages();
        messages.retain(|(row, _)| spoken && row.is_in(version));
        messages.sort_by_key(|(row, _)| row.code);
        messages
    }

    /// The messages of all versions, in the order of their table. One that is not described is opaque.
    pub(super) fn all_messages(&self) -> Vec<(&'static MessageInfo, Struct)> {
        let rows = P::MESSAGES.iter().enumerate();
        rows.map(|(at, row)| match self.description.messages.get(at) {
            Some(message) => (row, message.clone()),
            None => {
                let payload = Field::new("payload", Shape::Opaque(None));
                (row, Struct::new(row.name).transparent().fields([payload]))
            }
        })
        .collect()
    }
}

fn reply(row: &MessageInfo) -> Option<Code> {
    match row.kind {
        MessageKind::Request { reply } => Some(reply),
        _ => None,
    }
}

impl<P: Describe> Default for Specification<P> {
    fn default() -> Self {
        Self::new()
    }
}

/// Without the examples, which need not be printable.
impl<P> fmt::Debug for Specification<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Specification")
            .field("description", &self.description)
            .field("examples", &self.examples.len())
            .finish()
    }
}
