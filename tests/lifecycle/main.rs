//! Nothing leaks: what a process has when servers and connections have come and gone, by the thousand.
//!
//! Compared is what there is after a warm-up with what there is at the end: tasks, open files, bytes that
//! are allocated, and memory that is resident. What is measured is the whole process, so that only one
//! test runs at a time.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod connections;
mod cycles;
mod held;
mod world;

use std::alloc::System;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tests::bounded;
use tokio::runtime::{Builder, Handle};
use tokio::time::sleep;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The payload of the panic that a test asks a handler for.
const AS_TOLD: &str = "as told";

/// Runs a test on two threads, while no other test runs.
fn alone(test: impl Future<Output = ()>) {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let said = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref() != Some(&AS_TOLD) {
            said(panic);
        }
    }));
    let mut runtime = Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test);
}

/// How many tasks there are.
fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// Waits until at most `most` tasks are left.
async fn wait_for_tasks(most: usize) {
    bounded(async {
        while tasks() > most {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
