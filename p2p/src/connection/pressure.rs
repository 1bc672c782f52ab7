//! What keeps nodes that are busy at once from waiting for each other.
//!
//! A method that sends waits for the peer to read. If the peer's method does the same, neither node reads, because
//! both inboxes are full. So a method, and whatever else the library polls for a connection, may send beyond the
//! send queue while its own connection's inbox is full, within the account: it goes on, ends, and the inbox is
//! emptied. And while it waits for a reply, that connection is read beyond its inbox.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use crate::sync::lock;

/// Who waits for whom on one connection.
#[derive(Debug, Default)]
pub(crate) struct Pressure {
    /// The reader waits for room, for an inbox or the account is full.
    reader_waits: AtomicBool,
    /// Methods of this connection that wait to send, on this connection or another, by their tickets.
    senders: Mutex<BTreeMap<u64, Waker>>,
    /// The ticket of the next one.
    next: AtomicU64,
    /// Methods, of this connection or another, that wait for a reply of this peer.
    awaiting: AtomicUsize,
}

impl Pressure {
    /// Notes whether the reader waits for room. If it does, methods that wait to send are woken.
    pub(crate) fn set_reader_waits(&self, waits: bool) {
        self.reader_waits.store(waits, Ordering::SeqCst);
        if waits {
            let senders = std::mem::take(&mut *lock(&self.senders));
            for sender in senders.into_values() {
                sender.wake();
            }
        }
    }

    /// Counts a method that waits for a reply of this peer, until the guard is dropped.
    pub(crate) fn awaiting(&self) -> Awaiting<'_> {
        self.awaiting.fetch_add(1, Ordering::SeqCst);
        Awaiting(self)
    }

    /// Whether a method waits for a reply of this peer.
    pub(crate) fn is_awaited(&self) -> bool {
        self.awaiting.load(Ordering::SeqCst) > 0
    }
}

/// A method that waits for a reply.
#[derive(Debug)]
pub(crate) struct Awaiting<'a>(&'a Pressure);

impl Drop for Awaiting<'_> {
    fn drop(&mut self) {
        self.0.awaiting.fetch_sub(1, Ordering::SeqCst);
    }
}

thread_local! {
    /// The connection for which a future is being polled.
    static DRIVEN: RefCell<Option<Arc<Pressure>>> = const { RefCell::new(None) };
}

/// A future that is polled for a connection.
pub(crate) struct Driven<F> {
    pressure: Arc<Pressure>,
    future: F,
}

impl<F> Driven<F> {
    pub(crate) fn new(pressure: Arc<Pressure>, future: F) -> Self {
        Self { pressure, future }
    }
}

impl<F: Future + Unpin> Future for Driven<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let outer = DRIVEN.replace(Some(self.pressure.clone()));
        let _restored = Restored(outer);
        Pin::new(&mut self.future).poll(cx)
    }
}

/// Names the connection before again when it is dropped.
struct Restored(Option<Arc<Pressure>>);

impl Drop for Restored {
    fn drop(&mut self) {
        DRIVEN.set(self.0.take());
    }
}

/// Whether what is being polled is polled for a connection.
pub(crate) fn is_driven() -> bool {
    DRIVEN.with_borrow(Option::is_some)
}

/// A method that waits to send. It looks at the connection for which it is polled.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    /// That connection, once it was polled, and its ticket there.
    source: Option<(Arc<Pressure>, u64)>,
}

impl Sender {
    /// Whether the reader of its connection waits for room. If it does not, `waker` is woken when it does. It never
    /// does for what is not polled for a connection.
    pub(crate) fn poll_reader_waits(&mut self, waker: &Waker) -> bool {
        if self.source.is_none() {
            self.source = DRIVEN.with_borrow(|source| {
                let source = source.clone()?;
                let ticket = source.next.fetch_add(1, Ordering::Relaxed);
                Some((source, ticket))
            });
        }
        let Some((source, ticket)) = &self.source else {
            return false;
        };
        lock(&source.senders).insert(*ticket, waker.clone());
        source.reader_waits.load(Ordering::SeqCst)
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if let Some((source, ticket)) = &self.source {
            let waker = lock(&source.senders).remove(ticket);
            drop(waker);
        }
    }
}
