//! The RLPx transport: the handshake that agrees on keys, and the frames that carry messages.
//!
//! Everything here is bytes in and bytes out. The caller supplies sockets, clocks and randomness, so
//! a connection can be fuzzed, simulated and measured as plain function calls. Source: `rlpx.md`.
//!
//! ```text
//!  Initiator::new ── auth ──▶ Recipient::read_auth        each side:  Secrets
//!  read_ack      ◀── ack ───  (Accepted, ack)                           │ into_halves
//!                                                          Sealer ◀─────┴─────▶ Opener
//! ```
//!
//! ```
//! use p2p::rlpx::{Initiator, MAX_FRAME, Opened, Recipient};
//! use p2p::NodeKey;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A real program fills from the operating system, as `examples/crawl.rs` does.
//! let mut counter = 0_u8;
//! let mut fill = |bytes: &mut [u8]| {
//!     counter += 1;
//!     bytes.fill(counter);
//! };
//! let dialer = NodeKey::create(&mut fill);
//! let listener = NodeKey::create(&mut fill);
//!
//! let initiator = Initiator::new(&dialer, *listener.public_key(), &mut fill);
//! let (accepted, ack) = Recipient::read_auth(&listener, initiator.auth(), &mut fill)?;
//! assert_eq!(&accepted.remote, dialer.public_key());
//! let (mut sealer, _) = initiator.read_ack(&ack)?.into_halves();
//! let (_, mut opener) = accepted.secrets.into_halves();
//!
//! let mut wire = Vec::new();
//! sealer.seal(&mut wire, |data| data.extend_from_slice(b"\x10some message"))?;
//! match opener.open(&mut wire, MAX_FRAME)? {
//!     Opened::Frame { data, consumed } => assert_eq!((&*data, consumed), (&b"\x10some message"[..], 64)),
//!     Opened::Incomplete { needed } => println!("{needed} bytes are needed"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Both directions of a connection use the same AES key and IV (CVE-2015-20112). This is part of RLPx, and
//! can't be fixed without breaking compatibility: anyone who knows the data sent in one direction can read
//! the data sent in the other at the same position. Frames are authenticated; don't count on their secrecy.

mod ecies;
mod error;
pub(crate) mod frame;
mod handshake;
mod keccak;
pub(crate) mod opener;
mod packet;
pub(crate) mod sealer;

pub use ecies::Fill;
pub use error::{FrameError, HandshakeError};
pub use frame::MAX_FRAME;
pub use handshake::{Accepted, Initiator, Recipient, Secrets};
pub use opener::{Opened, Opener};
pub use packet::{HEAD, MAX_PACKET, packet_size};
pub use sealer::Sealer;

#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod vectors;
