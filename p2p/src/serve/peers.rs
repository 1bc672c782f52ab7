//! All peers of a protocol, and messages to many of them.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;

use super::peer::Peer;
use crate::connection::Connection;
use crate::connection::account::{Class, SharedCharge};
use crate::connection::batch::INLINE;
use crate::connection::encoded::{check_size, compress};
use crate::connection::queue::NoRoom;
use crate::identity::NodeId;
use crate::protocol::Protocol;
use crate::protocol::error::EncodeError;
use crate::protocol::table::MessageInfo;
use crate::sync::lock;

/// The current peers of a protocol.
///
/// Cheap to clone; every clone shows the same peers. A peer is included from when the protocol has
/// accepted it until the connection ends.
pub struct Peers<P: Protocol> {
    map: Arc<Mutex<BTreeMap<NodeId, Peer<P>>>>,
}

/// The result of a broadcast.
///
/// A skipped peer does not read fast enough. For news that it gets elsewhere too, ignore it; what must arrive,
/// [`send`](Peer::send) in a task of its own, or disconnect the peer.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a broadcast waits for no one: look at who was skipped"]
pub struct Broadcast<P: Protocol> {
    /// The number of peers for which the message was queued.
    pub sent: usize,
    /// The peers whose send queue had no room, or for whom there was no memory.
    pub skipped: Vec<Peer<P>>,
    /// The peers whose version lacks the message. Nothing is wrong with them:
    /// send them what their version has instead, or nothing.
    pub lacking: Vec<Peer<P>>,
}

impl<P: Protocol> Peers<P> {
    /// The number of peers.
    pub fn len(&self) -> usize {
        self.map().len()
    }

    /// Whether there are no peers.
    pub fn is_empty(&self) -> bool {
        self.map().is_empty()
    }

    /// A snapshot of the peers, ordered by node ID.
    ///
    /// Those that understand a message are
    /// `peers.list().into_iter().filter(|peer| message.is_in(peer.version()))`.
    pub fn list(&self) -> Vec<Peer<P>> {
        self.map().values().cloned().collect()
    }

    /// The peer with this node ID.
    pub fn find(&self, id: &NodeId) -> Option<Peer<P>> {
        self.map().get(id).cloned()
    }

    /// Sends a message to all peers, without waiting for any of them.
    ///
    /// It is encoded once for each version in use, and compressed once. Peers whose version lacks it are
    /// listed in [`lacking`](Broadcast::lacking); the others still get it.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if it can't be encoded in a version in use. By then it may have been sent to peers of
    /// another version.
    pub fn broadcast(&self, message: &P) -> Result<Broadcast<P>, EncodeError> {
        self.broadcast_where(message, |_| true)
    }

    /// Sends a message to all peers but this one, which it came from, like [`broadcast`](Self::broadcast).
    ///
    /// # Errors
    ///
    /// As for [`broadcast`](Self::broadcast).
    pub fn broadcast_except(
        &self,
        message: &P,
        except: &Peer<P>,
    ) -> Result<Broadcast<P>, EncodeError> {
        self.broadcast_where(message, |peer| peer != except)
    }

    /// Sends a message to the peers for which `wanted` returns `true`, like
    /// [`broadcast`](Self::broadcast).
    ///
    /// # Errors
    ///
    /// As for [`broadcast`](Self::broadcast).
    pub fn broadcast_where(
        &self,
        message: &P,
        mut wanted: impl FnMut(&Peer<P>) -> bool,
    ) -> Result<Broadcast<P>, EncodeError> {
        let mut payloads: Vec<EncodedOnce> = Vec::new();
        let mut outcome = Broadcast {
            sent: 0,
            skipped: Vec::new(),
            lacking: Vec::new(),
        };
        for peer in self.list() {
            if !wanted(&peer) {
                continue;
            }
            if !message.is_in(peer.version()) {
                outcome.lacking.push(peer);
                continue;
            }
            let known = payloads
                .iter()
                .position(|row| row.version == peer.version());
            let index = match known {
                Some(index) => index,
                None => {
                    peer.channel().check_code(message.code())?;
                    payloads.push(EncodedOnce::new(message, peer.version())?);
                    payloads.len() - 1
                }
            };
            let payload = &mut payloads[index];
            let Some(bytes) = payload.bytes(message.info(), &peer.connection)? else {
                outcome.skipped.push(peer);
                continue;
            };
            match peer.try_push_shared(message.code(), bytes) {
                Ok(()) => outcome.sent += 1,
                Err(NoRoom::Full) => outcome.skipped.push(peer),
                Err(NoRoom::Closed) => {}
            }
        }
        Ok(outcome)
    }

    pub(super) fn insert(&self, peer: Peer<P>) {
        self.map().insert(peer.id(), peer);
    }

    /// Removes the peer, unless another connection to the same node has taken its place.
    pub(super) fn remove(&self, peer: &Peer<P>) {
        let mut map = self.map();
        if map.get(&peer.id()).is_some_and(|there| there == peer) {
            map.remove(&peer.id());
        }
    }

    fn map(&self) -> MutexGuard<'_, BTreeMap<NodeId, Peer<P>>> {
        lock(&self.map)
    }
}

impl<P: Protocol> Peer<P> {
    /// All peers that speak `P`, including this one once it is accepted.
    pub fn peers(&self) -> Peers<P> {
        let any: &(dyn Any + Send + Sync) = &*self.channel().peers;
        any.downcast_ref().cloned().unwrap_or_default()
    }

    /// The handle for another protocol on the same connection, if it is spoken there.
    ///
    /// That protocol may not have accepted the peer yet; it has once the peer is among its
    /// [`peers`](Self::peers). The peer may treat a message that arrives before that protocol's handshake as
    /// a breach.
    pub fn protocol<Q: Protocol>(&self) -> Option<Peer<Q>> {
        let mut channels = self.connection.channels.iter();
        let channel = channels.position(|channel| channel.peers.is::<Peers<Q>>())?;
        let channel = u16::try_from(channel).ok()?;
        Some(Peer::of(self.connection.clone(), channel))
    }
}

/// A message of a broadcast, encoded in one version.
struct EncodedOnce {
    version: u64,
    plain: Vec<u8>,
    /// What peers without compression are sent, and those with it.
    shared: [Option<Bytes>; 2],
}

/// Bytes that many queues share. They are charged once, to the server.
struct Shared {
    bytes: Vec<u8>,
    _charge: SharedCharge,
}

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl EncodedOnce {
    fn new<P: Protocol>(message: &P, version: u64) -> Result<Self, EncodeError> {
        let mut plain = Vec::new();
        message.encode(version, None, &mut plain)?;
        check_size(message.info(), plain.len(), 0)?;
        Ok(Self {
            version,
            plain,
            shared: [None, None],
        })
    }

    /// The bytes for a peer; `None` if there is no memory for them.
    fn bytes(
        &mut self,
        info: &MessageInfo,
        connection: &Connection,
    ) -> Result<Option<Bytes>, EncodeError> {
        let shared = &mut self.shared[usize::from(connection.snappy)];
        if let Some(bytes) = shared {
            return Ok(Some(bytes.clone()));
        }
        let bytes = if connection.snappy {
            compress(info, &self.plain)?
        } else {
            check_size(info, self.plain.len(), self.plain.len())?;
            self.plain.clone()
        };
        let bytes = if bytes.len() <= INLINE {
            // The queues bound them.
            Bytes::from(bytes)
        } else {
            let charge = connection
                .account
                .try_take_shared(Class::Send, bytes.capacity());
            let Some(charge) = charge else {
                return Ok(None);
            };
            Bytes::from_owner(Shared {
                bytes,
                _charge: charge,
            })
        };
        Ok(Some(shared.insert(bytes).clone()))
    }
}

impl<P: Protocol> Default for Peers<P> {
    fn default() -> Self {
        Self {
            map: Arc::default(),
        }
    }
}

impl<P: Protocol> Clone for Peers<P> {
    fn clone(&self) -> Self {
        Self {
            map: self.map.clone(),
        }
    }
}

impl<P: Protocol> fmt::Debug for Peers<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peers")
            .field("protocol", &P::NAME)
            .field("peers", &self.map().keys())
            .finish()
    }
}
