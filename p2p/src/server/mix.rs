//! A fair mix of what several sources name: each gets its turn, and none holds up the others.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{Receiver, channel};

use super::core::Core;
use crate::enode::Enode;

/// The sources, each with at most one node that waits to be taken.
#[derive(Debug)]
pub(super) struct Mix {
    sources: Vec<Receiver<Enode>>,
    /// Whose turn it is.
    turn: usize,
}

impl Mix {
    /// Asks all sources of a server, each in a task of its own, until it stops.
    pub(super) fn of(core: &Arc<Core>) -> Self {
        let sources = core.config.sources.iter().map(|source| {
            let (sender, receiver) = channel(1);
            let (core, source) = (core.clone(), source.clone());
            core.clone().spawn(async move {
                let ask = async {
                    // Asks for the next only when this one was taken or is next to be.
                    while let Ok(place) = sender.reserve().await
                        && let Some(node) = source.next().await
                    {
                        place.send(node);
                    }
                };
                tokio::select! {
                    () = ask => {}
                    () = core.stopped() => {}
                }
            });
            receiver
        });
        Self::new(sources.collect())
    }

    fn new(sources: Vec<Receiver<Enode>>) -> Self {
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
            match self.sources[index].poll_recv(context) {
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
    use futures_util::FutureExt;

    use super::*;
    use crate::identity::NodeKey;

    fn enode(n: u8) -> Enode {
        let key = NodeKey::from_bytes(&[n; 32]).expect("valid");
        Enode::new(*key.public_key(), ([127, 0, 0, 1], 30303).into())
    }

    fn source(nodes: impl IntoIterator<Item = u8>) -> Receiver<Enode> {
        let (sender, receiver) = channel(100);
        for n in nodes {
            sender.try_send(enode(n)).expect("room");
        }
        receiver
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
        let mut mix = Mix::new(vec![slow, source(1..=2)]);
        assert_eq!(mix.next().await, Some(enode(1)));
        assert_eq!(mix.next().await, Some(enode(2)));
        assert_eq!(mix.next().now_or_never(), None, "it waits");
        sender.try_send(enode(9)).expect("room");
        assert_eq!(mix.next().await, Some(enode(9)));
        drop(sender);
        assert_eq!(mix.next().await, None);
    }
}
