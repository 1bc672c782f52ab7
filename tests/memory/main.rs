//! What peers can make a node hold in memory, compared with what the page "What a peer can cost" says.
//!
//! The allocator counts all live bytes of the process: those of the node, and the few of the attackers, which are
//! played by hand. The tests take turns, because they share it.

#![allow(
    clippy::expect_used,
    clippy::vec_box,
    reason = "a test may panic, and boxes are a shape that is attacked"
)]

mod attack;
mod shapes;

use std::alloc::System;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tokio::sync::{Mutex, MutexGuard};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The sums of the page, for one protocol and the defaults.
fn promised(peers: usize) -> usize {
    let each = MIB + 3 * MIB + 128 * KIB + 17 * 16 * KIB;
    let shared = (256 * MIB).min(peers * 64 * MIB);
    peers * each + shared
}

fn live() -> usize {
    let stats = ALLOCATOR.stats();
    let held = stats.bytes_allocated as isize - stats.bytes_deallocated as isize;
    // What is reallocated counts in neither of them.
    usize::try_from(held + stats.bytes_reallocated).unwrap_or_default()
}

/// Lets one test run at a time.
async fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

/// Notes the most bytes that are live, until it is asked.
struct Peak {
    before: usize,
    most: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Peak {
    fn start() -> Self {
        let peak = Self {
            before: live(),
            most: Arc::default(),
            stop: Arc::default(),
        };
        let (most, stop) = (peak.most.clone(), peak.stop.clone());
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                most.fetch_max(live(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        peak
    }

    /// The most bytes beyond those at the start.
    fn stop(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        let most = self.most.load(Ordering::Relaxed);
        most.saturating_sub(self.before)
    }
}
