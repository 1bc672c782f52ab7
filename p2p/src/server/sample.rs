//! The task that measures how much waits in the queues of all connections, and how much memory messages take.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::core::Core;
use crate::connection::account::Class;
use crate::meters::names::{MEMORY_BYTES, QUEUE_BYTES};
use crate::meters::{Gauge, gauge};

/// The time between two samples.
const INTERVAL: Duration = Duration::from_secs(5);

/// Samples the queues until the server stops.
pub(super) async fn run(core: Arc<Core>) {
    // A set, because several services may have versions of one protocol.
    let names: BTreeSet<&str> = core.services.iter().map(|service| service.name()).collect();
    let received = names.into_iter().map(|protocol| {
        let labels = [("protocol", protocol), ("direction", "received")];
        (Some(protocol), GaugeShare::new(gauge(QUEUE_BYTES, &labels)))
    });
    // All protocols of a connection send through one queue.
    let labels = [("protocol", "all"), ("direction", "sent")];
    let sent = (None, GaugeShare::new(gauge(QUEUE_BYTES, &labels)));
    let mut shares: Vec<(Option<&'static str>, GaugeShare)> = received.chain([sent]).collect();
    let mut memory = Class::ALL.map(|class| {
        let labels = [("class", class.name())];
        (class, GaugeShare::new(gauge(MEMORY_BYTES, &labels)))
    });
    let sampling = async {
        loop {
            sleep(INTERVAL).await;
            let table = core.table();
            for (protocol, share) in &mut shares {
                let connections = table.connections();
                let waiting = connections.map(|connection| match protocol {
                    None => connection.outbox.taken(),
                    Some(protocol) => {
                        let mut channels = connection.channels.iter();
                        let channel = channels.find(|channel| channel.protocol() == *protocol);
                        channel.map_or(0, |channel| channel.inbox.taken())
                    }
                });
                share.set(waiting.sum());
            }
            for (class, share) in &mut memory {
                let connections = table.connections();
                share.set(connections.map(|it| it.account.taken(*class)).sum());
            }
            drop(table);
            for class in Class::ALL {
                if core.memory.is_short(class) {
                    let what = class.label();
                    tracing::warn!("peers wait for memory for {what}: server_memory is in use");
                }
            }
        }
    };
    tokio::select! {
        () = sampling => {}
        () = core.stopped() => {}
    }
}

/// A server's share of a gauge. Other servers in the same process may add theirs.
struct GaugeShare {
    gauge: Gauge,
    share: f64,
}

impl GaugeShare {
    fn new(gauge: Gauge) -> Self {
        Self { gauge, share: 0.0 }
    }

    fn set(&mut self, bytes: usize) {
        let share = bytes as f64;
        self.gauge.increment(share - self.share);
        self.share = share;
    }
}

impl Drop for GaugeShare {
    fn drop(&mut self) {
        self.set(0);
    }
}
