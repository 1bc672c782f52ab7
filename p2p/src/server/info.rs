//! Summaries of a server and its peers, for a console or an RPC.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

#[cfg(feature = "serde")]
use serde::ser::SerializeStruct;
#[cfg(feature = "serde")]
use serde::{Serialize, Serializer};
#[cfg(feature = "serde")]
use serde_json::Value;

use crate::capability::Capability;
use crate::connection::Connection;
use crate::connection::info::Direction;
use crate::enode::Enode;
use crate::identity::NodeId;

/// A summary of this node, like go-ethereum's `admin.nodeInfo`.
///
/// With the feature `serde` it serialises to the same JSON, except for the node record (`enr`), which does
/// not exist yet. Each protocol shows its versions, or what `Service::node_info` returns.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct NodeInfo {
    /// The node ID.
    #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
    pub id: NodeId,
    /// The software name that is sent to peers.
    pub name: String,
    /// The URL at which others reach this node.
    #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
    pub enode: Enode,
    /// The address in that URL.
    pub ip: IpAddr,
    /// The ports at which it is reached.
    pub ports: Ports,
    /// The address that it listens on, if it does; otherwise an empty string in JSON.
    #[cfg_attr(feature = "serde", serde(serialize_with = "text_or_empty"))]
    pub listen_addr: Option<SocketAddr>,
    /// The protocols offered, by name.
    pub protocols: BTreeMap<String, NodeProtocol>,
}

/// The ports at which a node is reached.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize))]
pub struct Ports {
    /// The UDP port of discovery; 0, because there is no discovery yet.
    pub discovery: u16,
    /// The TCP port of RLPx.
    pub listener: u16,
}

/// A protocol that a node offers.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeProtocol {
    /// The versions, the lowest first.
    pub versions: Vec<u64>,
    /// The program's own description ([`Service::node_info`](crate::Service::node_info)), which replaces the
    /// versions in JSON.
    #[cfg(feature = "serde")]
    pub details: Option<Value>,
}

#[cfg(feature = "serde")]
impl Serialize for NodeProtocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(details) = &self.details {
            return details.serialize(serializer);
        }
        let mut fields = serializer.serialize_struct("NodeProtocol", 1)?;
        fields.serialize_field("versions", &self.versions)?;
        fields.end()
    }
}

/// A summary of a connected peer, like an entry of go-ethereum's `admin.peers`.
///
/// With the feature `serde` it serialises to the same JSON. Each protocol shows its version, or what
/// `Service::peer_info` returns.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize))]
pub struct PeerStatus {
    /// The peer's key and the address of the connection. An inbound peer listens on a different port.
    #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
    pub enode: Enode,
    /// The peer's node ID.
    #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
    pub id: NodeId,
    /// The software that the peer claims to be.
    pub name: String,
    /// All capabilities that the peer offers, shared or not, in order.
    #[cfg_attr(feature = "serde", serde(serialize_with = "texts"))]
    pub caps: Vec<Capability>,
    /// The connection.
    pub network: PeerNetwork,
    /// The protocols spoken with it, by name.
    pub protocols: BTreeMap<String, PeerProtocol>,
    /// How long it has been a peer; not in the JSON, because go-ethereum's has no such field.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub lifetime: Duration,
}

/// A peer's connection.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct PeerNetwork {
    /// This node's address on it; an empty string in JSON if unknown.
    #[cfg_attr(feature = "serde", serde(serialize_with = "text_or_empty"))]
    pub local_address: Option<SocketAddr>,
    /// The peer's address on it; an empty string in JSON if unknown.
    #[cfg_attr(feature = "serde", serde(serialize_with = "text_or_empty"))]
    pub remote_address: Option<SocketAddr>,
    /// True if the peer opened the connection.
    pub inbound: bool,
    /// True if the peer is currently trusted.
    pub trusted: bool,
    /// True if it was dialed because it is a static node.
    #[cfg_attr(feature = "serde", serde(rename = "static"))]
    pub is_static: bool,
}

/// How a protocol is spoken with a peer.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerProtocol {
    /// The version.
    pub version: u64,
    /// The program's own description of the peer ([`Service::peer_info`](crate::Service::peer_info)), which replaces
    /// the version in JSON.
    #[cfg(feature = "serde")]
    pub details: Option<Value>,
}

#[cfg(feature = "serde")]
impl Serialize for PeerProtocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(details) = &self.details {
            return details.serialize(serializer);
        }
        let mut fields = serializer.serialize_struct("PeerProtocol", 1)?;
        fields.serialize_field("version", &self.version)?;
        fields.end()
    }
}

impl PeerStatus {
    /// A summary of a connection, without the program's own descriptions.
    pub(super) fn new(
        connection: &Connection,
        is_trusted: bool,
        is_static: bool,
        lifetime: Duration,
    ) -> Self {
        let Connection { info, channels, .. } = connection;
        let nowhere = (Ipv4Addr::UNSPECIFIED, 0).into();
        let mut caps = info.capabilities.clone();
        caps.sort();
        let protocols = channels.iter().map(|channel| {
            let protocol = PeerProtocol {
                version: channel.messages.version,
                #[cfg(feature = "serde")]
                details: None,
            };
            (channel.protocol().to_owned(), protocol)
        });
        Self {
            enode: Enode::new(info.public_key, info.remote_addr.unwrap_or(nowhere)),
            id: info.node_id,
            name: info.client.clone(),
            caps,
            network: PeerNetwork {
                local_address: info.local_addr,
                remote_address: info.remote_addr,
                inbound: info.direction == Direction::Inbound,
                trusted: is_trusted,
                is_static,
            },
            protocols: protocols.collect(),
            lifetime,
        }
    }
}

#[cfg(feature = "serde")]
fn text<S: Serializer>(value: &impl ToString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

#[cfg(feature = "serde")]
fn text_or_empty<S: Serializer>(
    value: &Option<SocketAddr>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = value.map(|address| address.to_string());
    serializer.serialize_str(&text.unwrap_or_default())
}

#[cfg(feature = "serde")]
fn texts<S: Serializer>(values: &[Capability], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}
