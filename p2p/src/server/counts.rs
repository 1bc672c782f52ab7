//! What a server counts of its connections.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::core::Core;
use crate::connection::cause::Cause;
use crate::connection::info::Direction;
use crate::driver::error::{ConnectError, Phase};
use crate::meters::names::{
    ACCEPTED, DIALS, DROPPED, HANDSHAKE_TIME, HANDSHAKES, PEER_LIFETIME, PEERS, QUEUE_BYTES,
    REFUSED,
};
use crate::meters::{Counter, Gauge, Histogram, counter, gauge, histogram};

/// How often the queues are looked at.
const SAMPLE: Duration = Duration::from_secs(5);

/// The series of a server that are added to while it runs.
#[derive(Debug)]
pub(super) struct Counts {
    inbound: Of,
    outbound: Of,
    accepted: Counter,
}

/// Those of one direction.
#[derive(Debug)]
struct Of {
    peers: Gauge,
    handshakes: Counter,
    time: Histogram,
    lifetime: Histogram,
}

impl Of {
    fn new(direction: Direction) -> Self {
        let labels = [("direction", direction.label())];
        Self {
            peers: gauge(PEERS, &labels),
            handshakes: counter(HANDSHAKES, &labels),
            time: histogram(HANDSHAKE_TIME, &labels),
            lifetime: histogram(PEER_LIFETIME, &labels),
        }
    }
}

impl Counts {
    pub(super) fn new() -> Self {
        Self {
            inbound: Of::new(Direction::Inbound),
            outbound: Of::new(Direction::Outbound),
            accepted: counter(ACCEPTED, &[]),
        }
    }

    fn of(&self, direction: Direction) -> &Of {
        match direction {
            Direction::Inbound => &self.inbound,
            Direction::Outbound => &self.outbound,
        }
    }

    /// Somebody has connected.
    pub(super) fn accepted(&self) {
        self.accepted.increment(1);
    }

    /// A connection has become a peer's after this time.
    pub(super) fn added(&self, direction: Direction, after: Duration) {
        let of = self.of(direction);
        of.peers.increment(1.0);
        of.handshakes.increment(1);
        of.time.record(after);
    }

    /// A peer's connection has ended after this time.
    pub(super) fn dropped(&self, direction: Direction, cause: &Cause, lifetime: Duration) {
        let of = self.of(direction);
        of.peers.decrement(1.0);
        of.lifetime.record(lifetime);
        let labels = [
            ("direction", direction.label()),
            ("cause", cause.label()),
            ("reason", cause.reason().label()),
        ];
        counter(DROPPED, &labels).increment(1);
    }
}

/// A dial has ended.
pub(super) fn dialed<T>(result: &Result<T, ConnectError>) {
    let result = result.as_ref().map_or_else(ConnectError::word, |_| "peer");
    counter(DIALS, &[("result", result)]).increment(1);
}

/// A connection did not become a peer's.
pub(super) fn refused(direction: Direction, phase: Phase, error: &ConnectError) {
    let labels = [
        ("direction", direction.label()),
        ("phase", phase.word()),
        ("cause", error.word()),
        (
            "reason",
            error.reason().map_or("none", |reason| reason.label()),
        ),
    ];
    counter(REFUSED, &labels).increment(1);
}

/// Tells now and then how much waits in the queues of all connections.
pub(super) async fn sample(core: Arc<Core>) {
    // Several services may have versions of one protocol.
    let names: BTreeSet<&str> = core.services.iter().map(|service| service.name()).collect();
    let received = names.into_iter().map(|protocol| {
        let labels = [("protocol", protocol), ("direction", "received")];
        (Some(protocol), Level::new(gauge(QUEUE_BYTES, &labels)))
    });
    // One queue takes what all protocols send.
    let labels = [("protocol", "all"), ("direction", "sent")];
    let sent = (None, Level::new(gauge(QUEUE_BYTES, &labels)));
    let mut levels: Vec<(Option<&'static str>, Level)> = received.chain([sent]).collect();
    let sampling = async {
        loop {
            sleep(SAMPLE).await;
            let table = core.table();
            for (protocol, level) in &mut levels {
                let connections = table.connections();
                let waiting = connections.map(|connection| match protocol {
                    None => connection.outbox.taken(),
                    Some(protocol) => {
                        let mut channels = connection.channels.iter();
                        let channel = channels.find(|channel| channel.protocol() == *protocol);
                        channel.map_or(0, |channel| channel.inbox.taken())
                    }
                });
                level.set(waiting.sum());
            }
        }
    };
    tokio::select! {
        () = sampling => {}
        () = core.stopped() => {}
    }
}

/// A server's share of a gauge, to which other servers of the program may add theirs.
struct Level {
    gauge: Gauge,
    share: f64,
}

impl Level {
    fn new(gauge: Gauge) -> Self {
        Self { gauge, share: 0.0 }
    }

    fn set(&mut self, bytes: usize) {
        let share = bytes as f64;
        self.gauge.increment(share - self.share);
        self.share = share;
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        self.set(0);
    }
}
