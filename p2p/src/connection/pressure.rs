//! What keeps nodes that are busy at once from waiting for each other.
//!
//! A method that sends waits for the peer to read. If the peer's method does the same, neither node reads, because
//! both inboxes are full. So a method, and whatever else the library polls for a connection, may send beyond the
//! send queue while its own connection's inbox is full, within the account: it goes on, ends, and the inbox is
//! emptied. And while it waits for a reply, that connection is read beyond its inbox.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use super::account::{Account, Charge, Class};
use super::queue::{Closed, FarEnd, NoRoom, OVERHEAD, Queue, Reserve, Room};
use crate::future::give_turns;
use crate::sync::modelled::{Mutex, MutexGuard, lock, thread_local};

/// What is to be sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sending {
    /// The protocol's name.
    pub(crate) protocol: &'static str,
    /// The message's name.
    pub(crate) message: &'static str,
}

/// Who waits for whom on one connection.
#[derive(Debug, Default)]
pub(crate) struct Pressure {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The reader waits for room, for an inbox or the account is full. In a pipe that are as many as wait to send to
    /// this end.
    readers_waiting: u32,
    /// Methods, of this connection or another, that wait for a reply of this peer.
    awaiting: u32,
    /// Who is to be woken. Boxed with the first, for most connections never have any.
    waiting: Option<Box<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// The reader, while it waits for room in an inbox.
    reader: Option<Waker>,
    /// Methods of this connection that wait to send, on this connection or another, by their tickets.
    senders: BTreeMap<u64, (Sending, Option<Waker>)>,
    /// The ticket of the next one.
    next: u64,
}

impl State {
    fn waiting(&mut self) -> &mut Waiting {
        self.waiting.get_or_insert_default()
    }

    fn take_reader(&mut self) -> Option<Waker> {
        self.waiting.as_mut()?.reader.take()
    }
}

impl Pressure {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Notes that the reader begins to wait for room, or that it no longer does. If it does, methods that wait to send
    /// are woken.
    pub(crate) fn set_reader_waits(&self, waits: bool) {
        let mut state = self.state();
        if !waits {
            state.readers_waiting = state.readers_waiting.saturating_sub(1);
            return;
        }
        state.readers_waiting += 1;
        let Some(waiting) = &mut state.waiting else {
            return;
        };
        let senders = waiting.senders.values_mut();
        let wakers: Vec<Waker> = senders.filter_map(|(_, waker)| waker.take()).collect();
        drop(state);
        for waker in wakers {
            waker.wake();
        }
    }

    /// What a method of this connection waits to send, if one does.
    pub(crate) fn waits_to_send(&self) -> Option<Sending> {
        let state = self.state();
        let senders = &state.waiting.as_ref()?.senders;
        let (sending, _) = senders.first_key_value()?.1;
        Some(*sending)
    }

    /// Counts a method that waits for a reply of this peer, until the guard is dropped. The reader may go on.
    pub(crate) fn awaiting(&self) -> Awaiting<'_> {
        let mut state = self.state();
        state.awaiting += 1;
        let reader = state.take_reader();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        Awaiting(self)
    }
}

/// A method that waits for a reply.
#[derive(Debug)]
pub(crate) struct Awaiting<'a>(&'a Pressure);

impl Drop for Awaiting<'_> {
    fn drop(&mut self) {
        self.0.state().awaiting -= 1;
    }
}

/// Waits for room in a send queue, for a message of this length that may have its room in the account already. While the
/// inbox of the connection for which this is polled is full, that may be room in the account beyond the queue.
///
/// # Cancel safety
///
/// If the future is dropped before it completes, nothing is taken.
pub(crate) async fn room_to_send<'q>(
    outbox: &'q Queue,
    account: &'q Arc<Account>,
    (length, reply): (usize, bool),
    charge: Option<Charge>,
    sending: Sending,
) -> Result<(Room<'q>, Option<Charge>), Closed> {
    // Most have room at once. Others have their turn all the same.
    give_turns().await;
    match outbox.try_reserve(length, reply) {
        Ok(room) => Ok((room, charge)),
        Err(NoRoom::Closed) => Err(Closed),
        Err(NoRoom::Full) => {
            let late = LateRoom {
                _far_end: SenderWaits::of(outbox),
                outbox,
                account,
                length,
                charge,
                reserved: outbox.reserve(length, reply),
                beyond: Beyond::default(),
                sender: Sender {
                    sending,
                    source: None,
                },
            };
            late.await
        }
    }
}

/// Waits for room in a send queue or beyond it. By hand, for it is a part of the future of every method that sends.
struct LateRoom<'q> {
    _far_end: Option<SenderWaits<'q>>,
    outbox: &'q Queue,
    account: &'q Arc<Account>,
    length: usize,
    charge: Option<Charge>,
    reserved: Reserve<'q>,
    beyond: Beyond<'q>,
    sender: Sender,
}

/// Says at the other end of a pipe that a sender waits.
struct SenderWaits<'a>(&'a dyn FarEnd);

impl<'a> SenderWaits<'a> {
    fn of(outbox: &'a Queue) -> Option<Self> {
        let far_end = outbox.far_end()?;
        far_end.set_sender_waits(true);
        Some(Self(far_end))
    }
}

impl Drop for SenderWaits<'_> {
    fn drop(&mut self) {
        self.0.set_sender_waits(false);
    }
}

impl<'q> Future for LateRoom<'q> {
    type Output = Result<(Room<'q>, Option<Charge>), Closed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let late = &mut *self;
        if let Poll::Ready(room) = Pin::new(&mut late.reserved).poll(cx) {
            return Poll::Ready(room.map(|room| (room, late.charge.take())));
        }
        if !late.sender.poll_reader_waits(cx.waker()) {
            late.beyond = Beyond::default();
            return Poll::Pending;
        }
        if late.charge.is_none() {
            let charge = late.beyond.poll(cx, late.account, Class::Send, late.length);
            late.charge = Some(ready!(charge));
        }
        let room = late.outbox.reserve_beyond();
        Poll::Ready(room.map(|room| (room, late.charge.take())))
    }
}

/// Waits for room in an inbox that is full, for the reader. While a method waits for a reply of this peer, that may be
/// room in the account beyond the inbox.
///
/// # Cancel safety
///
/// If the future is dropped before it completes, nothing is taken.
pub(crate) async fn room_to_receive<'q>(
    inbox: &'q Queue,
    account: &Arc<Account>,
    pressure: &Pressure,
    length: usize,
) -> Result<(Room<'q>, Option<Charge>), Closed> {
    let mut room = pin!(inbox.reserve(length, false));
    let mut beyond = Beyond::default();
    let reader = Reader(pressure);
    poll_fn(|cx| {
        if let Poll::Ready(room) = room.as_mut().poll(cx) {
            return Poll::Ready(room.map(|room| (room, None)));
        }
        if !reader.poll_awaited(cx.waker()) {
            beyond = Beyond::default();
            return Poll::Pending;
        }
        let charge = ready!(beyond.poll(cx, account, Class::Payload, length));
        let room = inbox.reserve_beyond();
        Poll::Ready(room.map(|room| (room, Some(charge))))
    })
    .await
}

/// The reader, while it waits for room in an inbox.
struct Reader<'a>(&'a Pressure);

impl Reader<'_> {
    /// Whether a method waits for a reply of this peer. If none does, `waker` is woken when one does.
    fn poll_awaited(&self, waker: &Waker) -> bool {
        let mut state = self.0.state();
        state.waiting().reader = Some(waker.clone());
        state.awaiting > 0
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        // A waker keeps its task's memory, and handles to the connection may live much longer.
        let reader = self.0.state().take_reader();
        drop(reader);
    }
}

/// Waits for room in the account beyond a queue, as long as it is polled.
#[derive(Default)]
struct Beyond<'a>(Option<Pin<Box<dyn Future<Output = Charge> + Send + 'a>>>);

impl<'a> Beyond<'a> {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        account: &'a Arc<Account>,
        class: Class,
        length: usize,
    ) -> Poll<Charge> {
        let bytes = length + OVERHEAD;
        if self.0.is_none()
            && let Some(charge) = account.try_take(class, bytes)
        {
            return Poll::Ready(charge);
        }
        let taking = self
            .0
            .get_or_insert_with(|| Box::pin(account.take(class, bytes)));
        taking.as_mut().poll(cx)
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
        let pressure = Some(self.pressure.clone());
        let outer = DRIVEN.with(|driven| driven.replace(pressure));
        let _restored = Restored(outer);
        Pin::new(&mut self.future).poll(cx)
    }
}

/// Names the connection before again when it is dropped.
struct Restored(Option<Arc<Pressure>>);

impl Drop for Restored {
    fn drop(&mut self) {
        let outer = self.0.take();
        DRIVEN.with(|driven| driven.replace(outer));
    }
}

/// Whether what is being polled is polled for a connection.
pub(crate) fn is_driven() -> bool {
    DRIVEN.with(|driven| driven.borrow().is_some())
}

/// A method that waits to send. It looks at the connection for which it is polled.
#[derive(Debug)]
struct Sender {
    sending: Sending,
    /// That connection, once it was polled, and its ticket there.
    source: Option<(Arc<Pressure>, u64)>,
}

impl Sender {
    /// Whether the reader of its connection waits for room. If it does not, `waker` is woken when it does. It never
    /// does for what is not polled for a connection.
    fn poll_reader_waits(&mut self, waker: &Waker) -> bool {
        if self.source.is_none() {
            let source = DRIVEN.with(|driven| driven.borrow().clone());
            self.source = source.map(|source| {
                let mut state = source.state();
                let waiting = state.waiting();
                let ticket = waiting.next;
                waiting.next += 1;
                drop(state);
                (source, ticket)
            });
        }
        let Some((source, ticket)) = &self.source else {
            return false;
        };
        let mut state = source.state();
        let waits = (self.sending, Some(waker.clone()));
        state.waiting().senders.insert(*ticket, waits);
        state.readers_waiting > 0
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if let Some((source, ticket)) = &self.source {
            let waker = source.state().waiting().senders.remove(ticket);
            drop(waker);
        }
    }
}
