//! The RLPx transport: the handshake that agrees on keys, and the frames that carry messages.
//!
//! Everything here is bytes in and bytes out. Sockets, clocks and randomness belong to the caller, so
//! a connection can be fuzzed, simulated and measured as plain function calls. Source: `rlpx.md`.
//!
//! ```text
//!  Initiator::new ── auth ──▶ Recipient::read_auth        each side:  Secrets
//!  read_ack      ◀── ack ───  (Accepted, ack)                           │ into_halves
//!                                                          Sealer ◀─────┴─────▶ Opener
//! ```
//!
//! Both directions of a connection use the same AES key and IV (CVE-2015-20112). That is RLPx, and
//! can't be mended without breaking it: whoever knows what was sent one way can read what was sent
//! the other way at the same position. Frames are authenticated; don't count on their secrecy.

mod ecies;
mod error;
mod frame;
mod handshake;
mod id;
mod mac;
mod opener;
mod sealer;
mod secrets;

pub use error::Error;
pub use frame::MAX_FRAME;
pub use handshake::{Accepted, Fill, HEAD, Initiator, MAX_PACKET, Recipient, packet_size};
pub use id::{encode_id, split_id};
pub use opener::{Opened, Opener};
pub use sealer::Sealer;
pub use secrets::Secrets;

#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod vectors;
