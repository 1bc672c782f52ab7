//! The table of peers, and the rules for adding one.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::connection::Connection;
use crate::connection::info::{Direction, PeerInfo};
use crate::driver::error::Refusal;
use crate::identity::NodeId;
use crate::server::info::PeerStatus;
use crate::server::limits::PeerLimits;

/// The connected peers, and the rules for adding one.
#[derive(Debug)]
pub(super) struct PeerTable {
    rules: Rules,
    peers: HashMap<NodeId, Entry>,
    /// The number of peers of each origin, by `Origin as usize`.
    counts: [usize; 5],
    /// The nodes that have connected to this one and have not exchanged Hello yet, with their addresses.
    arriving: Vec<(NodeId, Option<IpAddr>)>,
    /// The banned nodes, and when each ban ends.
    bans: HashMap<NodeId, Instant>,
    /// No ban ends earlier than this.
    next_unban: Option<Instant>,
    /// True if everybody is refused, because the server is stopping.
    stopping: bool,
}

/// The rules that decide who may be a peer.
#[derive(Debug)]
pub(super) struct Rules {
    /// This node, which is never its own peer.
    pub(super) own: NodeId,
    pub(super) limits: PeerLimits,
    /// The nodes that are exempt from these limits and from bans.
    pub(super) trusted: HashSet<NodeId>,
}

/// The origin of a connection, or of a dial that may become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The peer connected to this node.
    Inbound,
    /// It is a static node.
    Static,
    /// A source named it.
    Candidate,
    /// The user asked for it, with [`Server::connect`](crate::Server::connect).
    Asked,
    /// The user opened a stream to it and passed that on.
    Opened,
}

impl Origin {
    pub(super) fn direction(self) -> Direction {
        match self {
            Self::Inbound => Direction::Inbound,
            Self::Static | Self::Candidate | Self::Asked | Self::Opened => Direction::Outbound,
        }
    }

    /// Returns whether this server dialed the peer's address itself.
    #[cfg(feature = "database")]
    pub(super) fn is_dialed(self) -> bool {
        matches!(self, Self::Static | Self::Candidate | Self::Asked)
    }
}

/// Why a node is not dialed now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It would be refused.
    Refused(Refusal),
    /// A dial of it is under way.
    Dialing,
    /// It has connected to this node, and is not a peer yet.
    Arriving,
    /// It was dialed within the redial interval.
    Recent,
    /// Its share of the peers is full, or too many dials are under way.
    NoRoom,
}

impl From<Refusal> for Obstacle {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A peer in the table.
#[derive(Debug)]
struct Entry {
    connection: Arc<Connection>,
    origin: Origin,
    /// When it was added.
    since: Instant,
}

impl PeerTable {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            peers: HashMap::new(),
            counts: [0; 5],
            arriving: Vec::new(),
            bans: HashMap::new(),
            next_unban: None,
            stopping: false,
        }
    }

    /// Checks whether a node may be added now, at this address if it is known.
    ///
    /// As in go-ethereum, the dialed share only bounds how many nodes of sources are dialed: one that was
    /// reached is not sent away because of it.
    pub(super) fn check(
        &self,
        id: &NodeId,
        origin: Origin,
        ip: Option<IpAddr>,
    ) -> Result<(), Refusal> {
        self.check_node(id, || self.check_limits(origin, ip))
    }

    /// Checks whether a node at this address could be dialed now if there were room.
    pub(super) fn check_dial(&self, id: &NodeId, at: Option<IpAddr>) -> Result<(), Obstacle> {
        self.check_node(id, || Ok(()))?;
        if self.is_arriving(id, at) {
            return Err(Obstacle::Arriving);
        }
        Ok(())
    }

    /// Checks a node, with `limits` only if it is not trusted. The order decides which reason a peer is sent,
    /// and is go-ethereum's.
    fn check_node(
        &self,
        id: &NodeId,
        limits: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if self.stopping {
            return Err(Refusal::Stopping);
        }
        if !self.is_trusted(id) {
            if self.bans.contains_key(id) {
                return Err(Refusal::Banned);
            }
            limits()?;
        }
        if self.peers.contains_key(id) {
            Err(Refusal::AlreadyConnected)
        } else if self.is_own(id) {
            Err(Refusal::ConnectedToSelf)
        } else {
            Ok(())
        }
    }

    fn check_limits(&self, origin: Origin, ip: Option<IpAddr>) -> Result<(), Refusal> {
        let limits = &self.rules.limits;
        if self.peers.len() >= limits.peers {
            let limit = limits.peers;
            return Err(Refusal::TooManyPeers { limit });
        }
        if origin == Origin::Inbound && self.count(origin) >= limits.inbound {
            let limit = limits.inbound;
            return Err(Refusal::TooManyInbound { limit });
        }
        match (origin, ip) {
            (Origin::Inbound | Origin::Candidate, Some(ip)) => {
                limits.addresses.check_peer(ip, self.addresses())
            }
            _ => Ok(()),
        }
    }

    /// The addresses of the peers.
    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let infos = self.infos();
        infos.filter_map(|info| info.remote_addr.map(|address| address.ip()))
    }

    /// Adds a peer if it may be added.
    pub(super) fn add(
        &mut self,
        connection: &Arc<Connection>,
        origin: Origin,
        now: Instant,
    ) -> Result<(), Refusal> {
        let PeerInfo {
            node_id: id,
            remote_addr,
            ..
        } = *connection.info;
        self.check(&id, origin, remote_addr.map(|address| address.ip()))?;
        let connection = connection.clone();
        let entry = Entry {
            connection,
            origin,
            since: now,
        };
        self.peers.insert(id, entry);
        self.counts[origin as usize] += 1;
        Ok(())
    }

    /// Removes a peer that was added.
    pub(super) fn remove(&mut self, connection: &Connection) {
        if let Some(entry) = self.peers.remove(&connection.info.node_id) {
            self.counts[entry.origin as usize] -= 1;
        }
    }

    /// Records that a node has connected to this one and is about to exchange Hello.
    pub(super) fn arrive(&mut self, id: NodeId, from: Option<IpAddr>) {
        self.arriving.push((id, from));
    }

    /// Records that such a node has become a peer or was refused.
    pub(super) fn arrived(&mut self, id: NodeId, from: Option<IpAddr>) {
        let arrived = self.arriving.iter().position(|one| *one == (id, from));
        if let Some(index) = arrived {
            self.arriving.swap_remove(index);
        }
    }

    /// Returns whether this node has connected from the address at which it would be dialed. It has not proven its
    /// identity yet, so an arrival from elsewhere does not count.
    fn is_arriving(&self, id: &NodeId, at: Option<IpAddr>) -> bool {
        let is_there = |from: IpAddr| at.is_some_and(|at| at.to_canonical() == from.to_canonical());
        let mut arriving = self.arriving.iter();
        arriving.any(|(one, from)| one == id && from.is_none_or(is_there))
    }

    /// Returns whether a node is this one.
    pub(super) fn is_own(&self, id: &NodeId) -> bool {
        *id == self.rules.own
    }

    /// How many more peers there may be.
    pub(super) fn room(&self) -> usize {
        self.rules.limits.peers.saturating_sub(self.peers.len())
    }

    /// How many more nodes of sources there may be among the peers.
    pub(super) fn room_for_candidates(&self) -> usize {
        let dialed = self.count(Origin::Candidate);
        let share = self.rules.limits.dialed.saturating_sub(dialed);
        share.min(self.room())
    }

    pub(super) fn limits(&self) -> PeerLimits {
        self.rules.limits
    }

    pub(super) fn is_trusted(&self, id: &NodeId) -> bool {
        self.rules.trusted.contains(id)
    }

    /// Exempts a node from the limits from now on.
    pub(super) fn trust(&mut self, id: NodeId) {
        self.rules.trusted.insert(id);
    }

    /// Applies the limits to a node again. If it is a peer, it stays one.
    pub(super) fn distrust(&mut self, id: &NodeId) {
        self.rules.trusted.remove(id);
    }

    /// Refuses a node until then, unless it is trusted.
    pub(super) fn ban(&mut self, id: NodeId, until: Instant) {
        self.bans.insert(id, until);
        self.next_unban = self.next_unban.into_iter().chain([until]).min();
    }

    /// Lifts a ban early. Returns `false` if there is none.
    pub(super) fn unban(&mut self, id: &NodeId) -> bool {
        self.bans.remove(id).is_some()
    }

    /// When a node's ban ends, if it is banned.
    pub(super) fn banned_until(&self, id: &NodeId) -> Option<Instant> {
        self.bans.get(id).copied()
    }

    /// The earliest time at which a ban may end.
    pub(super) fn next_unban(&self) -> Option<Instant> {
        self.next_unban
    }

    /// Lifts the bans that have expired. Call it before anything else is asked.
    pub(super) fn expire_bans(&mut self, now: Instant) {
        if self.next_unban.is_some_and(|until| until <= now) {
            self.bans.retain(|_, until| *until > now);
            self.next_unban = self.bans.values().min().copied();
        }
    }

    /// When a node became a peer, if it is one.
    pub(super) fn since(&self, id: &NodeId) -> Option<Instant> {
        self.peers.get(id).map(|entry| entry.since)
    }

    /// Refuses everybody from now on, and returns the connections of all peers.
    pub(super) fn stop(&mut self) -> Vec<Arc<Connection>> {
        self.stopping = true;
        let entries = self.peers.values();
        entries.map(|entry| entry.connection.clone()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.peers.len()
    }

    pub(super) fn find(&self, id: &NodeId) -> Option<Arc<Connection>> {
        self.peers.get(id).map(|entry| entry.connection.clone())
    }

    /// A summary of each peer, ordered by ID.
    pub(super) fn statuses(&self, now: Instant) -> Vec<PeerStatus> {
        let entries = self.peers.values();
        let mut statuses: Vec<PeerStatus> = entries
            .map(|entry| {
                let is_trusted = self.is_trusted(&entry.connection.info.node_id);
                let is_static = entry.origin == Origin::Static;
                let lifetime = now.saturating_duration_since(entry.since);
                PeerStatus::new(&entry.connection, is_trusted, is_static, lifetime)
            })
            .collect();
        statuses.sort_by_key(|status| status.id);
        statuses
    }

    /// The connections to the peers that this server dialed itself.
    #[cfg(feature = "database")]
    pub(super) fn dialed(&self) -> impl Iterator<Item = &Connection> {
        let entries = self.peers.values();
        let dialed = entries.filter(|entry| entry.origin.is_dialed());
        dialed.map(|entry| &*entry.connection)
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.peers.values().map(|entry| &*entry.connection)
    }

    pub(super) fn infos(&self) -> impl Iterator<Item = &PeerInfo> {
        self.connections().map(|connection| &*connection.info)
    }

    fn count(&self, origin: Origin) -> usize {
        self.counts[origin as usize]
    }
}

#[cfg(test)]
pub(super) mod tests;
