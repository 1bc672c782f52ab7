//! The requests of one channel that wait for their replies.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::oneshot;

use super::batch::Payload;
use super::cause::Cause;
use super::messages::{InFlight, Messages, Row};
use super::queue::{Closed, NoRoom};
use crate::budget::{Budget, BudgetClosed};
use crate::future::give_turns;
use crate::protocol::error::DecodeError;
use crate::protocol::numbers::{Code, RequestId};
use crate::sync::lock;

/// What to do with a reply that nobody is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StrayReplies {
    /// Count it and drop it.
    #[default]
    Drop,
    /// Drop a peer that sends an unsolicited reply; count a late one.
    RefuseUnsolicited,
    /// Drop a peer that sends one, even if it is only late because the request timed out or was cancelled.
    RefuseAll,
}

/// Counts of the requests to one peer, from [`Peer::request_counts`](crate::Peer::request_counts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RequestCounts {
    /// Requests that are waiting for their replies.
    pub in_flight: usize,
    /// Replies to requests that were never sent, since the connection started.
    pub unsolicited: u64,
    /// Replies that came after nobody was waiting for them any more, since the connection started.
    pub late: u64,
}

/// What a service says of the requests to one peer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestLimits {
    /// Requests of ours that may wait for replies at the same time.
    pub(crate) in_flight: usize,
    /// Requests of the peer that are handled at the same time.
    pub(crate) concurrent: usize,
    /// How long a request may take, where the message says nothing.
    pub(crate) timeout: Duration,
    /// What becomes of replies that nobody waits for.
    pub(crate) strays: StrayReplies,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            in_flight: 64,
            concurrent: 16,
            timeout: Duration::from_secs(10),
            strays: StrayReplies::Drop,
        }
    }
}

impl RequestLimits {
    fn slots(&self) -> usize {
        self.in_flight.clamp(1, Budget::MOST)
    }
}

/// The requests of ours that wait, by their ids.
#[derive(Debug)]
pub(crate) struct Requests {
    pub(crate) limits: RequestLimits,
    pub(crate) messages: Arc<Messages>,
    slots: Arc<Budget>,
    table: Mutex<Replies>,
    unsolicited: AtomicU64,
    late: AtomicU64,
}

#[derive(Debug, Default)]
struct Replies {
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
    pub(crate) fn new(messages: Arc<Messages>, limits: RequestLimits) -> Self {
        Self {
            limits,
            messages,
            slots: Arc::new(Budget::new(limits.slots())),
            table: Mutex::default(),
            unsolicited: AtomicU64::new(0),
            late: AtomicU64::new(0),
        }
    }

    fn table(&self) -> MutexGuard<'_, Replies> {
        lock(&self.table)
    }

    /// How many requests are in flight, or about to be sent.
    pub(crate) fn in_flight(&self) -> usize {
        self.slots.taken()
    }

    /// Waits until one more request may be in flight, first come, first served.
    pub(crate) async fn slot(&self) -> Result<Slot, Closed> {
        give_turns().await;
        let taken = self.slots.take(1).await;
        taken.map_err(|BudgetClosed| Closed)?;
        Ok(Slot(self.slots.clone()))
    }

    /// Lets one more request be in flight if it may be now.
    pub(crate) fn try_slot(&self) -> Result<Slot, NoRoom> {
        self.slots.try_take(1)?;
        Ok(Slot(self.slots.clone()))
    }

    /// Begins to wait for a reply with this code.
    pub(crate) fn begin(&self, code: Code, slot: Slot) -> Result<Pending<'_>, Closed> {
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
            _in_flight: self.messages.waiting(),
        })
    }

    /// Hands the payload of the reply in this row to who waits for it, and says why the connection is to
    /// end if somebody has done wrong.
    pub(crate) fn resolve(&self, row: &Row, payload: Payload) -> Result<(), Cause> {
        let code = row.info.code;
        let id = RequestId::peek(&payload).map_err(|cause| Cause::Undecodable {
            protocol: self.messages.protocol,
            error: DecodeError::Field {
                message: row.info.name,
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
        self.stray(table, row, id)
    }

    /// Whether somebody waits for a reply of which these are the first bytes. If nobody does, that is all
    /// there is to do about it; an error is as that of [`resolve`](Self::resolve).
    pub(crate) fn is_awaited(&self, row: &Row, beginning: &[u8]) -> Result<bool, Cause> {
        let Some(id) = RequestId::peek_beginning(beginning) else {
            // What is wrong with it, the whole of it says.
            return Ok(true);
        };
        let table = self.table();
        if table.waiting.get(&id).map(|waiting| waiting.code) == Some(row.info.code) {
            return Ok(true);
        }
        self.stray(table, row, id).map(|()| false)
    }

    fn stray(&self, table: MutexGuard<'_, Replies>, row: &Row, id: RequestId) -> Result<(), Cause> {
        let late = !table.waiting.contains_key(&id) && id.0 < table.next;
        let closed = table.closed;
        drop(table);
        if closed {
            // It may well be what was waited for until now.
            return Ok(());
        }
        let (count, counted) = if late {
            (&self.late, &row.series.late)
        } else {
            (&self.unsolicited, &row.series.unsolicited)
        };
        count.fetch_add(1, Ordering::Relaxed);
        counted.increment(1);
        let refused = match self.limits.strays {
            StrayReplies::Drop => false,
            StrayReplies::RefuseUnsolicited => !late,
            StrayReplies::RefuseAll => true,
        };
        if refused {
            return Err(Cause::StrayReply {
                protocol: self.messages.protocol,
                message: row.info.name,
                id,
            });
        }
        Ok(())
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

/// A request that is in flight, or about to be sent, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot(Arc<Budget>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.give(1);
    }
}

/// A request that waits for its reply until it is dropped.
#[derive(Debug)]
pub(crate) struct Pending<'a> {
    requests: &'a Requests,
    pub(crate) id: RequestId,
    receiver: oneshot::Receiver<Payload>,
    _slot: Slot,
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
