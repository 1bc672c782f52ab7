//! The task that accepts connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::core::{Core, now};
use super::gate::Gate;

/// How long to wait when the operating system can't give a connection, usually for want of files.
const PAUSE: Duration = Duration::from_millis(200);

/// Accepts until the server stops; at most `max_pending_peers` at a time have yet to become peers.
pub(super) async fn run(core: Arc<Core>, listener: TcpListener) {
    let pending = Arc::new(Semaphore::new(core.config.max_pending_peers));
    let mut gate = Gate::new(
        core.config.net_restrict.clone(),
        core.config.inbound_interval,
        core.config.addresses,
    );
    let accept = async {
        loop {
            // The semaphore is never closed.
            let Ok(slot) = pending.clone().acquire_owned().await else {
                return;
            };
            let (stream, address) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            // Whoever may not come is closed without a word: to encrypt one would cost more.
            let place = match gate.enter(address.ip(), now()) {
                Ok(place) => place,
                Err(refusal) => {
                    core.turned_away(address, refusal);
                    continue;
                }
            };
            let task = core.clone();
            core.spawn(async move {
                let accepted = task.accept(stream, address).await;
                drop((slot, place));
                if let Ok(connected) = accepted {
                    connected.run.await;
                }
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = core.stopped() => {}
    }
}
