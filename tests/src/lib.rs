//! Code that tests, benchmarks and programs of this crate share: peers that are played by hand, and bounds.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "it is for tests, which may panic"
)]

pub mod fuzz;
pub mod hand;
pub mod script;

use std::time::Duration;

use p2p::{Cause, ConnectError, DisconnectReason};

/// How long anything may take that ends by itself, on a busy machine too.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Waits for something that ends by itself, and panics if it does not.
pub async fn bounded<T>(work: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(LIMIT, work).await;
    done.expect("it ends in time")
}

/// Panics unless the peer ended the connection for this reason.
#[track_caller]
pub fn assert_ended_by_peer(cause: &Cause, expected: DisconnectReason) {
    let is_expected = matches!(cause, Cause::Remote(reason) if *reason == expected);
    assert!(is_expected, "{cause}");
}

/// Panics unless the node that was dialed gave this reason in place of Hello.
#[track_caller]
pub fn assert_refused_by_peer(error: &ConnectError, expected: DisconnectReason) {
    let is_expected = matches!(error, ConnectError::Disconnected(reason) if *reason == expected);
    assert!(is_expected, "{error}");
}

/// Constants in limits that the compiler refuses, since the derive does not know their values.
///
/// A range below a constant that is 0:
///
/// ```compile_fail,E0080
/// const END: u64 = 0;
///
/// #[derive(p2p::Rlp)]
/// struct Item(#[field(range(..END))] u64);
///
/// let _ = p2p::rlp::encode(&Item(1));
/// ```
///
/// A request that is larger than a constant by its id:
///
/// ```compile_fail,E0080
/// use p2p::Protocol;
///
/// const SIZE: usize = 3;
///
/// #[derive(Protocol)]
/// #[protocol(name = "chain", version = 1)]
/// enum Message {
///     #[message(max_size = SIZE, reply = Block)]
///     GetBlock([u8; 1], u64),
///     Block,
/// }
///
/// let _ = Message::MESSAGES.len();
/// ```
#[allow(dead_code, reason = "it is there for its documentation")]
struct Constants;
