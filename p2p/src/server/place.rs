//! A peer's place among the server's peers, and that of a node on its way there.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

#[cfg(feature = "database")]
use super::admission::Origin;
use super::core::{Core, after, now};
use super::event::Event;
use super::record::{Outcome, Record};
use crate::identity::NodeId;
use crate::peer::Phase;
use crate::protocol::{Cause, Connection, Escaped, PeerInfo};

/// A peer's place among the server's peers.
pub(super) struct Place {
    pub(super) core: Arc<Core>,
    pub(super) connection: Arc<Connection>,
    #[cfg(feature = "database")]
    pub(super) origin: Origin,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Self {
            core,
            connection,
            #[cfg(feature = "database")]
            origin,
        } = self;
        let info = &connection.info;
        // It has ended already, unless the runtime itself is going down.
        connection.end(Cause::Stopping);
        let cause = connection.cause().cloned().unwrap_or(Cause::Stopping);
        let since = core.table().since(&info.node_id);
        let lifetime = since.map(|since| now() - since).unwrap_or_default();
        log_drop(info, &cause);
        core.counts.dropped(info.direction, &cause, lifetime);
        #[cfg(feature = "database")]
        core.note_end(connection, *origin, &cause);
        let mut table = core.table();
        if let Cause::Handler { error, .. } = &cause
            && let Some(time) = error.ban()
        {
            table.ban(info.node_id, after(time));
        }
        table.remove(connection);
        core.records().add(Record {
            time: SystemTime::now(),
            node: Some(info.node_id),
            address: info.remote_addr,
            direction: info.direction,
            phase: Phase::Connected,
            is_told: cause.can_be_told(),
            outcome: Outcome::Dropped {
                cause: cause.clone(),
                lifetime,
            },
        });
        core.events.send(Event::Dropped {
            peer: info.clone(),
            cause,
        });
        drop(table);
        core.dial_again.notify_one();
    }
}

/// One line that says who was dropped and why, as a warning if this node's own code is to blame.
fn log_drop(info: &PeerInfo, cause: &Cause) {
    let (client, reason) = (&info.client, cause.reason());
    let to_blame = match cause {
        // Its handler has looked at the peer and does not want it.
        Cause::Handler { error, .. } => !error.judges_peer(),
        Cause::Panicked { .. } | Cause::Stalled { .. } => true,
        _ => false,
    };
    match to_blame {
        true => {
            tracing::warn!(%client, %reason, cause = %Escaped(cause), "peer dropped");
        }
        false => {
            tracing::debug!(%client, %reason, cause = %Escaped(cause), "peer dropped");
        }
    }
}

/// A node that has connected to us, until it is a peer or is refused.
pub(super) struct Arriving<'a> {
    core: &'a Core,
    id: NodeId,
    from: Option<IpAddr>,
}

impl<'a> Arriving<'a> {
    pub(super) fn new(core: &'a Core, id: NodeId, from: Option<IpAddr>) -> Self {
        core.table().arrive(id, from);
        Self { core, id, from }
    }
}

impl Drop for Arriving<'_> {
    fn drop(&mut self) {
        self.core.table().arrived(self.id, self.from);
        // If it is no peer now, it may be dialed.
        self.core.dial_again.notify_one();
    }
}
