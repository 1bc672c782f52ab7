//! A source that names the nodes of a fixed list.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;

use crate::enode::Enode;
use crate::source::NodeSource;

/// A list of nodes to dial in turn when there is room, over and over: a place for bootstrap nodes.
///
/// Unlike static nodes, they are not kept connected, and they count towards the dialed share of peers.
///
/// ```
/// # use p2p::{Enode, NodeList, Server};
/// # fn set_up(known: Vec<Enode>) {
/// let builder = Server::builder().dial_candidates(NodeList::new(known));
/// # let _ = builder;
/// # }
/// ```
#[derive(Debug)]
pub struct NodeList {
    nodes: Vec<Enode>,
    /// How many nodes have been named, repetitions included.
    taken: AtomicUsize,
    /// The pause after each time all nodes have been named.
    pause: Duration,
}

impl NodeList {
    /// A source that names these nodes in order, and starts again after 10 seconds.
    pub fn new(nodes: impl IntoIterator<Item = Enode>) -> Self {
        Self {
            nodes: nodes.into_iter().collect(),
            taken: AtomicUsize::new(0),
            pause: Duration::from_secs(10),
        }
    }

    /// How long it pauses after all nodes have been named; 10 seconds by default.
    #[must_use]
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }
}

#[async_trait]
impl NodeSource for NodeList {
    async fn next(&self) -> Option<Enode> {
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        let index = taken.checked_rem(self.nodes.len())?;
        if taken > 0 && index == 0 {
            sleep(self.pause).await;
        }
        self.nodes.get(index).cloned()
    }

    /// Another address that the list has for the same key.
    async fn resolve(&self, node: &Enode) -> Option<Enode> {
        let others = self.nodes.iter().filter(|other| *other != node);
        let mut same = others.filter(|other| other.public_key() == node.public_key());
        same.next().cloned()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::identity::NodeKey;

    fn enode(n: u8, port: u16) -> Enode {
        let key = NodeKey::from_bytes(&[n; 32]).expect("valid");
        Enode::new(*key.public_key(), ([127, 0, 0, 1], port).into())
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_repeats_its_nodes_after_a_pause() {
        let nodes = [enode(1, 1), enode(2, 1)];
        let list = NodeList::new(nodes.clone()).pause(Duration::from_secs(7));
        let start = Instant::now();
        let mut named = Vec::new();
        for _ in 0..5 {
            named.extend(list.next().await);
        }
        assert_eq!(named, [&nodes[..], &nodes[..], &nodes[..1]].concat());
        assert_eq!(start.elapsed().as_secs(), 14);
    }

    #[tokio::test]
    async fn an_empty_list_ends_at_once() {
        assert_eq!(NodeList::new([]).next().await, None);
    }

    #[tokio::test]
    async fn a_list_resolves_to_its_other_address() {
        let list = NodeList::new([enode(1, 1), enode(2, 2), enode(1, 3)]);
        assert_eq!(list.resolve(&enode(1, 1)).await, Some(enode(1, 3)));
        assert_eq!(list.resolve(&enode(2, 2)).await, None);
    }
}
