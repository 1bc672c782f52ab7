//! The lane of this process for long work: one thread of the runtime always stays free for short work.

use std::sync::OnceLock;
use std::thread::available_parallelism;

use crate::budget::{Budget, Take};

/// Bytes of messages that a task may decode before others have their turn. A message with more is long work.
pub(crate) const TURN: usize = 64 * 1024;

/// One for each thread but one, for all runtimes of the process.
static LANE: OnceLock<Budget> = OnceLock::new();

fn lane() -> &'static Budget {
    LANE.get_or_init(|| {
        let threads = available_parallelism().map_or(1, usize::from);
        Budget::new(threads.saturating_sub(1).max(1))
    })
}

/// A place in the lane.
#[derive(Debug)]
pub(crate) struct Place(());

impl Place {
    /// Waits for a place, first come, first served. Hold it for the work alone, never over an await.
    pub(crate) async fn wait() -> Self {
        let take: Take<'_> = lane().take(1);
        take.await;
        Self(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lane().give(1);
    }
}
