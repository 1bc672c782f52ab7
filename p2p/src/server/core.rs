//! What the tasks of a server share.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Notify, Semaphore, SetOnce, mpsc};

use super::admission::{Rules, Table};
use super::config::Config;
use super::counts::{self, Counts};
use super::event::{Event, Feed};
use super::gate::Gate;
use super::pending::PendingPlace;
use super::record::{Outcome, Record, Records, Why};
use super::schedule::{Schedule, Settings};
use crate::enode::Enode;
use crate::identity::{NodeId, NodeKey, PublicKey};
use crate::meters;
use crate::peer::{ConnectError, Observer, Phase, Refusal, fill_random};
use crate::protocol::{AnyService, Direction, Meter};
use crate::session::{Hello, Offer};

/// Connections at a time that linger after Disconnect, so that the peer can read it.
const LINGERING: usize = 64;

/// A time after which nobody asks: a hundred years.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A message that does not exist: its channel only tells when all senders are gone.
#[derive(Debug)]
pub(super) enum Never {}

/// The state of a server.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) key: NodeKey,
    pub(super) config: Config,
    pub(super) hello: Hello,
    pub(super) offers: Vec<Offer>,
    pub(super) services: Vec<Arc<dyn AnyService>>,
    /// For each offer, its service.
    pub(super) offered_by: Vec<Arc<dyn AnyService>>,
    pub(super) listen_addr: Option<SocketAddr>,
    /// What is counted of each offer's messages.
    pub(super) meters: Vec<Arc<Meter>>,
    pub(super) counts: Counts,
    pub(super) observer: Arc<Observer>,
    pub(super) events: Arc<Feed>,
    /// Wakes the dialer: there is a node to dial, or room for one.
    pub(super) dial_again: Notify,
    pub(super) lingering: Arc<Semaphore>,
    /// A place for each connection that has come and is not a peer yet.
    pub(super) pending: Arc<Semaphore>,
    gate: Mutex<Gate>,
    table: Mutex<Table>,
    records: Mutex<Records>,
    schedule: Mutex<Schedule>,
    stopping: SetOnce<()>,
    /// Held by every task; taken when the server stops.
    alive: Mutex<Option<mpsc::Sender<Never>>>,
}

/// What the dialer is to do.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Static nodes that will never be dialed as they are, and why.
    pub(super) hopeless: Vec<(Enode, Refusal)>,
    /// Static nodes to be dialed now.
    pub(super) statics: Vec<Enode>,
    /// When the next one is.
    pub(super) next: Option<Instant>,
    /// Whether to take a node from a source.
    pub(super) candidates: bool,
}

impl Core {
    /// A core, and what tells when all its tasks have ended.
    pub(super) fn new(
        key: NodeKey,
        config: Config,
        hello: Hello,
        offers: Vec<Offer>,
        services: Vec<Arc<dyn AnyService>>,
        offered_by: Vec<Arc<dyn AnyService>>,
        listen_addr: Option<SocketAddr>,
    ) -> (Arc<Self>, mpsc::Receiver<Never>) {
        let table = Table::new(Rules {
            own: key.public_key().node_id(),
            limits: config.limits(),
            trusted: config
                .trusted_nodes
                .iter()
                .map(PublicKey::node_id)
                .collect(),
        });
        let mut schedule = Schedule::new(Settings {
            interval: config.redial_interval,
            jitter: config.redial_jitter,
            slots: config.max_pending_peers,
            restrict: config.net_restrict.clone(),
            any_port: config.dialer.is_some(),
            resolve: config.resolve_backoff,
        });
        for enode in &config.static_nodes {
            schedule.add(enode.clone());
        }
        let gate = Gate::new(
            config.net_restrict.clone(),
            config.inbound_interval,
            config.addresses,
        );
        let (alive, ended) = mpsc::channel(1);
        let events = Arc::new(Feed::new(config.event_capacity));
        meters::describe();
        let meters = offers.iter().zip(&offered_by).map(|(offer, service)| {
            let version = offer.capability.version();
            let (name, messages) = (service.name(), service.messages());
            Arc::new(Meter::new(name, messages, version, config.handler_times))
        });
        let meters = meters.collect();
        let observer = Observer::new(config.message_events.then(|| events.clone()));
        let core = Self {
            key,
            hello,
            offers,
            services,
            offered_by,
            listen_addr,
            meters,
            counts: Counts::new(),
            observer: Arc::new(observer),
            events,
            dial_again: Notify::new(),
            lingering: Arc::new(Semaphore::new(LINGERING)),
            pending: Arc::new(Semaphore::new(
                config.max_pending_peers.min(Semaphore::MAX_PERMITS),
            )),
            gate: Mutex::new(gate),
            table: Mutex::new(table),
            records: Mutex::new(Records::new(config.record_capacity)),
            schedule: Mutex::new(schedule),
            stopping: SetOnce::new(),
            alive: Mutex::new(Some(alive)),
            config,
        };
        (Arc::new(core), ended)
    }

    pub(super) fn table(&self) -> MutexGuard<'_, Table> {
        let mut table = lock(&self.table);
        table.pass(now());
        table
    }

    pub(super) fn records(&self) -> MutexGuard<'_, Records> {
        lock(&self.records)
    }

    pub(super) fn schedule(&self) -> MutexGuard<'_, Schedule> {
        lock(&self.schedule)
    }

    /// Runs a task that a shutdown waits for. `false` after the server has stopped: none is started then.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> bool {
        let alive = lock(&self.alive).clone();
        let is_alive = alive.is_some();
        if is_alive {
            tokio::spawn(async move {
                task.await;
                drop(alive);
            });
        }
        is_alive
    }

    /// Stops everything, in the background.
    pub(super) fn stop(&self) {
        #[cfg(feature = "database")]
        if let Some(database) = &self.config.database {
            self.note_peers(database);
        }
        let connections = self.table().stop();
        for connection in connections {
            connection.drain();
        }
        // A second call finds everything done.
        let _ = self.stopping.set(());
        *lock(&self.alive) = None;
    }

    /// An error if the server has stopped.
    pub(super) fn check_running(&self) -> Result<(), Refusal> {
        match self.stopping.get() {
            Some(()) => Err(Refusal::Stopping),
            None => Ok(()),
        }
    }

    /// Waits until the server stops.
    pub(super) async fn stopped(&self) {
        self.stopping.wait().await;
    }

    pub(super) fn add_static(&self, enode: Enode) {
        self.schedule().add(enode);
        self.dial_again.notify_one();
    }

    /// What is to be dialed now, and when to look again.
    pub(super) fn due(&self, now: Instant) -> Due {
        let table = self.table();
        let mut schedule = self.schedule();
        if self.config.no_dial {
            return Due::default();
        }
        Due {
            hopeless: schedule.take_hopeless(&table),
            statics: schedule.take_static(now, &table, random),
            next: schedule
                .next_due(now)
                .into_iter()
                .chain(table.next_unban())
                .min(),
            candidates: schedule.candidate_slots(&table) > 0,
        }
    }

    /// Whether a node that a source names is to be dialed now. If so, the dial is noted.
    pub(super) fn take_candidate(&self, enode: &Enode, now: Instant) -> bool {
        let table = self.table();
        let taken = self.schedule().take_candidate(enode, now, &table, random);
        if let Err(obstacle) = taken {
            let id = enode.public_key().node_id();
            tracing::trace!(node = %format_args!("{id:#}"), ?obstacle, "candidate not dialed");
        }
        taken.is_ok()
    }

    /// Logs, records and tells that a connection did not become a peer.
    pub(super) fn refused(&self, attempt: Attempt, error: &ConnectError) {
        self.note_refused(attempt, error);
        self.events.send(Event::Refused {
            node: attempt.node,
            address: attempt.address,
            direction: attempt.direction,
            error: error.clone(),
        });
    }

    fn note_refused(&self, attempt: Attempt, error: &ConnectError) {
        let record = Record {
            time: SystemTime::now(),
            node: attempt.node,
            address: attempt.address,
            direction: attempt.direction,
            phase: attempt.phase,
            is_told: attempt.is_told,
            outcome: Outcome::Refused(error.clone()),
        };
        let node = attempt.node.map(|id| format!("{id:#}"));
        tracing::debug!(node = node.as_deref().unwrap_or("unknown"), "{record}");
        counts::refused(attempt.direction, attempt.phase, error);
        self.records().add(record);
    }

    /// A place for whoever has connected from this address, if it is to be listened to. Whoever is not is
    /// noted; there may be many of them, so that nobody is told.
    pub(super) fn enter(&self, address: SocketAddr) -> Result<PendingPlace, Refusal> {
        let entered = lock(&self.gate).enter(address.ip(), now());
        entered.inspect_err(|refusal| {
            let attempt = Attempt::new(Direction::Inbound, None, Some(address));
            self.note_refused(attempt, &refusal.clone().into());
        })
    }

    /// What is known of a node's connections.
    pub(super) fn why(&self, id: &NodeId) -> Why {
        let table = self.table();
        let now = now();
        let waits = !self.config.no_dial && self.schedule().waits_for_room(id, &table);
        Why {
            node: *id,
            time: SystemTime::now(),
            connected: table.since(id).map(|since| now.duration_since(since)),
            banned: table.banned_until(id).map(|until| until - now),
            waits_for_room: waits.then(|| table.len()),
            records: self.records().of(id),
        }
    }
}

/// How far an attempt to make a peer has come.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    pub(super) direction: Direction,
    pub(super) node: Option<NodeId>,
    pub(super) address: Option<SocketAddr>,
    pub(super) phase: Phase,
    /// Whether the other end is told why it is refused.
    pub(super) is_told: bool,
}

impl Attempt {
    pub(super) fn new(
        direction: Direction,
        node: Option<NodeId>,
        address: Option<SocketAddr>,
    ) -> Self {
        Self {
            direction,
            node,
            address,
            phase: Phase::Opening,
            is_told: false,
        }
    }
}

/// What these locks hold stays valid whoever panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number that no one can guess.
pub(super) fn random() -> u32 {
    let mut bytes = [0; 4];
    fill_random(&mut bytes);
    u32::from_le_bytes(bytes)
}

/// The runtime's time, which tests may hold still.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// When this much time has passed, however long it is.
pub(super) fn after(time: Duration) -> Instant {
    let now = now();
    now.checked_add(time).unwrap_or(now + FOREVER)
}
