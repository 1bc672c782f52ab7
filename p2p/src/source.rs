//! Where a server finds nodes to dial: the trait of all sources.

use std::fmt;

use async_trait::async_trait;

use crate::enode::Enode;

/// A source of nodes that a server may dial, in addition to its static nodes.
///
/// A server asks all its sources at once, each in its own task, and only when it has room to dial. It takes
/// turns between the nodes that they name. A node may wait until there is room again, and may then not be
/// dialed after all, because it is connected, was dialed a moment ago, or is outside the allowed networks. A
/// source that panics is not asked again, and this is logged. Put `#[async_trait]` on the `impl`.
///
/// ```
/// use p2p::{Enode, NodeSource, async_trait};
///
/// /// Nodes that another part of the program finds.
/// #[derive(Debug)]
/// struct Heard(tokio::sync::Mutex<tokio::sync::mpsc::Receiver<Enode>>);
///
/// #[async_trait]
/// impl NodeSource for Heard {
///     async fn next(&self) -> Option<Enode> {
///         self.0.lock().await.recv().await
///     }
/// }
/// ```
#[async_trait]
pub trait NodeSource: fmt::Debug + Send + Sync {
    /// Waits for the next node; `None` if there will never be another.
    ///
    /// A server makes one call at a time, drops it when it stops, and holds at most one node
    /// until there is room for it. A source that repeats its nodes should pause in between.
    async fn next(&self) -> Option<Enode>;

    /// The current address of this node, if the source knows it. It is called for a static node that could
    /// not be reached, by default at most once a minute, and less often while the source does not know.
    ///
    /// An answer with a different key, without a port, or outside the allowed networks is ignored. The
    /// answer does not replace the address that the user has given: if the node is not found at one of
    /// them, the other is dialed next time.
    async fn resolve(&self, node: &Enode) -> Option<Enode> {
        let _ = node;
        None
    }
}
