//! The database of known nodes, so that a node finds its peers again after a restart.

pub(crate) mod error;
pub(crate) mod known;
mod local;
mod row;
mod store;
mod table;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::sleep;

use self::error::{BadFile, DatabaseError};
use self::known::{DialFailure, KnownNode};
use self::store::{Contents, Store};
use self::table::{Bounds, NodeTable};
use crate::enode::Enode;
use crate::identity::NodeId;
use crate::source::NodeSource;
use crate::sync::lock;

/// The pause after a round has named all nodes.
const PAUSE: Duration = Duration::from_secs(10);

/// The nodes that a server has met, kept in a file, so that it finds its peers again after a restart.
///
/// Pass it to [`Builder::node_database`](crate::Builder::node_database). The server then records each node
/// that it dials successfully, and how often dials of others have failed. Inbound nodes that say on which port
/// they listen are recorded too, but are dialed last, because nothing proves their claim. The server dials
/// recorded nodes when it has room, by a random draw that favours those with the most recent success. This is
/// go-ethereum's `NodeDatabase`. In addition to the nodes it keeps the
/// [sequence number](Self::local_sequence) of the local record. It contains no secrets.
///
/// A clone is another handle to the same database. Everything is in memory, a few hundred bytes per node. The
/// file is read once, and written in the background three seconds after something has changed, so
/// a crash loses at most those seconds. The file stays locked until the last handle is dropped, including the
/// server's.
///
/// ```
/// use p2p::nodes::BadFile;
/// use p2p::{NodeDatabase, Server};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("p2p-doc-nodes-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("nodes.redb");
/// let database = NodeDatabase::open(&path, BadFile::StartAfresh)?;
/// let builder = Server::builder().node_database(database.clone());
/// for known in database.nodes() {
///     println!("{} {:?} {}", known.enode, known.last_contact, known.failures);
/// }
/// # drop((builder, database));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct NodeDatabase {
    shared: Arc<Shared>,
}

/// Options for opening a [`NodeDatabase`], for when [`NodeDatabase::open`] is not enough.
///
/// ```
/// # use p2p::NodeDatabase;
/// let database = NodeDatabase::options().capacity(500).in_memory();
/// assert!(database.is_empty());
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is opened yet"]
pub struct NodeDatabaseOptions {
    bad_file: BadFile,
    bounds: Bounds,
}

/// The state that all handles share. When the last one is dropped, it writes the file.
#[derive(Debug)]
struct Shared {
    table: Mutex<NodeTable>,
    /// The file; `None` if the database is kept in memory only.
    store: Mutex<Option<Store>>,
    /// Notified when there may be something to write.
    changed: Notify,
}

impl NodeDatabaseOptions {
    /// How to treat a file that can't be used; [`BadFile::Error`] by default.
    pub fn bad_file(mut self, bad_file: BadFile) -> Self {
        self.bad_file = bad_file;
        self
    }

    /// The maximum number of nodes to keep; 4,096 by default, at least 1. Beyond it the worst are forgotten:
    /// first those never confirmed to be reachable, of which at most a quarter is kept, then those that fail,
    /// then those without contact for longest. Each costs a few hundred bytes, in memory and in the file.
    ///
    /// So that nobody can fill it with their own keys, at most 5 nodes are kept per address, and 10 per
    /// subnet, which is the first 24 bits of an IPv4 address or the first 48 of an IPv6 address. Of nodes
    /// never confirmed to be reachable, 4 are kept per address and another 10 per subnet. Addresses of this
    /// machine and of private networks are not limited.
    pub fn capacity(mut self, nodes: usize) -> Self {
        self.bounds.capacity = nodes.max(1);
        self
    }

    /// How long to keep nodes without contact; 30 days by default. They are forgotten only
    /// when there is contact with another node: a server that was off for longer has nothing else to start with.
    pub fn forget_after(mut self, time: Duration) -> Self {
        self.bounds.forget_after = time;
        self
    }

    /// Opens the file, and creates it if it does not exist. An empty path means a database in memory only.
    ///
    /// Blocks while it reads and checks the file.
    ///
    /// # Errors
    ///
    /// A [`DatabaseError`] that says what is wrong with the file.
    pub fn open(self, path: impl AsRef<Path>) -> Result<NodeDatabase, DatabaseError> {
        let path = path.as_ref();
        if path.as_os_str().is_empty() {
            return Ok(self.in_memory());
        }
        let opened = Store::open(path);
        let (store, contents) = match (opened, self.bad_file) {
            (Err(DatabaseError::Locked { path }), BadFile::StartAfresh) => {
                tracing::warn!(
                    path = %path.display(),
                    "the node database is in use: what is learned of nodes will not be kept"
                );
                return Ok(self.in_memory());
            }
            (
                Err(error @ (DatabaseError::Damaged { .. } | DatabaseError::Format { .. })),
                BadFile::StartAfresh,
            ) => {
                let aside = store::set_aside(path)?;
                tracing::warn!(%error, aside = %aside.display(), "began a new node database");
                Store::open(path)?
            }
            (opened, _) => opened?,
        };
        Ok(self.database(Some(store), contents))
    }

    /// Creates a database that is not kept in a file.
    pub fn in_memory(self) -> NodeDatabase {
        self.database(None, Contents::default())
    }

    fn database(self, store: Option<Store>, contents: Contents) -> NodeDatabase {
        let Contents { nodes, locals } = contents;
        let table = NodeTable::new(self.bounds, nodes, locals, SystemTime::now());
        let shared = Shared {
            table: Mutex::new(table),
            store: Mutex::new(store),
            changed: Notify::new(),
        };
        NodeDatabase {
            shared: Arc::new(shared),
        }
    }
}

impl NodeDatabase {
    /// Opens a file, and creates it if it does not exist, with the default [`options`](Self::options) except
    /// for how to treat a bad file.
    ///
    /// # Errors
    ///
    /// As for [`NodeDatabaseOptions::open`].
    pub fn open(path: impl AsRef<Path>, bad_file: BadFile) -> Result<Self, DatabaseError> {
        Self::options().bad_file(bad_file).open(path)
    }

    /// Options to set before opening a database.
    pub fn options() -> NodeDatabaseOptions {
        NodeDatabaseOptions {
            bad_file: BadFile::default(),
            bounds: Bounds {
                capacity: 4096,
                forget_after: Duration::from_secs(30 * 24 * 3600),
            },
        }
    }

    /// The entry of a node, if it is known.
    pub fn node(&self, id: &NodeId) -> Option<KnownNode> {
        self.table().node(id).cloned()
    }

    /// All known nodes, in no particular order.
    pub fn nodes(&self) -> Vec<KnownNode> {
        self.table().nodes().cloned().collect()
    }

    /// The number of known nodes.
    pub fn len(&self) -> usize {
        self.table().len()
    }

    /// Returns whether no node is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets a node. Returns `false` if it is not known.
    pub fn forget(&self, id: &NodeId) -> bool {
        self.change(|table| table.forget(id))
    }

    /// The sequence number of a node's own record; `None` if it has never run with this database.
    ///
    /// A server updates it at start: if its address, port or capabilities have changed,
    /// the number grows. It starts from the milliseconds since 1970, so it grows even if the
    /// file is lost. Source: `enr.md`, "Record Structure", and go-ethereum's `enode.LocalNode`.
    pub fn local_sequence(&self, id: &NodeId) -> Option<u64> {
        let record = self.table().local(id);
        record.map(|record| record.sequence)
    }

    /// Writes all changes, and blocks until they are on disk.
    ///
    /// A server does this by itself, including when it shuts down; so does dropping the last handle.
    ///
    /// # Errors
    ///
    /// Usually [`DatabaseError::Io`], for lack of space. Nothing is lost in memory, and the next call writes
    /// everything.
    pub fn flush(&self) -> Result<(), DatabaseError> {
        self.shared.flush()
    }

    /// Records that a dialed node became a peer, or would have if it had room.
    pub(crate) fn contact(&self, enode: &Enode, is_full: bool) {
        self.change(|table| table.contact(enode, is_full, SystemTime::now()));
    }

    /// Records that a dialed node is, or was until now, a peer that every protocol has accepted.
    pub(crate) fn seen(&self, id: &NodeId) {
        self.change(|table| table.seen(id, SystemTime::now()));
    }

    /// Records a failed dial.
    pub(crate) fn failed(&self, enode: &Enode, failure: DialFailure) {
        self.change(|table| table.failed(enode, failure, SystemTime::now()));
    }

    /// Records a claim of where a node listens.
    pub(crate) fn heard(&self, enode: &Enode) {
        self.change(|table| table.heard(enode, SystemTime::now()));
    }

    /// The sequence number of a local record with this digest: a new number if the digest has changed.
    pub(crate) fn renew_local(&self, id: NodeId, digest: [u8; 32]) -> u64 {
        self.change(|table| table.renew_local(id, digest, SystemTime::now()))
    }

    /// Waits until there may be something to write.
    pub(crate) async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    fn change<T>(&self, change: impl FnOnce(&mut NodeTable) -> T) -> T {
        let result = change(&mut self.table());
        self.shared.changed.notify_one();
        result
    }

    fn table(&self) -> MutexGuard<'_, NodeTable> {
        lock(&self.shared.table)
    }
}

impl Shared {
    fn flush(&self) -> Result<(), DatabaseError> {
        let mut store = lock(&self.store);
        let Some(store) = &mut *store else {
            return Ok(());
        };
        // The table is unlocked again before the write, so that nothing waits for the disk.
        let changes = lock(&self.table).take_changes();
        if changes.is_empty() {
            return Ok(());
        }
        let written = store.write(&changes);
        if written.is_err() {
            lock(&self.table).all_changed();
        }
        written
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            tracing::warn!(%error, "the node database was not written");
        }
    }
}

/// Names the known nodes, the most promising first, and all again after 10 seconds. After a failed dial a node
/// is left out for 30 seconds, which doubles each time up to 15 minutes; if it had no room, for 5 minutes.
#[async_trait]
impl NodeSource for NodeDatabase {
    async fn next(&self) -> Option<Enode> {
        loop {
            let next = self.table().next(SystemTime::now(), random);
            if next.is_some() {
                return next;
            }
            sleep(PAUSE).await;
            self.table().begin_round();
        }
    }

    /// The node's confirmed address, if it differs from this one.
    async fn resolve(&self, node: &Enode) -> Option<Enode> {
        let known = self.node(&node.public_key().node_id())?;
        let is_elsewhere = known.is_proven() && known.enode != *node;
        is_elsewhere.then_some(known.enode)
    }
}

/// A random number for the draw. It need not be unpredictable: if the system has none, the most promising come
/// first.
fn random() -> u32 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u32::from_le_bytes(bytes),
        Err(_) => u32::MAX / 2,
    }
}

#[cfg(test)]
mod tests;
