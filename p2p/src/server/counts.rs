//! The metrics of a server's connections.

use std::time::Duration;

use crate::connection::cause::Cause;
use crate::connection::info::Direction;
use crate::driver::error::{ConnectError, Phase};
use crate::meters::names::{
    ACCEPTED, DIALS, DROPPED, HANDSHAKE_TIME, HANDSHAKES, PEER_LIFETIME, PEERS, REFUSED,
};
use crate::meters::{Counter, Gauge, Histogram, counter, gauge, histogram};

/// The metrics that are kept at hand. Others are looked up when they change, which is rare.
#[derive(Debug)]
pub(super) struct Counts {
    inbound: DirectionCounts,
    outbound: DirectionCounts,
    /// TCP connections that have arrived, before any check.
    arrived: Counter,
}

/// The metrics of one direction.
#[derive(Debug)]
struct DirectionCounts {
    peers: Gauge,
    handshakes: Counter,
    /// The time from the opened stream to the peer.
    handshake_time: Histogram,
    lifetime: Histogram,
}

impl DirectionCounts {
    fn new(direction: Direction) -> Self {
        let labels = [("direction", direction.label())];
        Self {
            peers: gauge(PEERS, &labels),
            handshakes: counter(HANDSHAKES, &labels),
            handshake_time: histogram(HANDSHAKE_TIME, &labels),
            lifetime: histogram(PEER_LIFETIME, &labels),
        }
    }
}

impl Counts {
    pub(super) fn new() -> Self {
        Self {
            inbound: DirectionCounts::new(Direction::Inbound),
            outbound: DirectionCounts::new(Direction::Outbound),
            arrived: counter(ACCEPTED, &[]),
        }
    }

    fn of(&self, direction: Direction) -> &DirectionCounts {
        match direction {
            Direction::Inbound => &self.inbound,
            Direction::Outbound => &self.outbound,
        }
    }

    /// Counts a TCP connection that has arrived.
    pub(super) fn arrived(&self) {
        self.arrived.increment(1);
    }

    /// Counts a new peer, and the time from its opened stream.
    pub(super) fn added(&self, direction: Direction, after: Duration) {
        let counts = self.of(direction);
        counts.peers.increment(1.0);
        counts.handshakes.increment(1);
        counts.handshake_time.record(after);
    }

    /// Counts a peer that was dropped.
    pub(super) fn dropped(&self, direction: Direction, cause: &Cause, lifetime: Duration) {
        let counts = self.of(direction);
        counts.peers.decrement(1.0);
        counts.lifetime.record(lifetime);
        let labels = [
            ("direction", direction.label()),
            ("cause", cause.label()),
            ("reason", cause.reason().label()),
        ];
        counter(DROPPED, &labels).increment(1);
    }
}

/// Counts a dial that has ended.
pub(super) fn dialed<T>(result: &Result<T, ConnectError>) {
    let result = result.as_ref().map_or_else(ConnectError::label, |_| "peer");
    counter(DIALS, &[("result", result)]).increment(1);
}

/// Counts a connection that did not become a peer.
pub(super) fn refused(direction: Direction, phase: Phase, error: &ConnectError) {
    let labels = [
        ("direction", direction.label()),
        ("phase", phase.label()),
        ("cause", error.label()),
        (
            "reason",
            error.reason().map_or("none", |reason| reason.label()),
        ),
    ];
    counter(REFUSED, &labels).increment(1);
}
