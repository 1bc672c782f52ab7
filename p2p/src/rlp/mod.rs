//! Recursive Length Prefix: the encoding of everything that devp2p puts into a frame.
//!
//! There are two traits, [`Encode`] and [`Decode`]. They work on a [`Writer`] that
//! appends to a buffer and a [`Reader`] that moves forward over bytes. Encoding computes the lengths
//! first and then writes once. Decoding is strict: every accepted item is the one and only
//! encoding of its value.
//!
//! Strings, `Vec<u8>` and `[u8; N]` are byte strings; every other `Vec<T>`, array and tuple
//! is a list. Integers are big-endian without leading zeros.
//!
//! ```
//! use p2p::rlp::{self, Decode, Encode, Error, Reader, Writer};
//!
//! #[derive(Debug, PartialEq)]
//! struct Block {
//!     number: u64,
//!     hash: [u8; 32],
//! }
//!
//! impl Encode for Block {
//!     fn length(&self) -> usize {
//!         rlp::list_length(self.number.length() + self.hash.length())
//!     }
//!
//!     fn encode(&self, out: &mut Writer<'_>) {
//!         out.list(self.number.length() + self.hash.length());
//!         self.number.encode(out);
//!         self.hash.encode(out);
//!     }
//! }
//!
//! impl Decode for Block {
//!     fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
//!         let mut list = reader.list()?;
//!         let block = Block {
//!             number: Decode::decode(&mut list).map_err(|e: Error| e.at("Block", "number"))?,
//!             hash: Decode::decode(&mut list).map_err(|e: Error| e.at("Block", "hash"))?,
//!         };
//!         list.finish()?;
//!         Ok(block)
//!     }
//! }
//!
//! let block = Block { number: 1024, hash: [7; 32] };
//! let bytes = rlp::encode(&block)?;
//! assert_eq!(rlp::decode::<Block>(&bytes)?, block);
//!
//! let error = rlp::decode::<Block>(&[0xc2, 0x00, 0x80]).unwrap_err();
//! assert_eq!(error.to_string(), "Block.number: leading zero in an integer");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: Yellow Paper, appendix B.

pub(crate) mod bridge;
pub(crate) mod error;
mod header;
mod integers;
pub(crate) mod limits;
pub(crate) mod memory;
pub(crate) mod reader;
pub mod shape;
mod strings;
mod traits;
pub(crate) mod writer;

#[cfg(test)]
mod tests;

pub use error::{EncodeError, Error, ErrorKind};
pub use header::list_length;
pub use limits::{Integer, Limits, accepted, in_range};
pub use reader::Reader;
pub use shape::{Shape, Shapes};
pub use strings::Raw;
pub use traits::{Decode, Encode, decode, encode};
pub use writer::Writer;
