//! The task that dials: static nodes when they are due, and what sources name when there is room.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::admission::Origin;
use super::connect::Connected;
use super::core::Core;
use super::mix::Mix;
use crate::disconnect::DisconnectReason;
use crate::enode::Enode;
use crate::identity::NodeId;
use crate::peer::ConnectError;
use crate::protocol::Cause;

/// How long to rest when a source named a node that is not to be dialed, so that one that names such
/// nodes alone does not keep the processor busy.
const REST: Duration = Duration::from_millis(10);

/// How long all sources together may take to find a node's address.
const RESOLVE: Duration = Duration::from_secs(30);

/// Dials until the server stops.
pub(super) async fn run(core: Arc<Core>) {
    let mut mix = Mix::of(&core);
    let mut has_ended = false;
    let mut rest = Instant::now();
    loop {
        let due = core.due(Instant::now().into_std());
        for enode in due.statics {
            core.spawn(dial(core.clone(), enode, Origin::Static));
        }
        let timer = async {
            match due.next {
                Some(next) => sleep_until(next.into()).await,
                None => pending().await,
            }
        };
        let candidate = async {
            sleep_until(rest).await;
            mix.next().await
        };
        tokio::select! {
            () = timer => {}
            () = core.dial_again.notified() => {}
            () = core.stopped() => return,
            named = candidate, if due.candidates && !has_ended => match named {
                Some(enode) if core.take_candidate(&enode, Instant::now().into_std()) => {
                    core.spawn(dial(core.clone(), enode, Origin::Candidate));
                }
                Some(_) => rest = Instant::now() + REST,
                None => has_ended = true,
            },
        }
    }
}

/// Dials a node, and runs the connection if it becomes a peer.
async fn dial(core: Arc<Core>, enode: Enode, origin: Origin) {
    let mut is_wanted = true;
    let dialing = Dialing {
        core: &core,
        id: enode.public_key().node_id(),
        is_wanted: &mut is_wanted,
    };
    let mut dialed = core.dial(&enode, origin).await;
    if origin == Origin::Static
        && could_not_be_reached(&dialed)
        && let Some(moved) = resolve(&core, &enode).await
    {
        dialed = core.dial(&moved, origin).await;
    }
    drop(dialing);
    if let Ok(connected) = dialed {
        if !is_wanted {
            let reason = DisconnectReason::Requested;
            connected.connection.end(Cause::Requested(reason));
        }
        connected.run.await;
    }
}

/// A dial that the schedule counts until this is dropped: a source of the user may panic in it.
struct Dialing<'a> {
    core: &'a Core,
    id: NodeId,
    /// Whether the node is still wanted, once the dial has ended.
    is_wanted: &'a mut bool,
}

impl Drop for Dialing<'_> {
    fn drop(&mut self) {
        *self.is_wanted = self.core.schedule().finished(&self.id);
        self.core.dial_again.notify_one();
    }
}

fn could_not_be_reached(dialed: &Result<Connected, ConnectError>) -> bool {
    use ConnectError::{Dial, Dialer, Resolve};
    matches!(dialed, Err(Dial { .. } | Dialer { .. } | Resolve { .. }))
}

/// Asks the sources where a static node is now, unless they were asked too short a while ago.
async fn resolve(core: &Core, enode: &Enode) -> Option<Enode> {
    let id = enode.public_key().node_id();
    let may_ask = core.schedule().may_resolve(&id, Instant::now().into_std());
    if !may_ask || core.config.sources.is_empty() {
        return None;
    }
    let ask = async {
        for source in &core.config.sources {
            if let Some(found) = source.resolve(enode).await {
                return Some(found);
            }
        }
        None
    };
    let found = tokio::select! {
        found = timeout(RESOLVE, ask) => found.ok().flatten(),
        () = core.stopped() => None,
    };
    let now = Instant::now().into_std();
    let is_to_be_dialed = core.schedule().resolved(&id, found.as_ref(), now);
    tracing::debug!(node = %format_args!("{id:#}"), ?found, "looked for a static node");
    found.filter(|_| is_to_be_dialed)
}
