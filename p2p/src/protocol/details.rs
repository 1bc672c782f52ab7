//! What a program tells of its protocol and of each peer, for a console or an RPC.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde_json::{Value, to_value};

use super::{Peer, Protocol, Service};
use crate::identity::NodeId;

/// What is asked when somebody wants to know.
pub(super) struct Details<P: Protocol> {
    node: Option<Box<dyn Fn() -> Option<Value> + Send + Sync>>,
    peer: Option<Box<TellOfPeer<P>>>,
}

type TellOfPeer<P> = dyn Fn(&Peer<P>) -> Option<Value> + Send + Sync;

impl<P: Protocol> Default for Details<P> {
    fn default() -> Self {
        let (node, peer) = (None, None);
        Self { node, peer }
    }
}

impl<P: Protocol> Service<P> {
    /// What `Server::node_info` reports for this protocol instead of the versions,
    /// which are the default. `tell` is called on each request, and must not block.
    ///
    /// If `tell` panics, or its value serialises to nothing (`None`) or fails to serialise, it is left out.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use std::sync::Arc;
    ///
    /// # use p2p::{Protocol, Service};
    /// # #[derive(Protocol)]
    /// # #[protocol(name = "chain", version = 1)]
    /// # enum Message { Head(u64) }
    /// # fn service() -> Service<Message> { Message::run(|_, _| async { Ok(()) }) }
    /// let height = Arc::new(AtomicU64::new(0));
    /// let told = height.clone();
    /// let service: Service<Message> = service()
    ///     .node_info(move || told.load(Ordering::Relaxed))
    ///     .peer_info(|peer| peer.info().p2p_version);
    /// # let _ = service;
    /// ```
    pub fn node_info<T: Serialize>(mut self, tell: impl Fn() -> T + Send + Sync + 'static) -> Self {
        self.details.node = Some(Box::new(move || value::<P, T>(&tell)));
        self
    }

    /// What `Server::peers_info` reports for this protocol and a peer instead of the
    /// version. Like [`node_info`](Self::node_info), but called for each peer that the protocol has accepted.
    pub fn peer_info<T: Serialize>(
        mut self,
        tell: impl Fn(&Peer<P>) -> T + Send + Sync + 'static,
    ) -> Self {
        self.details.peer = Some(Box::new(move |peer| value::<P, T>(|| tell(peer))));
        self
    }

    pub(super) fn told_of_node(&self) -> Option<Value> {
        self.details.node.as_ref()?()
    }

    pub(super) fn told_of_peer(&self, id: &NodeId) -> Option<Value> {
        let tell = self.details.peer.as_ref()?;
        tell(&self.peers().find(id)?)
    }
}

/// What was told, if it is something.
fn value<P: Protocol, T: Serialize>(tell: impl Fn() -> T) -> Option<Value> {
    let protocol = P::NAME;
    match catch_unwind(AssertUnwindSafe(|| to_value(tell()))) {
        Ok(Ok(Value::Null)) => None,
        Ok(Ok(value)) => Some(value),
        Ok(Err(error)) => {
            tracing::warn!(protocol, %error, "what is told of a protocol does not serialise");
            None
        }
        Err(_) => {
            tracing::warn!(protocol, "what tells of a protocol panicked");
            None
        }
    }
}
