//! The state that all tasks of a server share.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Instant, SystemTime};

use tokio::sync::{Notify, Semaphore, SetOnce, mpsc};

use super::admission::{Origin, PeerTable, Rules};
use super::ambient::{now, random};
use super::config::Config;
use super::counts::{self, Counts};
use super::gate::{Gate, PendingGuard};
#[cfg(feature = "database")]
use super::node_log::NodeLog;
use super::parts::{Offered, Parts};
use super::records::{Attempt, Explanation, Record, Records};
use super::schedule::{DialPlan, DialSettings, Schedule};
use crate::connection::account::ServerMemory;
use crate::connection::info::Direction;
use crate::connection::messages::{Messages, Metering};
use crate::driver::error::{ConnectError, Refusal};
use crate::driver::event::{Event, Feed};
#[cfg(feature = "cli")]
use crate::driver::reader::SMALL_FRAME;
use crate::driver::timing::Timing;
use crate::driver::traffic::Observer;
use crate::enode::Enode;
use crate::identity::{NodeId, NodeKey, PublicKey};
use crate::meters;
use crate::network::is_allowed;
use crate::serve::service::AnyService;
use crate::session::{Hello, Offer};
use crate::sync::lock;

/// The most connections that linger at a time after Disconnect, so that the peer can read it.
const LINGERING: usize = 64;

/// Never sent: its channel only closes when the last task ends.
#[derive(Debug)]
pub(super) enum Never {}

/// The state of a server.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) key: NodeKey,
    pub(super) config: Config,
    /// The parts of the server that are not data.
    pub(super) parts: Parts,
    /// The times in `config` that every connection needs.
    pub(super) timing: Arc<Timing>,
    /// The Hello that every peer is sent.
    pub(super) hello: Hello,
    /// The capabilities in that Hello.
    pub(super) offers: Vec<Offer>,
    pub(super) services: Vec<Arc<dyn AnyService>>,
    /// The service of each offer.
    pub(super) offered_by: Vec<Arc<dyn AnyService>>,
    pub(super) listen_addr: Option<SocketAddr>,
    /// The messages of each offer.
    pub(super) messages: Vec<Arc<Messages>>,
    pub(super) counts: Counts,
    /// The memory that all peers share.
    pub(super) memory: Arc<ServerMemory>,
    /// Reports messages as events, if those are enabled.
    pub(super) observer: Arc<Observer>,
    pub(super) events: Arc<Feed>,
    #[cfg(feature = "database")]
    pub(super) node_log: NodeLog,
    /// Wakes the task that dials: there may be a node to dial, or room for one.
    pub(super) dial_again: Notify,
    /// A slot for each connection that lingers after Disconnect.
    pub(super) lingering: Arc<Semaphore>,
    /// A slot for each inbound connection that is not a peer yet.
    pub(super) inbound_slots: Arc<Semaphore>,
    gate: Mutex<Gate>,
    table: Mutex<PeerTable>,
    records: Mutex<Records>,
    schedule: Mutex<Schedule>,
    /// Set when the server stops.
    stopping: SetOnce<()>,
    /// Cloned into every task, and taken when the server stops.
    alive: Mutex<Option<mpsc::Sender<Never>>>,
}

impl Core {
    /// A core, and a channel that closes when all its tasks have ended.
    pub(super) fn new(
        key: NodeKey,
        config: Config,
        parts: Parts,
        hello: Hello,
        offered: Offered,
        listen_addr: Option<SocketAddr>,
    ) -> (Arc<Self>, mpsc::Receiver<Never>) {
        let table = PeerTable::new(Rules {
            own: key.public_key().node_id(),
            limits: config.limits(parts.has_sources()),
            trusted: config
                .trusted_nodes
                .iter()
                .map(PublicKey::node_id)
                .collect(),
        });
        let mut schedule = Schedule::new(DialSettings {
            interval: config.redial_interval,
            jitter: config.redial_jitter,
            slots: config.max_pending_peers,
            restrict: config.net_restrict.clone(),
            any_port: parts.dialer.is_some(),
            resolve: (config.resolve_backoff, config.resolve_backoff_max),
        });
        for enode in &config.static_nodes {
            schedule.add(enode.clone());
        }
        let gate = Gate::new(
            config.net_restrict.clone(),
            config.inbound_interval,
            config.address_limits(),
        );
        let (alive, ended) = mpsc::channel(1);
        let events = Arc::new(Feed::new(config.event_capacity));
        meters::describe();
        let metering = if config.handler_times {
            Metering::Handlers
        } else {
            Metering::Messages
        };
        let Offered {
            offers,
            offered_by,
            services,
        } = offered;
        let messages = offers.iter().zip(&offered_by).map(|(offer, service)| {
            let version = offer.capability.version();
            Arc::new(service.messages_of(version, metering))
        });
        let messages = messages.collect();
        let observer = Observer::new(config.message_events.then(|| events.clone()));
        let core = Self {
            key,
            hello,
            offers,
            services,
            offered_by,
            listen_addr,
            messages,
            counts: Counts::new(),
            memory: Arc::new(ServerMemory::new(config.memory_limits())),
            observer: Arc::new(observer),
            events,
            #[cfg(feature = "database")]
            node_log: NodeLog::new(parts.database.clone()),
            dial_again: Notify::new(),
            lingering: Arc::new(Semaphore::new(LINGERING)),
            inbound_slots: Arc::new(Semaphore::new(
                config.max_pending_peers.min(Semaphore::MAX_PERMITS),
            )),
            gate: Mutex::new(gate),
            table: Mutex::new(table),
            records: Mutex::new(Records::new(config.record_capacity)),
            schedule: Mutex::new(schedule),
            stopping: SetOnce::new(),
            alive: Mutex::new(Some(alive)),
            timing: config.timing(),
            parts,
            config,
        };
        (Arc::new(core), ended)
    }

    /// The most bytes that peers can make this node hold, as the page "What a peer can cost" sums them up.
    #[cfg(feature = "cli")]
    pub(super) fn most_memory(&self) -> usize {
        let limits = self.config.memory_limits();
        let send_queue = usize::try_from(self.config.send_queue_size).unwrap_or(usize::MAX);
        let services = self.services.iter().map(|service| service.most_memory());
        let each = services
            .fold(limits.floor, usize::saturating_add)
            .saturating_add(send_queue.saturating_mul(2))
            .saturating_add(SMALL_FRAME);
        let peers = self.config.max_peers.saturating_mul(each);
        peers.saturating_add(limits.server)
    }

    /// Locks the table of peers. It may be held while the schedule or the records are locked, not the other way.
    pub(super) fn table(&self) -> MutexGuard<'_, PeerTable> {
        let mut table = lock(&self.table);
        table.expire_bans(now());
        table
    }

    pub(super) fn records(&self) -> MutexGuard<'_, Records> {
        lock(&self.records)
    }

    pub(super) fn schedule(&self) -> MutexGuard<'_, Schedule> {
        lock(&self.schedule)
    }

    /// Spawns a task that a shutdown waits for. After the server has stopped it spawns nothing and returns `false`.
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
        self.note_peers();
        let connections = self.table().stop();
        for connection in connections {
            connection.drain();
        }
        // It fails if this is the second call, which is fine.
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

    /// Adds a static node, and wakes the task that dials.
    pub(super) fn add_static(&self, enode: Enode) {
        self.schedule().add(enode);
        self.dial_again.notify_one();
    }

    /// Decides what to dial now, and when to decide again.
    pub(super) fn dial_plan(&self, now: Instant) -> DialPlan {
        if self.config.no_dial {
            return DialPlan::default();
        }
        let table = self.table();
        self.schedule().plan(now, &table, random)
    }

    /// Returns whether to dial a node that a source has named. If so, its dial counts as under way.
    pub(super) fn take_candidate(&self, enode: &Enode, now: Instant) -> bool {
        let table = self.table();
        let taken = self.schedule().take_candidate(enode, now, &table, random);
        if let Err(obstacle) = &taken {
            let id = enode.public_key().node_id();
            tracing::trace!(node = %format_args!("{id:#}"), ?obstacle, "candidate not dialed");
        }
        taken.is_ok()
    }

    /// Logs, records and reports as an event that a connection did not become a peer.
    pub(super) fn refused(&self, attempt: Attempt, error: &ConnectError) {
        self.note_refused(attempt, error);
        self.events.send(Event::Refused {
            node: attempt.node,
            address: attempt.address,
            direction: attempt.direction,
            error: error.clone(),
        });
    }

    /// Logs and records that a connection did not become a peer.
    fn note_refused(&self, attempt: Attempt, error: &ConnectError) {
        let record = Record::refused(attempt, error.clone());
        let node = attempt.node.map(|id| format!("{id:#}"));
        tracing::debug!(node = node.as_deref().unwrap_or("unknown"), "{record}");
        counts::refused(attempt.direction, attempt.phase, error);
        self.records().add(record);
    }

    /// Lets an inbound connection from this address in, or records its refusal. There may be many refusals, so
    /// they are not reported as events.
    pub(super) fn enter(&self, address: SocketAddr) -> Result<PendingGuard, Refusal> {
        let entered = lock(&self.gate).enter(address.ip(), now());
        entered.inspect_err(|refusal| {
            let attempt = Attempt::new(Direction::Inbound, None, Some(address));
            self.note_refused(attempt, &refusal.clone().into());
        })
    }

    /// Checks whether a node may become a peer at this address.
    pub(super) fn check_address(
        &self,
        id: &NodeId,
        origin: Origin,
        address: IpAddr,
    ) -> Result<(), Refusal> {
        if is_allowed(&self.config.net_restrict, address) {
            self.table().check(id, origin, Some(address))
        } else {
            Err(Refusal::Restricted { address })
        }
    }

    /// Tells the node database which dialed peers are still connected.
    #[cfg(feature = "database")]
    pub(super) fn note_peers(&self) {
        let table = self.table();
        self.node_log.still_connected(table.dialed());
    }

    /// Keeps the file of the node database up to date until the server stops.
    #[cfg(feature = "database")]
    pub(super) async fn keep_node_log(self: Arc<Self>) {
        let stopped = self.stopped();
        self.node_log.run(|| self.note_peers(), stopped).await;
    }

    /// Explains why a node is or is not a peer.
    pub(super) fn why(&self, id: &NodeId) -> Explanation {
        let table = self.table();
        let now = now();
        let waits = !self.config.no_dial && self.schedule().waits_for_room(id, &table);
        Explanation {
            node: *id,
            time: SystemTime::now(),
            connected: table.since(id).map(|since| now.duration_since(since)),
            banned: table.banned_until(id).map(|until| until - now),
            waits_for_room: waits.then(|| table.len()),
            records: self.records().of(id),
        }
    }
}
