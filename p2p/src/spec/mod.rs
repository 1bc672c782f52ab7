//! The specification of a protocol, generated from its code: a document, a fingerprint of the wire's shape,
//! examples, and a check that the wire format has not changed.
//!
//! devp2p negotiates only a protocol's name and version. If two nodes mean different
//! messages by the same version, they find out when one can't decode what the other sent. If the number of
//! codes differs, the messages of every protocol later in the alphabet are misrouted. So once a version
//! is in use, it must never change. A three-line test enforces that:
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
//! The file is text; commit it next to the test. `UPDATE_SPEC=1 cargo test` writes it, the first
//! time and whenever a version was added. It has one line per message, and examples of its payload:
//!
//! ```text
//! foobar/1 length 1 keccak256 4d2a..
//! 0x00 Text [text]
//!   c180
//!   c58474657874
//! ```
//!
//! [`Specification`] generates everything: [`to_markdown`](Specification::to_markdown) writes a document
//! in the style of ethereum/devp2p's `caps`; [`fingerprint`](Specification::fingerprint) and
//! [`vectors`](Specification::vectors) are for tests of other implementations.
//!
//! # What is known of a type
//!
//! [`Decode::shape`](crate::rlp::Decode::shape) describes what a type looks like. Integers, strings, lists,
//! tuples and types that derive [`Rlp`](derive@crate::Rlp) have it. Other types are opaque: those that use
//! other crates' traits, and those with a hand-written `Decode` that omits it. Only their names, as
//! written in the field, are part of the specification. Messages that contain them have no examples unless
//! you supply some with [`Specification::example`]; with an example the check notices when an opaque type
//! changes. [`Specification::with_shape`] describes what a type of another crate looks like.
//!
//! # How the wire is written
//!
//! | text | item |
//! |---|---|
//! | `uint64` | an integer of at most 64 bits |
//! | `bool`, `text` | a boolean; a UTF-8 string |
//! | `bytes`, `bytes32` | a byte string of any length; of 32 bytes |
//! | `[a, b?, c?]` | a list of these items, of which the last ones may be absent |
//! | `[a, ..]` | a list that may continue with items that are ignored |
//! | `[a*]`, `[a x 20]` | a list of any number of `a`; of 20 |
//! | `any` | any single item |
//! | `opaque "Header"` | the item of a type `Header` about which nothing is known |
//! | `^2` | a repetition of the second list around this place |
//!
//! A `name: ` before an item is for the reader: names of messages and fields may change. They are not
//! part of the fingerprint. The check uses them only to detect whether things of the same shape have swapped
//! places. After `->` is the code of the message that answers a request. The ID of a request or reply is its
//! first item.
//!
//! Limits, such as the size of a message or the range of a field, are in the document but not in the
//! fingerprint, because they are about values. If you narrow a limit, peers that know the wider one get
//! disconnected. `usize` has as many bits as the machine; on the wire, use `u64`.

mod check;
mod compare;
pub(crate) mod describe;
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
mod vector_error;
mod vectors;
mod wire;

use std::path::Path;

pub use describe::{Describe, Description};
pub use difference::Difference;
pub use error::SpecError;
pub use snapshot::Fingerprint;
pub use specification::Specification;
pub use vector_error::VectorError;
pub use vectors::Vector;

/// Checks that the wire format of every version of a protocol matches a file.
///
/// A shorthand for [`Specification::check`], to be called from a test.
///
/// # Errors
///
/// [`SpecError`], whose text says what has changed and what to do about it.
pub fn check<P: Describe>(path: impl AsRef<Path>) -> Result<(), SpecError> {
    Specification::<P>::new().check(path)
}
