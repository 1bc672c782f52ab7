//! The task that dials: static nodes when they are due, and the nodes of sources, in turn, when there is room.

use std::future::{pending, poll_fn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Instant, sleep_until, timeout};

use super::admission::Origin;
use super::ambient::{now, random};
use super::connect::{self, Connected, until_accepted};
use super::core::Core;
use super::records::Attempt;
use crate::connection::Connection;
use crate::connection::cause::Cause;
use crate::connection::info::{Direction, PeerInfo};
use crate::disconnect::DisconnectReason;
use crate::driver::error::{ConnectError, Refusal};
use crate::enode::Enode;
use crate::future::catch_panic;
use crate::identity::NodeId;
use crate::protocol::show::Escaped;
use crate::source::NodeSource;

/// The rest after a source has named a node that is not dialed. It keeps a source that names only such nodes from
/// taking all processor time.
const REST: Duration = Duration::from_millis(10);

/// How long the sources, which are all asked at once, may take to find a static node's address.
const RESOLVE: Duration = Duration::from_secs(30);

/// Dials until the server stops.
pub(super) async fn run(core: Arc<Core>) {
    let mut sources = RoundRobin::of(&core);
    let mut sources_ended = false;
    let mut rest_until = Instant::now();
    loop {
        let plan = core.dial_plan(now());
        for (enode, refusal) in plan.hopeless {
            let id = enode.public_key().node_id();
            let ip = enode.ip();
            let address = ip.map(|ip| SocketAddr::new(ip, enode.tcp_port()));
            let attempt = Attempt::new(Direction::Outbound, Some(id), address);
            core.refused(attempt, &refusal.into());
        }
        for enode in plan.statics {
            core.spawn(dial_once(core.clone(), enode, Origin::Static));
        }
        let timer = async {
            match plan.next {
                Some(next) => sleep_until(next.into()).await,
                None => pending().await,
            }
        };
        let candidate = async {
            sleep_until(rest_until).await;
            sources.next().await
        };
        tokio::select! {
            () = timer => {}
            () = core.dial_again.notified() => {}
            () = core.stopped() => return,
            named = candidate, if plan.wants_candidate && !sources_ended => match named {
                Some(enode) if core.take_candidate(&enode, now()) => {
                    core.spawn(dial_once(core.clone(), enode, Origin::Candidate));
                }
                Some(_) => rest_until = Instant::now() + REST,
                None => sources_ended = true,
            },
        }
    }
}

/// Dials a node, and serves it if it becomes a peer. A static node that is not reached is dialed once more if a
/// source knows another address.
async fn dial_once(core: Arc<Core>, enode: Enode, origin: Origin) {
    let mut is_wanted = true;
    let mut guard = DialGuard::new(&core, &enode, &mut is_wanted);
    let mut dialed = guard.note(connect::dial(&core, &enode, origin).await);
    if origin == Origin::Static
        && was_not_reached(&dialed)
        && let Some(moved) = resolve(&core, &enode).await
    {
        dialed = guard.note(connect::dial(&core, &moved, origin).await);
    }
    drop(guard);
    if let Ok(connected) = dialed {
        if !is_wanted {
            let reason = DisconnectReason::Requested;
            connected.connection.end(Cause::Requested(reason));
        }
        connected.run.await;
    }
}

/// Makes a node a peer that the user asks for. If a dial of it is under way, waits for that dial.
pub(super) async fn connect(core: &Arc<Core>, enode: Enode) -> Result<PeerInfo, ConnectError> {
    loop {
        let ongoing = core.schedule().ask(&enode, now(), random);
        let Some(ongoing) = ongoing else {
            let task = core.clone();
            let attempt = async move {
                let mut is_wanted = true;
                let mut guard = DialGuard::new(&task, &enode, &mut is_wanted);
                guard.note(connect::dial(&task, &enode, Origin::Asked).await)
            };
            return connect::settle(core, attempt).await;
        };
        let ended = tokio::select! {
            ended = ongoing.outcome.wait() => ended.clone(),
            () = core.stopped() => Err(Refusal::Stopping.into()),
        };
        match ended {
            Ok(connection) => return until_accepted(&connection).await,
            Err(error) if ongoing.is_same => return Err(error),
            // Something else was dialed, so try again.
            Err(_) => core.check_running()?,
        }
    }
}

/// Counts a dial as under way until it is dropped, even by a panic in a source of the user's.
struct DialGuard<'a> {
    core: &'a Core,
    id: NodeId,
    /// The result for those who wait for this dial.
    outcome: Result<Arc<Connection>, ConnectError>,
    /// Set when the guard is dropped: `false` if the node was static and has been removed during the dial.
    is_wanted: &'a mut bool,
}

impl<'a> DialGuard<'a> {
    fn new(core: &'a Core, enode: &Enode, is_wanted: &'a mut bool) -> Self {
        Self {
            core,
            id: enode.public_key().node_id(),
            outcome: Err(Refusal::Stopping.into()),
            is_wanted,
        }
    }

    /// Keeps the result of a dial for those who wait for it.
    fn note(&mut self, dialed: Result<Connected, ConnectError>) -> Result<Connected, ConnectError> {
        self.outcome = match &dialed {
            Ok(connected) => Ok(connected.connection.clone()),
            Err(error) => Err(error.clone()),
        };
        dialed
    }
}

impl Drop for DialGuard<'_> {
    fn drop(&mut self) {
        let stopping = Err(Refusal::Stopping.into());
        let outcome = std::mem::replace(&mut self.outcome, stopping);
        *self.is_wanted = self.core.schedule().finished(&self.id, outcome);
        self.core.dial_again.notify_one();
    }
}

fn was_not_reached(dialed: &Result<Connected, ConnectError>) -> bool {
    use ConnectError::{Dial, Dialer, Resolve};
    matches!(dialed, Err(Dial { .. } | Dialer { .. } | Resolve { .. }))
}

/// Asks the sources for the current address of a static node, unless they were asked recently.
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

/// The sources, asked in turn and only when a node is wanted. None holds up the others.
#[derive(Debug)]
pub(super) struct RoundRobin {
    sources: Vec<AskedSource>,
    /// The index of the source whose turn it is.
    turn: usize,
}

/// A source, with at most one node that it has named and that was not taken yet.
#[derive(Debug)]
struct AskedSource {
    /// Wakes its task to ask for a node.
    ask: Arc<Notify>,
    /// True if it was asked, and its answer not taken yet.
    is_asked: bool,
    /// The answers; closed when the source has ended.
    named: Receiver<Enode>,
}

impl AskedSource {
    /// A source, and a future to run in a task of its own, which asks it.
    fn new(source: Arc<dyn NodeSource>) -> (Self, impl Future<Output = ()> + Send) {
        let (sender, named) = channel(1);
        let ask = Arc::new(Notify::new());
        let asked = ask.clone();
        let asking = async move {
            loop {
                asked.notified().await;
                let next = catch_panic(source.next()).await;
                let node = next.unwrap_or_else(|text| {
                    let panic = Escaped(&text);
                    tracing::warn!(%panic, "a source of nodes panicked, and is asked no more");
                    None
                });
                // There is room in the channel, because the source is asked again only after an answer was taken.
                if node.is_none_or(|node| sender.try_send(node).is_err()) {
                    return;
                }
            }
        };
        let source = Self {
            ask,
            is_asked: false,
            named,
        };
        (source, asking)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Enode>> {
        if !self.is_asked {
            self.ask.notify_one();
            self.is_asked = true;
        }
        let polled = self.named.poll_recv(context);
        self.is_asked = polled.is_pending();
        polled
    }
}

impl RoundRobin {
    /// The sources of a server. Each is asked in a task of its own, until the server stops.
    pub(super) fn of(core: &Arc<Core>) -> Self {
        let sources = core.parts.sources.iter().map(|source| {
            let (source, asking) = AskedSource::new(source.clone());
            let stopping = core.clone();
            core.spawn(async move {
                tokio::select! {
                    () = asking => {}
                    () = stopping.stopped() => {}
                }
            });
            source
        });
        Self::new(sources.collect())
    }

    fn new(sources: Vec<AskedSource>) -> Self {
        Self { sources, turn: 0 }
    }

    /// Waits for the next node, of the first source in turn that has one; `None` when all sources have ended. If
    /// the future is dropped, no node is lost.
    pub(super) async fn next(&mut self) -> Option<Enode> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Enode>> {
        let count = self.sources.len();
        let mut all_ended = true;
        for index in (self.turn..count).chain(0..self.turn.min(count)) {
            match self.sources[index].poll(context) {
                Poll::Ready(Some(node)) => {
                    self.turn = (index + 1) % count;
                    return Poll::Ready(Some(node));
                }
                Poll::Ready(None) => {}
                Poll::Pending => all_ended = false,
            }
        }
        if all_ended {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use futures_util::FutureExt;

    use super::*;
    use crate::identity::NodeKey;

    fn enode(n: u8) -> Enode {
        let key = NodeKey::from_bytes(&[n; 32]).expect("valid");
        Enode::new(*key.public_key(), ([127, 0, 0, 1], 30303).into())
    }

    /// A source that names the nodes in this channel.
    fn named(named: Receiver<Enode>) -> AskedSource {
        AskedSource {
            ask: Arc::default(),
            is_asked: false,
            named,
        }
    }

    fn source(nodes: impl IntoIterator<Item = u8>) -> AskedSource {
        let (sender, receiver) = channel(100);
        for n in nodes {
            sender.try_send(enode(n)).expect("room");
        }
        named(receiver)
    }

    /// A source that counts how often it is asked, and panics when it has named 5 nodes.
    #[derive(Debug, Default)]
    struct Counting(AtomicU8);

    #[crate::async_trait]
    impl NodeSource for Counting {
        async fn next(&self) -> Option<Enode> {
            let asked = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            assert!(asked <= 5, "on purpose");
            Some(enode(asked))
        }
    }

    #[tokio::test]
    async fn a_source_is_asked_on_demand_until_it_panics() {
        let counting = Arc::new(Counting::default());
        let (source, asking) = AskedSource::new(counting.clone());
        let mut sources = RoundRobin::new(vec![source]);
        let takes = async {
            for n in 1..=5 {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                assert_eq!(counting.0.load(Ordering::Relaxed), n - 1);
                assert_eq!(sources.next().await, Some(enode(n)));
            }
            assert_eq!(sources.next().await, None);
        };
        tokio::join!(asking, takes);
    }

    #[tokio::test]
    async fn sources_take_turns_until_they_end() {
        let mut sources = RoundRobin::new(vec![source(1..=3), source([]), source(11..=12)]);
        let mut named = Vec::new();
        while let Some(node) = sources.next().await {
            named.push(node);
        }
        assert_eq!(named, [1, 11, 2, 12, 3].map(enode));
    }

    #[tokio::test]
    async fn a_waiting_source_does_not_hold_up_others() {
        let (sender, slow) = channel(1);
        let mut sources = RoundRobin::new(vec![named(slow), source(1..=2)]);
        assert_eq!(sources.next().await, Some(enode(1)));
        assert_eq!(sources.next().await, Some(enode(2)));
        assert_eq!(sources.next().now_or_never(), None, "it waits");
        sender.try_send(enode(9)).expect("room");
        assert_eq!(sources.next().await, Some(enode(9)));
        drop(sender);
        assert_eq!(sources.next().await, None);
    }
}
