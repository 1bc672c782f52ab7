//! A fair mix of what several sources name: each gets its turn, and none holds up the others.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::Notify;
use tokio::sync::mpsc::{Receiver, channel};

use super::core::Core;
use crate::enode::Enode;
use crate::future::catch_panic;
use crate::protocol::show::Escaped;
use crate::source::NodeSource;

/// The sources, which are asked only when a node is wanted.
#[derive(Debug)]
pub(super) struct Mix {
    sources: Vec<Source>,
    /// Whose turn it is.
    turn: usize,
}

/// A source, with at most one node that waits to be taken.
#[derive(Debug)]
struct Source {
    /// Asks it for a node.
    ask: Arc<Notify>,
    /// Whether it was asked for one that was not taken yet.
    is_asked: bool,
    named: Receiver<Enode>,
}

impl Source {
    /// A source, and what is to be run to ask it.
    fn new(source: Arc<dyn NodeSource>) -> (Self, impl Future<Output = ()> + Send) {
        let (sender, named) = channel(1);
        let ask = Arc::new(Notify::new());
        let asked = ask.clone();
        let asking = async move {
            loop {
                asked.notified().await;
                let next = catch_panic(source.next()).await;
                let node = next.unwrap_or_else(|text| {
                    let panic = Escaped(&text);
                    tracing::warn!(%panic, "a source of nodes panicked, and is asked no more");
                    None
                });
                // There is room: the one before was taken.
                if node.is_none_or(|node| sender.try_send(node).is_err()) {
                    return;
                }
            }
        };
        let source = Self {
            ask,
            is_asked: false,
            named,
        };
        (source, asking)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Enode>> {
        if !self.is_asked {
            self.ask.notify_one();
            self.is_asked = true;
        }
        let polled = self.named.poll_recv(context);
        self.is_asked = polled.is_pending();
        polled
    }
}

impl Mix {
    /// The sources of a server, each in a task of its own, until it stops.
    pub(super) fn of(core: &Arc<Core>) -> Self {
        let sources = core.parts.sources.iter().map(|source| {
            let (source, asking) = Source::new(source.clone());
            let stopping = core.clone();
            core.spawn(async move {
                tokio::select! {
                    () = asking => {}
                    () = stopping.stopped() => {}
                }
            });
            source
        });
        Self::new(sources.collect())
    }

    fn new(sources: Vec<Source>) -> Self {
        Self { sources, turn: 0 }
    }

    /// The next node of the source whose turn it is, or else of the next that has one; `None` when all
    /// sources have ended. If the future is dropped, nothing is lost.
    pub(super) async fn next(&mut self) -> Option<Enode> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Enode>> {
        let count = self.sources.len();
        let mut all_ended = true;
        for index in (self.turn..count).chain(0..self.turn.min(count)) {
            match self.sources[index].poll(context) {
                Poll::Ready(Some(node)) => {
                    self.turn = (index + 1) % count;
                    return Poll::Ready(Some(node));
                }
                Poll::Ready(None) => {}
                Poll::Pending => all_ended = false,
            }
        }
        match all_ended {
            true => Poll::Ready(None),
            false => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use futures_util::FutureExt;

    use super::*;
    use crate::identity::NodeKey;

    fn enode(n: u8) -> Enode {
        let key = NodeKey::from_bytes(&[n; 32]).expect("valid");
        Enode::new(*key.public_key(), ([127, 0, 0, 1], 30303).into())
    }

    /// A source that has named all its nodes already.
    fn named(named: Receiver<Enode>) -> Source {
        Source {
            ask: Arc::default(),
            is_asked: false,
            named,
        }
    }

    fn source(nodes: impl IntoIterator<Item = u8>) -> Source {
        let (sender, receiver) = channel(100);
        for n in nodes {
            sender.try_send(enode(n)).expect("room");
        }
        named(receiver)
    }

    /// A source that counts how often it is asked, and panics when it has named 5 nodes.
    #[derive(Debug, Default)]
    struct Counting(AtomicU8);

    #[crate::async_trait]
    impl NodeSource for Counting {
        async fn next(&self) -> Option<Enode> {
            let asked = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            assert!(asked <= 5, "on purpose");
            Some(enode(asked))
        }
    }

    #[tokio::test]
    async fn a_source_is_asked_only_when_a_node_is_wanted_and_ends_by_a_panic() {
        let counting = Arc::new(Counting::default());
        let (source, asking) = Source::new(counting.clone());
        let mut mix = Mix::new(vec![source]);
        let takes = async {
            for n in 1..=5 {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                assert_eq!(counting.0.load(Ordering::Relaxed), n - 1);
                assert_eq!(mix.next().await, Some(enode(n)));
            }
            assert_eq!(mix.next().await, None);
        };
        tokio::join!(asking, takes);
    }

    #[tokio::test]
    async fn sources_take_turns_and_one_that_has_ended_is_left_out() {
        let mut mix = Mix::new(vec![source(1..=3), source([]), source(11..=12)]);
        let mut named = Vec::new();
        while let Some(node) = mix.next().await {
            named.push(node);
        }
        assert_eq!(named, [1, 11, 2, 12, 3].map(enode));
    }

    #[tokio::test]
    async fn a_source_that_has_nothing_yet_does_not_hold_up_the_others() {
        let (sender, slow) = channel(1);
        let mut mix = Mix::new(vec![named(slow), source(1..=2)]);
        assert_eq!(mix.next().await, Some(enode(1)));
        assert_eq!(mix.next().await, Some(enode(2)));
        assert_eq!(mix.next().now_or_never(), None, "it waits");
        sender.try_send(enode(9)).expect("room");
        assert_eq!(mix.next().await, Some(enode(9)));
        drop(sender);
        assert_eq!(mix.next().await, None);
    }
}
