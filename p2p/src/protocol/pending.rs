//! The requests of one channel that wait for their replies.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

use super::meter::InFlight;
use super::payload::Payload;
use super::queue::NoRoom;
use super::{
    Cause, Closed, Code, DecodeError, Kind, Meter, Protocol, RequestCounts, RequestId, StrayReplies,
};

/// What a service says of the requests to one peer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Requests of ours that may wait for replies at the same time.
    pub(crate) in_flight: usize,
    /// Requests of the peer that are handled at the same time.
    pub(crate) concurrent: usize,
    /// How long a reply is waited for, where the message says nothing.
    pub(crate) timeout: Duration,
    /// What becomes of replies that nobody waits for.
    pub(crate) strays: StrayReplies,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 64,
            concurrent: 16,
            timeout: Duration::from_secs(10),
            strays: StrayReplies::Drop,
        }
    }
}

impl Limits {
    fn slots(&self) -> usize {
        self.in_flight.clamp(1, Semaphore::MAX_PERMITS)
    }
}

/// The requests of ours that wait, by their ids.
#[derive(Debug)]
pub(crate) struct Requests {
    pub(crate) limits: Limits,
    pub(crate) meter: Arc<Meter>,
    protocol: &'static str,
    /// The codes of replies in the version that is spoken, with the names of these.
    replies: Box<[(Code, &'static str)]>,
    slots: Arc<Semaphore>,
    table: Mutex<Table>,
    unsolicited: AtomicU64,
    late: AtomicU64,
}

#[derive(Debug, Default)]
struct Table {
    closed: bool,
    /// The ids that were given out are those below.
    next: u64,
    waiting: HashMap<RequestId, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    code: Code,
    reply: oneshot::Sender<Payload>,
}

impl Requests {
    pub(crate) fn new<P: Protocol>(version: u64, limits: Limits, meter: Arc<Meter>) -> Self {
        let rows = P::MESSAGES.iter().filter(|row| row.is_in(version));
        let replies = rows.filter(|row| row.kind == Kind::Reply);
        Self {
            limits,
            meter,
            protocol: P::NAME,
            replies: replies.map(|row| (row.code, row.name)).collect(),
            slots: Arc::new(Semaphore::new(limits.slots())),
            table: Mutex::default(),
            unsolicited: AtomicU64::new(0),
            late: AtomicU64::new(0),
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many requests are in flight, or about to be sent.
    pub(crate) fn in_flight(&self) -> usize {
        let free = self.slots.available_permits();
        self.limits.slots().saturating_sub(free)
    }

    /// Waits until one more request may be in flight, first come, first served.
    pub(crate) async fn slot(&self) -> Result<OwnedSemaphorePermit, Closed> {
        let slots = self.slots.clone();
        slots.acquire_owned().await.map_err(|_| Closed)
    }

    /// Lets one more request be in flight if it may be now.
    pub(crate) fn try_slot(&self) -> Result<OwnedSemaphorePermit, NoRoom> {
        let slots = self.slots.clone();
        slots.try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => NoRoom::Full,
            TryAcquireError::Closed => NoRoom::Closed,
        })
    }

    /// Begins to wait for a reply with this code.
    pub(crate) fn begin(
        &self,
        code: Code,
        slot: OwnedSemaphorePermit,
    ) -> Result<Pending<'_>, Closed> {
        let (reply, receiver) = oneshot::channel();
        let mut table = self.table();
        if table.closed {
            return Err(Closed);
        }
        let id = RequestId(table.next);
        table.next += 1;
        table.waiting.insert(id, Waiting { code, reply });
        Ok(Pending {
            requests: self,
            id,
            receiver,
            _slot: slot,
            _in_flight: self.meter.waiting(),
        })
    }

    /// The name of the reply that has this code, if it is that of one.
    pub(crate) fn reply(&self, code: Code) -> Option<&'static str> {
        let mut replies = self.replies.iter();
        replies.find(|row| row.0 == code).map(|row| row.1)
    }

    /// Hands the payload of the reply `message` to who waits for it, and says why the connection is to
    /// end if somebody has done wrong.
    pub(crate) fn resolve(
        &self,
        code: Code,
        message: &'static str,
        payload: Payload,
    ) -> Result<(), Cause> {
        let id = RequestId::peek(&payload).map_err(|cause| Cause::Undecodable {
            protocol: self.protocol,
            error: DecodeError::Field {
                message,
                field: "request id",
                cause,
            },
        })?;
        let mut table = self.table();
        let expected = table.waiting.get(&id).map(|waiting| waiting.code);
        if expected == Some(code)
            && let Some(waiting) = table.waiting.remove(&id)
        {
            drop(table);
            // Who waited may have been dropped just now.
            let _ = waiting.reply.send(payload);
            return Ok(());
        }
        self.stray(table, code, message, id)
    }

    /// Whether somebody waits for a reply of which these are the first bytes. If nobody does, that is all
    /// there is to do about it; an error is as that of [`resolve`](Self::resolve).
    pub(crate) fn is_awaited(
        &self,
        code: Code,
        message: &'static str,
        beginning: &[u8],
    ) -> Result<bool, Cause> {
        let Some(id) = RequestId::peek_beginning(beginning) else {
            // What is wrong with it, the whole of it says.
            return Ok(true);
        };
        let table = self.table();
        if table.waiting.get(&id).map(|waiting| waiting.code) == Some(code) {
            return Ok(true);
        }
        self.stray(table, code, message, id).map(|()| false)
    }

    fn stray(
        &self,
        table: MutexGuard<'_, Table>,
        code: Code,
        message: &'static str,
        id: RequestId,
    ) -> Result<(), Cause> {
        let late = !table.waiting.contains_key(&id) && id.0 < table.next;
        let closed = table.closed;
        drop(table);
        if closed {
            // It may well be what was waited for until now.
            return Ok(());
        }
        let series = self.meter.of(code);
        let (count, counted) = match late {
            true => (&self.late, &series.late),
            false => (&self.unsolicited, &series.unsolicited),
        };
        count.fetch_add(1, Ordering::Relaxed);
        counted.increment(1);
        let refused = match self.limits.strays {
            StrayReplies::Drop => false,
            StrayReplies::RefuseUnsolicited => !late,
            StrayReplies::RefuseAll => true,
        };
        match refused {
            true => Err(Cause::StrayReply {
                protocol: self.protocol,
                message,
                id,
            }),
            false => Ok(()),
        }
    }

    pub(crate) fn counts(&self) -> RequestCounts {
        RequestCounts {
            in_flight: self.table().waiting.len(),
            unsolicited: self.unsolicited.load(Ordering::Relaxed),
            late: self.late.load(Ordering::Relaxed),
        }
    }

    /// Fails all that wait, and all that come.
    pub(crate) fn close(&self) {
        self.slots.close();
        let mut table = self.table();
        table.closed = true;
        let waiting = std::mem::take(&mut table.waiting);
        drop(table);
        drop(waiting);
    }
}

/// A request that waits for its reply until it is dropped.
#[derive(Debug)]
pub(crate) struct Pending<'a> {
    requests: &'a Requests,
    pub(crate) id: RequestId,
    receiver: oneshot::Receiver<Payload>,
    _slot: OwnedSemaphorePermit,
    _in_flight: InFlight<'a>,
}

impl Pending<'_> {
    /// Waits for the reply's payload.
    pub(crate) async fn reply(&mut self) -> Result<Payload, Closed> {
        (&mut self.receiver).await.map_err(|_| Closed)
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.requests.table().waiting.remove(&self.id);
    }
}
