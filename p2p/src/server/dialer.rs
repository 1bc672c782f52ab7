//! The task that dials static nodes when they are due.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::core::Core;
use crate::disconnect::DisconnectReason;
use crate::enode::Enode;
use crate::peer::fill_random;
use crate::protocol::Cause;

/// Dials until the server stops.
pub(super) async fn run(core: Arc<Core>) {
    loop {
        let now = Instant::now();
        let (due, next) = core.due(now.into_std(), || jitter(core.config.redial_jitter));
        for enode in due {
            core.spawn(dial(core.clone(), enode));
        }
        let timer = async {
            match next {
                Some(next) => sleep_until(next.into()).await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = timer => {}
            () = core.dial_again.notified() => {}
            () = core.stopped() => return,
        }
    }
}

/// Dials a node, and runs the connection if it becomes a peer.
async fn dial(core: Arc<Core>, enode: Enode) {
    let dialed = core.dial(&enode).await;
    let is_wanted = core.schedule().finished(&enode.public_key().node_id());
    core.dial_again.notify_one();
    if let Ok(connected) = dialed {
        if !is_wanted {
            let reason = DisconnectReason::Requested;
            connected.connection.end(Cause::Requested(reason));
        }
        connected.run.await;
    }
}

/// A random time up to `most`.
fn jitter(most: Duration) -> Duration {
    let mut bytes = [0; 4];
    fill_random(&mut bytes);
    let share = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    Duration::try_from_secs_f64(most.as_secs_f64() * share).unwrap_or(most)
}
