//! The specification of a protocol, made from its code: a document, a fingerprint of the wire's shape,
//! examples, and a check that the wire has not changed.
//!
//! devp2p negotiates a protocol's name and version and nothing else. Two nodes that mean different
//! messages by the same version find out when one can't decode what the other sent; where the number of
//! codes differs, the messages of every protocol that is later in the alphabet go astray. So a version,
//! once spoken by anybody, never changes. A test of three lines holds the code to that:
//!
//! ```
//! # use p2p::Protocol;
//! # #[derive(Protocol)]
//! # #[protocol(name = "foobar", version = 1)]
//! # enum Message { Text(String) }
//! // #[test]
//! fn the_wire_has_not_changed() -> Result<(), p2p::spec::SpecError> {
//!     p2p::spec::check::<Message>("tests/foobar.wire")
//! }
//! ```
//!
//! The file is text, to be committed beside the test. `UPDATE_SPEC=1 cargo test` writes it, the first
//! time and whenever a version was added. It has one line a message, and examples of its payload:
//!
//! ```text
//! foobar/1 length 1 keccak256 4d2a..
//! 0x00 Text [text]
//!   c180
//!   c58474657874
//! ```
//!
//! [`Specification`] has all that can be made: [`to_markdown`](Specification::to_markdown) writes a document
//! in the manner of the `caps` of ethereum/devp2p, [`fingerprint`](Specification::fingerprint) and
//! [`vectors`](Specification::vectors) are for tests of other implementations.
//!
//! # What is known of a type
//!
//! [`Decode::shape`](crate::rlp::Decode::shape) says what a type looks like. Integers, strings, lists,
//! tuples and all that derives [`Rlp`](derive@crate::Rlp) have it. Other types are opaque: those of other
//! crates' traits, and those with a hand-written `Decode` that leaves it out. Only their names, as they are
//! written in the field, are part of the specification, and messages with them have no examples unless
//! [`Specification::example`] gives some. With an example the check sees when an opaque type changes.
//! [`Specification::with_shape`] says what a type of another crate looks like.
//!
//! # How the wire is written
//!
//! | text | item |
//! |---|---|
//! | `uint64` | an integer of at most 64 bits |
//! | `bool`, `text` | a truth value; a string of UTF-8 |
//! | `bytes`, `bytes32` | a byte string of any length; of 32 bytes |
//! | `[a, b?, c?]` | a list of these items, of which the last may be absent |
//! | `[a, ..]` | a list that may go on with items that are not looked at |
//! | `[a*]`, `[a x 20]` | a list of any number of `a`; of 20 |
//! | `any` | any one item |
//! | `opaque "Header"` | the item of a type `Header` of which nothing is known |
//! | `^2` | the second list around this place, once again |
//!
//! A `name: ` before an item is for the reader: names of messages and fields may change. They are not
//! in the fingerprint. The check looks at them only to see whether things of the same shape have changed
//! places. After `->` is the code of the message that answers a request; the id of a request or reply is its
//! first item.
//!
//! Limits, such as the size of a message or the range of a field, are in the document and in no fingerprint:
//! they are about values. Peers that know wider ones are disconnected when they are narrowed. `usize` has as
//! many bits as the machine; on the wire, write `u64`.

mod compare;
mod difference;
mod error;
mod file;
mod markdown;
mod notation;
mod parse;
mod sample;
mod sentence;
mod snapshot;
mod specification;
mod vectors;
mod wire;

use std::path::Path;

pub use difference::Difference;
pub use error::{SpecError, VectorError};
pub use snapshot::Fingerprint;
pub use specification::Specification;
pub use vectors::Vector;

use crate::protocol::Protocol;
use crate::rlp::shape::Struct;

/// A protocol that tells what its messages look like.
///
/// The derive implements it. By hand:
///
/// ```
/// use p2p::rlp::shape::{Field, Struct};
/// use p2p::rlp::{Decode, Shapes};
/// use p2p::spec::{Describe, Description, Specification};
/// # use p2p::{Code, DecodeError, EncodeError, Fields, MessageInfo, Protocol, RequestId, Version};
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
    /// What the messages look like.
    fn describe() -> Description;
}

/// What the messages of a protocol look like, and its documentation.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The protocol's documentation, in Markdown.
    pub docs: &'static str,
    /// The payload of each message, in the order of [`Protocol::MESSAGES`].
    ///
    /// Without the id of a request or reply: that follows from the table.
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

/// Checks that the wire of every version of a protocol is what a file says.
///
/// A short form of [`Specification::check`], to be called from a test.
///
/// # Errors
///
/// [`SpecError`], whose text says what has changed and what to do.
pub fn check<P: Describe>(path: impl AsRef<Path>) -> Result<(), SpecError> {
    Specification::<P>::new().check(path)
}
