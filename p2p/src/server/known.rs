//! What the database of known nodes is told, and when it is written.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sha3::{Digest, Keccak256};
use tokio::time::{Instant, interval_at, sleep};

use super::admission::Origin;
use super::config::Config;
use super::core::Core;
use crate::disconnect::DisconnectReason;
use crate::discovery::{NodeDatabase, Trouble};
use crate::enode::Enode;
use crate::peer::{ConnectError, Refusal};
use crate::protocol::{Cause, Connection, Direction, PeerInfo};
use crate::rlp;
use crate::session::Hello;

/// How long changes are gathered before they are written.
const GATHER: Duration = Duration::from_secs(3);

/// How long to wait after a write that failed.
const RETRY: Duration = Duration::from_secs(60);

/// The time between two notes that the peers are still there.
const STILL_THERE: Duration = Duration::from_secs(10 * 60);

/// What a connection's end says of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It was there until now.
    Good,
    /// It is there, and has no room.
    Full,
    /// It was dialed in vain.
    Bad(Trouble),
    /// It is this node.
    Own,
    /// Nothing: this node is to blame, or the user.
    Nothing,
}

/// Writes what has changed, some seconds later, and at last when the server stops.
pub(super) async fn run(core: Arc<Core>) {
    let Some(database) = &core.config.database else {
        return;
    };
    let mut still_there = interval_at(Instant::now() + STILL_THERE, STILL_THERE);
    let mut is_written = true;
    let mut has_stopped = false;
    while !has_stopped {
        // Goes on while the peers are noted: of a change that it has seen it is not told again.
        let mut pause = pin!(pause(database, is_written));
        loop {
            tokio::select! {
                () = &mut pause => break,
                _ = still_there.tick() => core.note_peers(database),
                () = core.stopped() => {
                    has_stopped = true;
                    break;
                }
            }
        }
        // Not given up when the server stops: its thread would keep the file in use.
        is_written = write(database).await;
    }
}

/// Waits until there is something to write and some seconds have passed, or until what was not written is
/// to be tried again.
async fn pause(database: &NodeDatabase, is_written: bool) {
    if is_written {
        database.changed().await;
        sleep(GATHER).await;
    } else {
        sleep(RETRY).await;
    }
}

/// Writes what has changed, on a thread that may block. `false` if it could not.
pub(super) async fn write(database: &NodeDatabase) -> bool {
    let database = database.clone();
    let writing = tokio::task::spawn_blocking(move || database.flush());
    match writing.await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the node database was not written");
            false
        }
        // The runtime is going down: the last handle writes it.
        Err(_) => false,
    }
}

/// Makes the database a source of nodes, and renews its record of this node.
pub(super) async fn prepare(
    mut config: Config,
    hello: &Hello,
    listen_addr: Option<SocketAddr>,
) -> Config {
    if let Some(database) = &config.database {
        renew_local(database, hello, listen_addr).await;
        config.sources.push(Arc::new(database.clone()));
    }
    config
}

/// Gives the local record another sequence number if it says something else than the last time.
async fn renew_local(database: &NodeDatabase, hello: &Hello, listen_addr: Option<SocketAddr>) {
    let address = listen_addr.map(|address| address.to_string());
    let says = (address.unwrap_or_default(), hello.capabilities.clone());
    // What can't be encoded is not sent either.
    let digest = Keccak256::digest(rlp::encode(&says).unwrap_or_default());
    let sequence = database.renew_local(hello.public_key.node_id(), digest.into());
    tracing::debug!(sequence, "local record");
    write(database).await;
}

impl Core {
    /// Notes what became of a dial.
    pub(super) fn note_dial(&self, enode: &Enode, error: Option<&ConnectError>) {
        if let Some(database) = &self.config.database {
            note(database, enode, error.map_or(Verdict::Good, of_dial));
        }
    }

    /// Notes where a peer that has connected says that it listens.
    pub(super) fn note_claim(&self, info: &PeerInfo, port: u64) {
        let (Some(database), Some(remote)) = (&self.config.database, info.remote_addr) else {
            return;
        };
        let port = u16::try_from(port).unwrap_or(0);
        if info.direction == Direction::Inbound && port != 0 {
            let address = SocketAddr::new(remote.ip(), port);
            database.heard(&Enode::new(info.public_key, address));
        }
    }

    /// Notes how the connection of a peer ended. It says something of the address only if it was dialed.
    /// When the server stops, the peers were noted, and what is noted later might not be written.
    pub(super) fn note_end(&self, connection: &Connection, origin: Origin, cause: &Cause) {
        let info = &connection.info;
        let Some(database) = &self.config.database else {
            return;
        };
        if !origin.is_dialed() || self.check_running().is_err() {
            return;
        }
        match of_end(cause, connection.was_accepted()) {
            Verdict::Good => database.seen(&info.node_id),
            verdict => {
                if let Some(known) = database.node(&info.node_id) {
                    note(database, &known.enode, verdict);
                }
            }
        }
    }

    /// Notes that those who were dialed and are peers are still there.
    pub(super) fn note_peers(&self, database: &NodeDatabase) {
        let table = self.table();
        let dialed = table.dialed();
        for connection in dialed.filter(|connection| connection.was_accepted()) {
            database.seen(&connection.info.node_id);
        }
    }
}

fn note(database: &NodeDatabase, enode: &Enode, verdict: Verdict) {
    match verdict {
        Verdict::Good => database.contact(enode, false),
        Verdict::Full => database.contact(enode, true),
        Verdict::Bad(trouble) => database.failed(enode, trouble),
        Verdict::Own => drop(database.forget(&enode.public_key().node_id())),
        Verdict::Nothing => {}
    }
}

/// What a dial that failed says of the node.
fn of_dial(error: &ConnectError) -> Verdict {
    match error {
        ConnectError::Resolve { .. } | ConnectError::Dial { .. } | ConnectError::Dialer { .. } => {
            Verdict::Bad(Trouble::Unreachable)
        }
        ConnectError::Timeout(_)
        | ConnectError::Closed { .. }
        | ConnectError::Io { .. }
        | ConnectError::Handshake(_) => Verdict::Bad(Trouble::Broken),
        ConnectError::Disconnected(reason) => of_reason(*reason),
        ConnectError::Breach(_)
        | ConnectError::Rejected(_)
        | ConnectError::NotAccepted(_)
        | ConnectError::Refused(Refusal::NothingShared { .. }) => Verdict::Bad(Trouble::Useless),
        ConnectError::Refused(Refusal::ConnectedToSelf) => Verdict::Own,
        ConnectError::Refused(_) => Verdict::Nothing,
    }
}

/// What the end of a peer's connection says of the node.
fn of_end(cause: &Cause, was_accepted: bool) -> Verdict {
    match cause {
        Cause::Remote(
            reason @ (DisconnectReason::TooManyPeers
            | DisconnectReason::AlreadyConnected
            | DisconnectReason::UselessPeer
            | DisconnectReason::IncompatibleVersion),
        ) => of_reason(*reason),
        Cause::Breach(_)
        | Cause::MessageTooLarge { .. }
        | Cause::Undecodable { .. }
        | Cause::StrayReply { .. }
        | Cause::RateExceeded { .. }
        | Cause::HandshakeTimeout { .. } => Verdict::Bad(Trouble::Useless),
        // Its handler has looked at the peer and does not want it.
        Cause::Handler { error, .. } if error.judges_peer() => Verdict::Bad(Trouble::Useless),
        _ if was_accepted => Verdict::Good,
        Cause::Remote(reason) => of_reason(*reason),
        Cause::Closed | Cause::Io(_) | Cause::PingTimeout | Cause::WriteTimeout => {
            Verdict::Bad(Trouble::Broken)
        }
        _ => Verdict::Nothing,
    }
}

/// What a node says of itself that refuses this one.
fn of_reason(reason: DisconnectReason) -> Verdict {
    match reason {
        DisconnectReason::TooManyPeers | DisconnectReason::AlreadyConnected => Verdict::Full,
        _ => Verdict::Bad(Trouble::Unwanted),
    }
}
