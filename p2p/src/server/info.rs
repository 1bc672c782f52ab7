//! Information about a server and its peers, for a console or an RPC.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

#[cfg(feature = "serde")]
use serde::ser::SerializeStruct;
#[cfg(feature = "serde")]
use serde::{Serialize, Serializer};
#[cfg(feature = "serde")]
use serde_json::Value;

use super::Server;
use super::core::now;
use crate::capability::Capability;
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

/// What a node offers of a protocol.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NodeProtocol {
    /// The versions, the lowest first.
    pub versions: Vec<u64>,
    /// What the program says about it ([`Service::node_info`](crate::Service::node_info)), which replaces the
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
    /// What software the peer says it is.
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
    /// Whether the peer opened the connection.
    pub inbound: bool,
    /// Whether the peer is currently trusted.
    pub trusted: bool,
    /// Whether it was dialed because it is a static node.
    #[cfg_attr(feature = "serde", serde(rename = "static"))]
    pub is_static: bool,
}

/// How a protocol is spoken with a peer.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerProtocol {
    /// The version.
    pub version: u64,
    /// What the program says about the peer ([`Service::peer_info`](crate::Service::peer_info)), which replaces
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

impl Server {
    /// A summary of each peer, ordered by ID, like go-ethereum's `admin.peers`. It includes whether the peer
    /// is trusted or static, and how long it has been a peer.
    pub fn peers_info(&self) -> Vec<PeerStatus> {
        let statuses = self.core().table().statuses(now());
        // Without the lock, for the program may ask the server while it is asked.
        #[cfg(feature = "serde")]
        let statuses = self.with_details(statuses);
        statuses
    }

    #[cfg(feature = "serde")]
    fn with_details(&self, mut statuses: Vec<PeerStatus>) -> Vec<PeerStatus> {
        for status in &mut statuses {
            for service in &self.core().services {
                // Of several services with versions of one protocol, one knows the peer.
                if let Some(protocol) = status.protocols.get_mut(service.name())
                    && let Some(details) = service.peer_info_json(&status.id)
                {
                    protocol.details = Some(details);
                }
            }
        }
        statuses
    }

    /// A summary of this node, like go-ethereum's `admin.nodeInfo`.
    pub fn node_info(&self) -> NodeInfo {
        let enode = self.enode();
        let ip = enode.ip().unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let mut protocols = BTreeMap::<String, NodeProtocol>::new();
        for service in &self.core().services {
            let protocol = protocols.entry(service.name().to_owned()).or_default();
            protocol.versions.extend(service.offered());
            protocol.versions.sort_unstable();
            #[cfg(feature = "serde")]
            if protocol.details.is_none() {
                protocol.details = service.node_info_json();
            }
        }
        NodeInfo {
            id: self.public_key().node_id(),
            name: self.name().to_owned(),
            ip,
            ports: Ports {
                // There is none yet, whatever the URL, which is easier to pass on without its query, seems to say.
                discovery: 0,
                listener: enode.tcp_port(),
            },
            listen_addr: self.listen_addr(),
            protocols,
            enode,
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
