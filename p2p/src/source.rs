//! Where a server finds nodes to dial: the trait of all sources.

use std::fmt;

use async_trait::async_trait;

use crate::enode::Enode;

/// A source of nodes that a server may dial, beside its static nodes.
///
/// A server asks all its sources at once, each in a task of its own, and only when it has room to dial; it
/// takes what they name in turn. A node may wait until there is room again, and may be left alone
/// then, because it is connected, was dialed a moment ago, or is outside the networks that are
/// allowed. A source that panics is asked no more, and the log tells so. Write `#[async_trait]` on the `impl`.
///
/// ```
/// use p2p::{Enode, NodeSource, async_trait};
///
/// /// Nodes that a program hears of by its own means.
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
    /// The next node, waited for until there is one; `None` when there will never be another.
    ///
    /// A server has at most one call under way, drops it when it stops, and keeps one node at most
    /// that it has no room for yet, for as long as that takes. A source that repeats itself should rest in between.
    async fn next(&self) -> Option<Enode>;

    /// Where this node is now, if the source can tell: it is asked for a static node that could not be
    /// reached, at most once a minute unless set, and less often while it does not know.
    ///
    /// An answer with another key is ignored, and so is one without a port or outside the networks that are
    /// allowed. What is answered does not replace what the user has given: where the node is not found at
    /// the one, it is dialed at the other the next time.
    async fn resolve(&self, node: &Enode) -> Option<Enode> {
        let _ = node;
        None
    }
}
