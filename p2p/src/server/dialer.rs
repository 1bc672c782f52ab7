//! The task that dials: static nodes when they are due, and what sources name when there is room.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until, timeout};

use super::admission::Origin;
use super::connect::{Connected, accepted};
use super::core::{Attempt, Core, now, random};
use super::mix::Mix;
use crate::connection::Connection;
use crate::connection::cause::Cause;
use crate::connection::info::{Direction, PeerInfo};
use crate::disconnect::DisconnectReason;
use crate::driver::error::{ConnectError, Refusal};
use crate::enode::Enode;
use crate::identity::NodeId;

/// How long to rest when a source named a node that is not to be dialed, so that one that names such
/// nodes alone does not keep the processor busy.
const REST: Duration = Duration::from_millis(10);

/// How long the sources, which are asked at the same time, may take to find a node's address.
const RESOLVE: Duration = Duration::from_secs(30);

/// Dials until the server stops.
pub(super) async fn run(core: Arc<Core>) {
    let mut mix = Mix::of(&core);
    let mut has_ended = false;
    let mut rest = Instant::now();
    loop {
        let due = core.due(Instant::now().into_std());
        for (enode, refusal) in due.hopeless {
            let (id, ip) = (enode.public_key().node_id(), enode.ip());
            let address = ip.map(|ip| SocketAddr::new(ip, enode.tcp_port()));
            let attempt = Attempt::new(Direction::Outbound, Some(id), address);
            core.refused(attempt, &refusal.into());
        }
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
    let mut dialing = Dialing::new(&core, &enode, &mut is_wanted);
    let mut dialed = dialing.note(core.dial(&enode, origin).await);
    if origin == Origin::Static
        && could_not_be_reached(&dialed)
        && let Some(moved) = resolve(&core, &enode).await
    {
        dialed = dialing.note(core.dial(&moved, origin).await);
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

/// Makes a node a peer that the user has asked for. If it is being dialed, that dial is waited for.
pub(super) async fn connect(core: &Arc<Core>, enode: Enode) -> Result<PeerInfo, ConnectError> {
    loop {
        let asked = core.schedule().ask(&enode, now(), random);
        let Some(under_way) = asked else {
            let dialer = core.clone();
            let attempt = async move {
                let mut is_wanted = true;
                let mut dialing = Dialing::new(&dialer, &enode, &mut is_wanted);
                dialing.note(dialer.dial(&enode, Origin::Asked).await)
            };
            return core.settle(attempt).await;
        };
        let ended = tokio::select! {
            ended = under_way.outcome.wait() => ended.clone(),
            () = core.stopped() => Err(Refusal::Stopping.into()),
        };
        match ended {
            Ok(connection) => return accepted(&connection).await,
            Err(error) if under_way.is_same => return Err(error),
            // What was dialed is not what is asked for.
            Err(_) => core.check_running()?,
        }
    }
}

/// A dial that the schedule counts until this is dropped: a source of the user may panic in it.
struct Dialing<'a> {
    core: &'a Core,
    id: NodeId,
    /// What is told to those who wait for this dial.
    outcome: Result<Arc<Connection>, ConnectError>,
    /// Whether the node is still wanted, once the dial has ended.
    is_wanted: &'a mut bool,
}

impl<'a> Dialing<'a> {
    fn new(core: &'a Core, enode: &Enode, is_wanted: &'a mut bool) -> Self {
        Self {
            core,
            id: enode.public_key().node_id(),
            outcome: Err(Refusal::Stopping.into()),
            is_wanted,
        }
    }

    /// Keeps what is to be told of a dial's end.
    fn note(&mut self, dialed: Result<Connected, ConnectError>) -> Result<Connected, ConnectError> {
        self.outcome = match &dialed {
            Ok(connected) => Ok(connected.connection.clone()),
            Err(error) => Err(error.clone()),
        };
        dialed
    }
}

impl Drop for Dialing<'_> {
    fn drop(&mut self) {
        let stopping = Err(Refusal::Stopping.into());
        let outcome = std::mem::replace(&mut self.outcome, stopping);
        *self.is_wanted = self.core.schedule().finished(&self.id, outcome);
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
    if core.parts.sources.is_empty() {
        return None;
    }
    let configured = core.schedule().to_resolve(&id, now())?;
    let ask = async {
        let sources = core.parts.sources.iter();
        let mut answers: FuturesUnordered<_> =
            sources.map(|source| source.resolve(enode)).collect();
        while let Some(answer) = answers.next().await {
            if let Some(found) = answer
                && found.public_key() == enode.public_key()
            {
                return Some(found);
            }
        }
        None
    };
    let found = tokio::select! {
        found = timeout(RESOLVE, ask) => found.ok().flatten(),
        () = core.stopped() => None,
    };
    let is_to_be_dialed = core.schedule().resolved(&configured, found.as_ref(), now());
    tracing::debug!(node = %format_args!("{id:#}"), ?found, "looked for a static node");
    found.filter(|_| is_to_be_dialed)
}
