//! The task that accepts connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::core::Core;
use super::pending::Pending;
use super::schedule::is_allowed;

/// How long to wait when the operating system can't give a connection, usually for want of files.
const PAUSE: Duration = Duration::from_millis(200);

/// Accepts until the server stops; at most `max_pending_peers` at a time have yet to become peers.
pub(super) async fn run(core: Arc<Core>, listener: TcpListener) {
    let pending = Arc::new(Semaphore::new(core.config.max_pending_peers));
    let by_address = Arc::new(Pending::new(core.config.max_pending_by_address));
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
            if !is_allowed(&core.config.net_restrict, address.ip()) {
                tracing::debug!(%address, "net_restrict does not allow this address");
                continue;
            }
            // Whoever comes too often is closed without a word: to encrypt one would cost more.
            let Some(place) = by_address.enter(address.ip()) else {
                tracing::debug!(%address, "too many connections from one address");
                continue;
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
