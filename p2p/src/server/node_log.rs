//! The log of what the server learns about nodes, which goes into the node database.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sha3::{Digest, Keccak256};
use tokio::time::{Instant, interval_at, sleep};

use super::admission::Origin;
use super::parts::Parts;
use crate::connection::Connection;
use crate::connection::cause::Cause;
use crate::connection::info::{Direction, PeerInfo};
use crate::disconnect::DisconnectReason;
use crate::driver::error::{ConnectError, Refusal};
use crate::enode::Enode;
use crate::nodes::database::NodeDatabase;
use crate::nodes::database::known::DialFailure;
use crate::rlp;
use crate::session::Hello;

/// How long changes are gathered before they are written.
const GATHER: Duration = Duration::from_secs(3);

/// How long to wait after a write that failed.
const RETRY: Duration = Duration::from_secs(60);

/// The time between two records of which peers are still connected.
const STILL_THERE: Duration = Duration::from_secs(10 * 60);

/// A conclusion about a node, from a dial or the end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// It was connected until now.
    Good,
    /// It was reached, and has no room.
    Full,
    /// The dial failed.
    Bad(DialFailure),
    /// It is this node.
    Own,
    /// Nothing: the cause lies with this node or its user.
    Nothing,
}

/// Makes the database a source of nodes, and renews its record of this node.
pub(super) async fn prepare(
    mut parts: Parts,
    hello: &Hello,
    listen_addr: Option<SocketAddr>,
) -> Parts {
    if let Some(database) = parts.database.clone() {
        parts.sources.push(Arc::new(database.clone()));
        let log = NodeLog::new(Some(database));
        log.renew_local(hello, listen_addr).await;
    }
    parts
}

/// Tells the node database what a server learns about nodes; does nothing if the server has no database.
#[derive(Debug)]
pub(super) struct NodeLog {
    database: Option<NodeDatabase>,
}

impl NodeLog {
    pub(super) fn new(database: Option<NodeDatabase>) -> Self {
        Self { database }
    }

    /// Records the outcome of a dial.
    pub(super) fn dialed(&self, enode: &Enode, error: Option<&ConnectError>) {
        if let Some(database) = &self.database {
            note(database, enode, error.map_or(Evidence::Good, of_dial));
        }
    }

    /// Records where an inbound peer claims to listen.
    pub(super) fn claimed(&self, info: &PeerInfo, port: u64) {
        let (Some(database), Some(remote)) = (&self.database, info.remote_addr) else {
            return;
        };
        let port = u16::try_from(port).unwrap_or(0);
        if info.direction == Direction::Inbound && port != 0 {
            let address = SocketAddr::new(remote.ip(), port);
            database.heard(&Enode::new(info.public_key, address));
        }
    }

    /// Records how a peer's connection ended. Only a connection to a dialed address says anything about it.
    pub(super) fn ended(&self, connection: &Connection, origin: Origin, cause: &Cause) {
        let Some(database) = self.database.as_ref().filter(|_| origin.is_dialed()) else {
            return;
        };
        let id = &connection.info.node_id;
        match of_end(cause, connection.was_accepted()) {
            Evidence::Good => database.seen(id),
            evidence => {
                if let Some(known) = database.node(id) {
                    note(database, &known.enode, evidence);
                }
            }
        }
    }

    /// Records that these dialed peers are still connected.
    pub(super) fn still_connected<'a>(&self, dialed: impl Iterator<Item = &'a Connection>) {
        let Some(database) = &self.database else {
            return;
        };
        for connection in dialed.filter(|connection| connection.was_accepted()) {
            database.seen(&connection.info.node_id);
        }
    }

    /// Gives the local record a new sequence number if its contents have changed, and writes it.
    pub(super) async fn renew_local(&self, hello: &Hello, listen_addr: Option<SocketAddr>) {
        let Some(database) = &self.database else {
            return;
        };
        let address = listen_addr.map(|address| address.to_string());
        let contents = (address.unwrap_or_default(), hello.capabilities.clone());
        // Contents that can't be encoded are not sent in Hello either.
        let digest = Keccak256::digest(rlp::encode(&contents).unwrap_or_default());
        let sequence = database.renew_local(hello.public_key.node_id(), digest.into());
        tracing::debug!(sequence, "local record");
        self.write().await;
    }

    /// Writes changes a few seconds after they were made, and the last ones when the server stops.
    ///
    /// `note_peers` is called from time to time to record which peers are still connected.
    pub(super) async fn run(&self, note_peers: impl Fn(), stopped: impl Future<Output = ()>) {
        let Some(database) = &self.database else {
            return;
        };
        let mut stopped = pin!(stopped);
        let mut still_there = interval_at(Instant::now() + STILL_THERE, STILL_THERE);
        let mut is_written = true;
        let mut has_stopped = false;
        while !has_stopped {
            // Kept while peers are noted: it may already have taken the only notification of a change.
            let mut pause = pin!(pause(database, is_written));
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    _ = still_there.tick() => note_peers(),
                    () = &mut stopped => {
                        has_stopped = true;
                        break;
                    }
                }
            }
            // Not cancelled when the server stops: the writing thread would keep the file locked.
            is_written = self.write().await;
        }
    }

    /// Writes all changes on a thread that may block. Returns `false` on failure.
    pub(super) async fn write(&self) -> bool {
        let Some(database) = self.database.clone() else {
            return true;
        };
        let writing = tokio::task::spawn_blocking(move || database.flush());
        match writing.await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the node database was not written");
                false
            }
            // The runtime is shutting down. The last handle to the database will write it.
            Err(_) => false,
        }
    }
}

/// Waits until there is something to write and changes have been gathered, or until a failed write is to be
/// repeated.
async fn pause(database: &NodeDatabase, is_written: bool) {
    if is_written {
        database.changed().await;
        sleep(GATHER).await;
    } else {
        sleep(RETRY).await;
    }
}

fn note(database: &NodeDatabase, enode: &Enode, evidence: Evidence) {
    match evidence {
        Evidence::Good => database.contact(enode, false),
        Evidence::Full => database.contact(enode, true),
        Evidence::Bad(failure) => database.failed(enode, failure),
        Evidence::Own => drop(database.forget(&enode.public_key().node_id())),
        Evidence::Nothing => {}
    }
}

/// The conclusion from a failed dial.
fn of_dial(error: &ConnectError) -> Evidence {
    match error {
        ConnectError::Resolve { .. } | ConnectError::Dial { .. } | ConnectError::Dialer { .. } => {
            Evidence::Bad(DialFailure::Unreachable)
        }
        ConnectError::Timeout(_)
        | ConnectError::Closed { .. }
        | ConnectError::Io { .. }
        | ConnectError::Handshake(_) => Evidence::Bad(DialFailure::Broken),
        ConnectError::Disconnected(reason) => of_reason(*reason),
        ConnectError::Breach(_)
        | ConnectError::Rejected(_)
        | ConnectError::NotAccepted(_)
        | ConnectError::Refused(Refusal::NothingShared { .. }) => {
            Evidence::Bad(DialFailure::Useless)
        }
        ConnectError::Refused(Refusal::ConnectedToSelf) => Evidence::Own,
        ConnectError::Refused(_) => Evidence::Nothing,
    }
}

/// The conclusion from the end of a peer's connection.
fn of_end(cause: &Cause, was_accepted: bool) -> Evidence {
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
        | Cause::HandshakeTimeout { .. } => Evidence::Bad(DialFailure::Useless),
        // This node's handler has rejected the peer.
        Cause::Handler { error, .. } if error.rejects_peer() => Evidence::Bad(DialFailure::Useless),
        _ if was_accepted => Evidence::Good,
        Cause::Remote(reason) => of_reason(*reason),
        Cause::Closed
        | Cause::Io(_)
        | Cause::PingTimeout
        | Cause::WriteTimeout
        | Cause::SendTimeout { .. } => Evidence::Bad(DialFailure::Broken),
        _ => Evidence::Nothing,
    }
}

/// The conclusion from a reason that the node sent.
fn of_reason(reason: DisconnectReason) -> Evidence {
    match reason {
        DisconnectReason::TooManyPeers | DisconnectReason::AlreadyConnected => Evidence::Full,
        _ => Evidence::Bad(DialFailure::Unwanted),
    }
}
