//! Guards that keep the table of peers right: one for each peer, and one for each node about to become one.

use std::net::IpAddr;
use std::sync::Arc;

use super::admission::Origin;
use super::ambient::{after, now};
use super::core::Core;
use super::records::Record;
use crate::connection::Connection;
use crate::connection::cause::Cause;
use crate::connection::info::PeerInfo;
use crate::driver::event::Event;
use crate::identity::NodeId;
use crate::protocol::show::Escaped;

/// Keeps a peer in the table. When it is dropped, the peer is removed, recorded and reported as an event.
pub(super) struct PeerGuard {
    pub(super) core: Arc<Core>,
    pub(super) connection: Arc<Connection>,
    #[cfg_attr(not(feature = "database"), expect(dead_code))]
    pub(super) origin: Origin,
}

impl Drop for PeerGuard {
    fn drop(&mut self) {
        let Self {
            core, connection, ..
        } = self;
        let info = &connection.info;
        // Only matters if the runtime is shutting down; otherwise the connection has already ended.
        connection.end(Cause::Stopping);
        let cause = connection.cause().cloned().unwrap_or(Cause::Stopping);
        let since = core.table().since(&info.node_id);
        let lifetime = since.map(|since| now() - since).unwrap_or_default();
        log_drop(info, &cause);
        core.counts.dropped(info.direction, &cause, lifetime);
        // A server that stops has recorded its peers already. Anything recorded now might not be written.
        #[cfg(feature = "database")]
        if core.check_running().is_ok() {
            core.node_log.ended(connection, self.origin, &cause);
        }
        let mut table = core.table();
        if let Cause::Handler { error, .. } = &cause
            && let Some(time) = error.ban()
        {
            table.ban(info.node_id, after(time));
        }
        table.remove(connection);
        let record = Record::dropped(info, cause.clone(), lifetime);
        core.records().add(record);
        core.events.send(Event::Dropped {
            peer: info.clone(),
            cause,
        });
        drop(table);
        core.dial_again.notify_one();
    }
}

/// Logs in one line which peer was dropped and why, as a warning if this node's own code is to blame.
fn log_drop(info: &PeerInfo, cause: &Cause) {
    let client = &info.client;
    let reason = cause.reason();
    let is_own_fault = match cause {
        // A handler that rejects the peer is not at fault.
        Cause::Handler { error, .. } => !error.rejects_peer(),
        Cause::Panicked { .. } | Cause::Stalled { .. } => true,
        _ => false,
    };
    if is_own_fault {
        tracing::warn!(%client, %reason, cause = %Escaped(cause), "peer dropped");
    } else {
        tracing::debug!(%client, %reason, cause = %Escaped(cause), "peer dropped");
    }
}

/// Keeps this server from dialing a node that has connected to it, until the node is a peer or is refused.
pub(super) struct ArrivalGuard<'a> {
    core: &'a Core,
    id: NodeId,
    from: Option<IpAddr>,
}

impl<'a> ArrivalGuard<'a> {
    pub(super) fn new(core: &'a Core, id: NodeId, from: Option<IpAddr>) -> Self {
        core.table().arrive(id, from);
        Self { core, id, from }
    }
}

impl Drop for ArrivalGuard<'_> {
    fn drop(&mut self) {
        self.core.table().arrived(self.id, self.from);
        // If it did not become a peer, it may be dialed.
        self.core.dial_again.notify_one();
    }
}
