//! The session on top of RLPx: Hello, shared capabilities, the base protocol and compression.
//!
//! These are state machines without a socket or a clock: bytes and instants are passed in. `examples/crawl.rs` is a
//! program that needs no more.
//!
//! ```text
//! HelloExchange::start ──▶ our Hello ▶ out
//!        │
//!        │ read ◀ in, until the peer's Hello is there      ┌▶ Egress   message, ping, pong, disconnect ▶ out
//!        └─────────▶ Exchanged ── into_session ─▶ Session ─┤
//!                                                          └▶ Ingress  next ◀ in: Event, Event, ..
//! ```
//!
//! One end of a connection, with the other end's bytes in `incoming`:
//!
//! ```
//! use p2p::session::{Event, Hello, HelloEvent, HelloExchange, Offer, Session, Step};
//! use p2p::rlpx::{Opener, Sealer};
//! use p2p::{Breach, DisconnectReason, PublicKey};
//!
//! /// Says Hello, and gives the session once the peer's Hello is there. `receive` waits for more bytes.
//! fn exchange(
//!     (sealer, opener): (Sealer, Opener),
//!     remote: PublicKey,
//!     ours: &Hello,
//!     offers: &[Offer],
//!     mut receive: impl FnMut(&mut Vec<u8>),
//!     out: &mut Vec<u8>,
//! ) -> Result<Session, Box<dyn std::error::Error>> {
//!     let mut exchange = HelloExchange::start(sealer, opener, remote, ours, out)?;
//!     let mut incoming = Vec::new();
//!     loop {
//!         match exchange.read(&mut incoming)? {
//!             HelloEvent::Hello { exchanged, .. } => return Ok(exchanged.into_session(offers)),
//!             HelloEvent::Disconnected { reason, .. } => return Err(reason.into()),
//!             HelloEvent::Incomplete { exchange: unfinished, .. } => {
//!                 receive(&mut incoming);
//!                 exchange = unfinished;
//!             }
//!         }
//!     }
//! }
//!
//! /// Answers everything that has arrived, and gives the reason if the peer has disconnected.
//! fn answer(
//!     session: &mut Session,
//!     incoming: &mut [u8],
//!     out: &mut Vec<u8>,
//! ) -> Result<Option<DisconnectReason>, Breach> {
//!     let mut at = 0;
//!     while let Step::Event { event, consumed } = session.ingress.next(&mut incoming[at..])? {
//!         match event {
//!             Event::Message { shared, code, body } => {
//!                 // Compare `body.len()` with the message's own limit here.
//!                 let mut payload = Vec::new();
//!                 body.copy_to(&mut payload)?;
//!                 let capability = &session.shared[shared].capability;
//!                 println!("message {code} of {capability} has {} bytes", payload.len());
//!             }
//!             Event::Ping => session.egress.pong(out),
//!             Event::Disconnect(reason) => return Ok(Some(reason)),
//!             Event::Pong | Event::Ignored => {}
//!         }
//!         at += consumed;
//!     }
//!     Ok(None)
//! }
//! ```
//!
//! Source: `rlpx.md`, "Capability Messaging".

pub(crate) mod base;
pub(crate) mod egress;
pub(crate) mod hello;
pub(crate) mod ingress;
pub(crate) mod keepalive;
pub(crate) mod negotiation;

pub use crate::message_id::MessageId;
pub use crate::snappy::compress;
pub use base::{MAX_HELLO, MAX_MESSAGE, P2P_VERSION};
pub use egress::{Egress, EgressError};
pub use hello::{
    Exchanged, Hello, HelloError, HelloEvent, HelloExchange, MAX_CLIENT, Session, refuse,
};
pub use ingress::{Body, Event, Ingress, Step};
pub use keepalive::{Keepalive, KeepaliveAction, PingLimit};
pub use negotiation::{Offer, SharedCapability};

#[cfg(test)]
pub(crate) mod tests;
