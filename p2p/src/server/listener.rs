//! The task that accepts connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::sleep;

use super::admission::Origin;
use super::connect::Connected;
use super::core::Core;
use super::open::{canonical, tcp};

/// How long to wait when the operating system can't give a connection, usually for want of files.
const PAUSE: Duration = Duration::from_millis(200);

/// Accepts until the server stops; at most `max_pending_peers` at a time have yet to become peers, and one
/// more waits for its turn.
pub(super) async fn run(core: Arc<Core>, listener: TcpListener) {
    let accept = async {
        loop {
            let (stream, address) = match listener.accept().await {
                Ok((stream, address)) => (stream, canonical(address)),
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            core.counts.accepted();
            // Whoever may not come is closed without a word: to encrypt one would cost more.
            let Ok(place) = core.enter(address) else {
                continue;
            };
            // Not before: while nobody comes, the place is for streams that the program has accepted. The
            // semaphore is never closed.
            let Ok(slot) = core.pending.clone().acquire_owned().await else {
                return;
            };
            let task = core.clone();
            // What is needed only for a moment would take up room for the connection's life.
            let accepting = Box::pin(async move {
                let (ends, stream) = tcp(stream, address, Origin::Inbound);
                task.accepted(stream, ends).await
            });
            core.spawn(async move {
                let accepted = accepting.await;
                drop((slot, place));
                if let Ok(Connected { run, .. }) = accepted {
                    run.await;
                }
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = core.stopped() => {}
    }
}
