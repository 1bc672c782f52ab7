//! Whoever waits gets its turn, however much else is ready.

use std::future::ready;
use std::pin::pin;

use super::*;
use crate::future::{Either, either};

#[tokio::test]
async fn a_dropped_poll_loses_no_turn() {
    let (one, mut other) = pipe::<Text>();
    for number in 0..200 {
        let message = text(&number.to_string());
        one.peer().try_send(message).expect("room");
    }
    let mut received = 0;
    for _ in 0..300 {
        // Another branch is always ready, so that this future is polled once and dropped.
        let first = either(pin!(other.recv()), pin!(ready(()))).await;
        if let Either::First(message) = first {
            assert_eq!(message, Ok(text(&received.to_string())));
            received += 1;
        }
    }
    assert_eq!(received, 200);
}
