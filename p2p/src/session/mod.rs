//! The session on top of RLPx: Hello, shared capabilities, the base protocol and compression.
//!
//! These are state machines without a socket or a clock: bytes and instants are passed in. `examples/crawl.rs` is a
//! program that needs no more.
//!
//! ```text
//!            hello ▶ out                        ┌▶ Egress   message, ping, pong, disconnect ▶ out
//! Opening ────────────────▶ into_session ▶ Session
//!            read ◀ in                          └▶ Ingress  next ◀ in: Event, Event, ..
//! ```
//!
//! One end of a connection, with the other end's bytes in `incoming`:
//!
//! ```
//! use p2p::session::{Event, Greeting, Hello, Offer, Opening, Session, Step};
//! use p2p::{Breach, DisconnectReason};
//!
//! /// Says Hello, and gives the session once the peer's Hello is there.
//! fn greet(
//!     mut opening: Opening,
//!     ours: &Hello,
//!     offers: &[Offer],
//!     incoming: &mut Vec<u8>,
//!     out: &mut Vec<u8>,
//! ) -> Result<Option<Session>, Box<dyn std::error::Error>> {
//!     opening.hello(ours, out)?;
//!     match opening.read(incoming)? {
//!         Greeting::Hello { hello, consumed } => {
//!             incoming.drain(..consumed);
//!             Ok(Some(opening.into_session(offers, &hello)))
//!         }
//!         Greeting::Disconnected { reason, .. } => Err(reason.into()),
//!         Greeting::Incomplete { .. } => Ok(None),
//!     }
//! }
//!
//! /// Answers all that has come, and gives the reason if the peer has disconnected.
//! fn answer(
//!     session: &mut Session,
//!     incoming: &mut [u8],
//!     out: &mut Vec<u8>,
//! ) -> Result<Option<DisconnectReason>, Breach> {
//!     let mut at = 0;
//!     while let Step::Event { event, consumed } = session.ingress.next(&mut incoming[at..])? {
//!         match event {
//!             Event::Message { shared, code, body } => {
//!                 let mut payload = Vec::with_capacity(body.len());
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

mod disconnect;
mod egress;
mod hello;
mod ingress;
mod keepalive;
mod opening;
mod shared;

pub use crate::message_id::MessageId;
pub use crate::snappy::compress;
pub use egress::{Egress, EgressError};
pub use hello::{Hello, MAX_CLIENT};
pub use ingress::{Body, Event, Ingress, Step};
pub use keepalive::{Keepalive, KeepaliveAction, PingLimit};
pub use opening::{Greeting, MAX_HELLO, Opening, Session};
pub use shared::{Offer, Shared};

/// The version of the base protocol that we speak.
pub const P2P_VERSION: u64 = 5;

/// The first version of the base protocol with Snappy.
const SNAPPY_VERSION: u64 = 5;

/// The largest decompressed payload of a message, unless the message has its own limit.
pub const MAX_MESSAGE: usize = crate::snappy::MAX_PAYLOAD;

/// Message ids of the base protocol; those of the shared capabilities follow.
const FIRST_SHARED: MessageId = MessageId(16);

mod id {
    use crate::message_id::MessageId;

    pub(super) const HELLO: MessageId = MessageId(0);
    pub(super) const DISCONNECT: MessageId = MessageId(1);
    pub(super) const PING: MessageId = MessageId(2);
    pub(super) const PONG: MessageId = MessageId(3);
}

#[cfg(test)]
mod tests;
