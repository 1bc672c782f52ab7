//! Who may be a peer, and who is.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use super::addresses::AddressLimits;
use super::info::{PeerNetwork, PeerProtocol, PeerStatus};
use crate::enode::Enode;
use crate::identity::NodeId;
use crate::peer::Refusal;
use crate::protocol::{Connection, Direction, PeerInfo};

/// The connected peers, and the rules for adding one.
#[derive(Debug)]
pub(super) struct Table {
    rules: Rules,
    peers: HashMap<NodeId, Place>,
    /// How many of them have come so, by the origin's number.
    counts: [usize; 5],
    /// Nodes that have connected to us and are about to exchange Hello, and from where.
    arriving: Vec<(NodeId, Option<IpAddr>)>,
    /// Nodes that are not admitted, and until when.
    bans: HashMap<NodeId, Instant>,
    /// No ban ends before.
    next_unban: Option<Instant>,
    stopping: bool,
}

/// What decides who may be a peer.
#[derive(Debug)]
pub(super) struct Rules {
    /// This node, which is never its own peer.
    pub(super) own: NodeId,
    pub(super) limits: PeerLimits,
    /// Nodes for which these limits don't hold.
    pub(super) trusted: HashSet<NodeId>,
}

/// How many peers there may be at a time, as returned by [`Server::limits`](crate::Server::limits).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerLimits {
    /// In total.
    pub peers: usize,
    /// Inbound.
    pub inbound: usize,
    /// Dialed because a source named them; 0 if there is no source. Static nodes and those passed to
    /// [`Server::connect`](crate::Server::connect) are not among them. No more are dialed once there are so many;
    /// there may be up to twice as many, because that many dials run at once, and all that succeed are kept.
    pub dialed: usize,
    /// Per address or subnet.
    pub addresses: AddressLimits,
}

/// How a connection came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The peer has connected.
    Inbound,
    /// It is a static node.
    Static,
    /// A source has named it.
    Candidate,
    /// The user has asked for it.
    Asked,
    /// The user has opened a stream to it, as if it had been dialed.
    Opened,
}

impl Origin {
    pub(super) fn direction(self) -> Direction {
        match self {
            Self::Inbound => Direction::Inbound,
            Self::Static | Self::Candidate | Self::Asked | Self::Opened => Direction::Outbound,
        }
    }

    /// Whether this node has dialed the peer's address itself.
    #[cfg(feature = "database")]
    pub(super) fn is_dialed(self) -> bool {
        matches!(self, Self::Static | Self::Candidate | Self::Asked)
    }
}

/// Why a node is not to be dialed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It is this node.
    Own,
    /// It does not listen.
    NoPort,
    /// It is being dialed.
    Dialing,
    /// It is a peer.
    Connected,
    /// It has connected to us, and is not a peer yet.
    Arriving,
    /// It is outside the networks that are allowed.
    Restricted,
    /// It was dialed a short while ago.
    Recent,
    /// It is banned.
    Banned,
    /// As many nodes near it are peers or are dialed as allowed.
    Crowded,
    /// There is no room for it.
    NoRoom,
    /// The server is stopping.
    Stopping,
}

/// A peer, and how and when it came.
#[derive(Debug)]
struct Place {
    connection: Arc<Connection>,
    origin: Origin,
    since: Instant,
}

impl Table {
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

    /// Whether this node may be added now, at this address if it is known.
    ///
    /// The order decides which reason a peer is told, and is go-ethereum's. As there, the share of nodes from
    /// sources says how many are dialed: it is no reason to send one away that was reached.
    pub(super) fn check(
        &self,
        id: &NodeId,
        origin: Origin,
        ip: Option<IpAddr>,
    ) -> Result<(), Refusal> {
        let PeerLimits { peers, inbound, .. } = self.rules.limits;
        let limited = !self.is_trusted(id);
        let is_inbound = origin == Origin::Inbound;
        if self.stopping {
            Err(Refusal::Stopping)
        } else if limited && self.bans.contains_key(id) {
            Err(Refusal::Banned)
        } else if limited && self.peers.len() >= peers {
            Err(Refusal::TooManyPeers { limit: peers })
        } else if limited && is_inbound && self.count(origin) >= inbound {
            Err(Refusal::TooManyInbound { limit: inbound })
        } else if limited && let Err(refusal) = self.check_address(origin, ip) {
            Err(refusal)
        } else if self.peers.contains_key(id) {
            Err(Refusal::AlreadyConnected)
        } else if *id == self.rules.own {
            Err(Refusal::ConnectedToSelf)
        } else {
            Ok(())
        }
    }

    fn check_address(&self, origin: Origin, ip: Option<IpAddr>) -> Result<(), Refusal> {
        match (origin, ip) {
            (Origin::Inbound | Origin::Candidate, Some(ip)) => {
                self.limits().addresses.check_peer(ip, self.addresses())
            }
            _ => Ok(()),
        }
    }

    /// The addresses of the peers.
    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let infos = self.peers.values().map(|place| &place.connection.info);
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
        let place = Place {
            connection,
            origin,
            since: now,
        };
        self.peers.insert(id, place);
        self.counts[origin as usize] += 1;
        Ok(())
    }

    /// Removes a peer that was added.
    pub(super) fn remove(&mut self, connection: &Connection) {
        if let Some(place) = self.peers.remove(&connection.info.node_id) {
            self.counts[place.origin as usize] -= 1;
        }
    }

    /// Notes that a node has connected to us and is about to exchange Hello.
    pub(super) fn arrive(&mut self, id: NodeId, from: Option<IpAddr>) {
        self.arriving.push((id, from));
    }

    /// Notes that such a node is a peer now, or will not be one.
    pub(super) fn arrived(&mut self, id: NodeId, from: Option<IpAddr>) {
        let arrived = self.arriving.iter().position(|one| *one == (id, from));
        if let Some(index) = arrived {
            self.arriving.swap_remove(index);
        }
    }

    /// Whether the node that would be dialed at this address is about to be a peer by itself. It has not proved yet who
    /// it is, and must not keep us from a node that is elsewhere.
    fn is_arriving(&self, id: &NodeId, at: Option<IpAddr>) -> bool {
        let is_there = |from: IpAddr| at.is_some_and(|at| at.to_canonical() == from.to_canonical());
        let mut arriving = self.arriving.iter();
        arriving.any(|(one, from)| one == id && from.is_none_or(is_there))
    }

    /// Whether a node is this one.
    pub(super) fn is_own(&self, id: &NodeId) -> bool {
        *id == self.rules.own
    }

    /// Why there is no point in dialing this node at this address now, whatever room there is.
    pub(super) fn obstacle(&self, id: &NodeId, at: Option<IpAddr>) -> Option<Obstacle> {
        if self.stopping {
            Some(Obstacle::Stopping)
        } else if *id == self.rules.own {
            Some(Obstacle::Own)
        } else if self.peers.contains_key(id) {
            Some(Obstacle::Connected)
        } else if self.is_arriving(id, at) {
            Some(Obstacle::Arriving)
        } else if self.bans.contains_key(id) && !self.is_trusted(id) {
            Some(Obstacle::Banned)
        } else {
            None
        }
    }

    /// How many more peers there may be.
    pub(super) fn room(&self) -> usize {
        self.rules.limits.peers.saturating_sub(self.peers.len())
    }

    /// How many more peers there may be of those that sources name.
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

    /// Admits a node above the limits from now on.
    pub(super) fn trust(&mut self, id: NodeId) {
        self.rules.trusted.insert(id);
    }

    /// Holds a node to the limits from now on. If it is a peer, it stays one.
    pub(super) fn distrust(&mut self, id: &NodeId) {
        self.rules.trusted.remove(id);
    }

    /// Admits a node no more until then, unless it is trusted.
    pub(super) fn ban(&mut self, id: NodeId, until: Instant) {
        self.bans.insert(id, until);
        self.next_unban = self.next_unban.into_iter().chain([until]).min();
    }

    /// Ends a ban before its time. `false` if there is none.
    pub(super) fn unban(&mut self, id: &NodeId) -> bool {
        self.bans.remove(id).is_some()
    }

    /// When a node's ban ends, if it is banned.
    pub(super) fn banned_until(&self, id: &NodeId) -> Option<Instant> {
        self.bans.get(id).copied()
    }

    /// When the next ban ends, at the earliest.
    pub(super) fn next_unban(&self) -> Option<Instant> {
        self.next_unban
    }

    /// Ends the bans whose time is over; to be called before the table is asked anything.
    pub(super) fn pass(&mut self, now: Instant) {
        if self.next_unban.is_some_and(|until| until <= now) {
            self.bans.retain(|_, until| *until > now);
            self.next_unban = self.bans.values().min().copied();
        }
    }

    /// Since when a node is a peer, if it is one.
    pub(super) fn since(&self, id: &NodeId) -> Option<Instant> {
        self.peers.get(id).map(|place| place.since)
    }

    /// Refuses everyone from now on, and gives the connections of all who are there.
    pub(super) fn stop(&mut self) -> Vec<Arc<Connection>> {
        self.stopping = true;
        let places = self.peers.values();
        places.map(|place| place.connection.clone()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.peers.len()
    }

    pub(super) fn find(&self, id: &NodeId) -> Option<Arc<Connection>> {
        self.peers.get(id).map(|place| place.connection.clone())
    }

    /// What is told of each peer, in the order of their ids.
    pub(super) fn statuses(&self, now: Instant) -> Vec<PeerStatus> {
        let places = self.peers.values();
        let mut statuses: Vec<PeerStatus> = places.map(|place| self.status(place, now)).collect();
        statuses.sort_by_key(|status| status.id);
        statuses
    }

    fn status(&self, place: &Place, now: Instant) -> PeerStatus {
        let Connection { info, channels, .. } = &*place.connection;
        let nowhere = (Ipv4Addr::UNSPECIFIED, 0).into();
        let mut caps = info.capabilities.clone();
        caps.sort();
        let protocols = channels.iter().map(|channel| {
            let protocol = PeerProtocol {
                version: channel.version,
                #[cfg(feature = "serde")]
                details: None,
            };
            (channel.protocol.to_owned(), protocol)
        });
        PeerStatus {
            enode: Enode::new(info.public_key, info.remote_addr.unwrap_or(nowhere)),
            id: info.node_id,
            name: info.client.clone(),
            caps,
            network: PeerNetwork {
                local_address: info.local_addr,
                remote_address: info.remote_addr,
                inbound: info.direction == Direction::Inbound,
                trusted: self.is_trusted(&info.node_id),
                is_static: place.origin == Origin::Static,
            },
            protocols: protocols.collect(),
            lifetime: now.saturating_duration_since(place.since),
        }
    }

    /// The connections of those that this node has dialed itself.
    #[cfg(feature = "database")]
    pub(super) fn dialed(&self) -> impl Iterator<Item = &Connection> {
        let places = self.peers.values();
        let dialed = places.filter(|place| place.origin.is_dialed());
        dialed.map(|place| &*place.connection)
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.peers.values().map(|place| &*place.connection)
    }

    pub(super) fn infos(&self) -> Vec<PeerInfo> {
        let places = self.peers.values();
        places
            .map(|place| PeerInfo::clone(&place.connection.info))
            .collect()
    }

    fn count(&self, origin: Origin) -> usize {
        self.counts[origin as usize]
    }
}

#[cfg(test)]
pub(super) mod tests;
