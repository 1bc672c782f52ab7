//! The description of a protocol's messages, from which everything else is generated.

use crate::protocol::Protocol;
use crate::rlp::shape::Struct;

/// A protocol that describes what its messages look like.
///
/// The derive implements it. By hand:
///
/// ```
/// use p2p::rlp::shape::{Field, Struct};
/// use p2p::rlp::{Decode, Shapes};
/// use p2p::spec::{Describe, Description, Specification};
/// # use p2p::protocol::{Code, DecodeError, EncodeError, Fields, MessageInfo, RequestId, Version};
/// # use p2p::Protocol;
/// # use p2p::rlp::{self, Encode};
/// # impl Protocol for Text {
/// #     const NAME: &'static str = "foobar";
/// #     const VERSIONS: &'static [Version] = &[Version { number: 1, length: 1 }];
/// #     const MESSAGES: &'static [MessageInfo] = &[MessageInfo::new(Code(0), "Text")];
/// #     fn info(&self) -> &'static MessageInfo { &Self::MESSAGES[0] }
/// #     fn encode(&self, _: u64, _: Option<RequestId>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
/// #         let mut out = rlp::Writer::new(out);
/// #         out.list(self.0.length());
/// #         self.0.encode(&mut out);
/// #         out.finish().map_err(|cause| EncodeError::Field { message: "Text", cause })
/// #     }
/// #     fn decode(version: u64, code: Code, payload: &[u8]) -> Result<Self, DecodeError> {
/// #         let mut fields = Fields::open("Text", payload)?;
/// #         let text = fields.next("text")?;
/// #         fields.finish()?;
/// #         Ok(Self(text))
/// #     }
/// # }
///
/// struct Text(String);
///
/// impl Describe for Text {
///     fn describe() -> Description {
///         let shapes = &mut Shapes::new();
///         let text = Struct::new("Text").docs("A line of text.");
///         Description::new([text.fields([Field::new("text", String::shape(shapes))])])
///     }
/// }
///
/// let vectors = Specification::<Text>::new().vectors(1)?;
/// assert_eq!(vectors[1].payload, b"\xc5\x84text");
/// # Ok::<(), p2p::spec::VectorError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell what its messages look like",
    note = "`#[derive(Protocol)]` writes it; a protocol by hand implements `p2p::spec::Describe`"
)]
pub trait Describe: Protocol {
    /// The shapes of the messages.
    fn describe() -> Description;
}

/// The shapes of a protocol's messages, and its documentation.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The protocol's documentation, in Markdown.
    pub docs: &'static str,
    /// The payload of each message, in the order of [`Protocol::MESSAGES`].
    ///
    /// Without the ID of a request or reply, which follows from the table.
    pub messages: Vec<Struct>,
}

impl Description {
    /// The description of these messages.
    #[must_use]
    pub fn new<const N: usize>(messages: [Struct; N]) -> Self {
        Self {
            docs: "",
            messages: messages.into(),
        }
    }

    /// The same, with this documentation.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }
}
