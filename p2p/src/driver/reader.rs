//! The task that reads: it opens every frame that has arrived and hands each message to its protocol.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::buffer::Buffer;
use super::timing::Timing;
use super::traffic::Traffic;
use super::writer::Control;
use crate::breach::Breach;
use crate::connection::Connection;
use crate::connection::batch::{INLINE, Long, Payload, Route};
use crate::connection::cause::Cause;
use crate::connection::channel::Channel;
use crate::connection::messages::Row;
use crate::connection::queue::{Closed, NoRoom, Queue, Room};
use crate::protocol::numbers::{Code, RequestId};
use crate::protocol::rate::OverRate;
use crate::protocol::table::MessageKind;
use crate::session::{Body, Event, Ingress, Step};
use crate::session::{Keepalive, KeepaliveAction, PingLimit};

/// Reads a connection's messages until it has ended or its protocols are to finish.
pub(crate) struct Reader<R> {
    pub(crate) connection: Arc<Connection>,
    pub(crate) control: Arc<Control>,
    pub(crate) ingress: Ingress,
    pub(crate) stream: R,
    pub(crate) buffer: Buffer,
    pub(crate) timing: Arc<Timing>,
    pub(crate) traffic: Traffic,
}

/// Bytes after which other tasks have their turn. tokio counts reads, of which each may be 128 KiB of tiny frames.
const TURN: usize = 64 * 1024;

/// How late the timer may be. If it is later, this node has had no turn, and has not read what its peer sent.
const LATE: Duration = Duration::from_secs(1);

/// What one connection's reading keeps beside the stream.
struct Liveness {
    keepalive: Keepalive,
    pings: PingLimit,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    /// Reads until the connection ends, or its protocols are to finish; `Ok` says that somebody else has
    /// brought that about.
    pub(crate) async fn run(&mut self) -> Result<(), Cause> {
        let now = Instant::now().into_std();
        let mut state = Liveness {
            keepalive: Keepalive::new(self.timing.ping_interval, self.timing.read_timeout, now),
            pings: PingLimit::new(now),
        };
        let connection = self.connection.clone();
        let mut timer = pin!(sleep_until(Instant::now()));
        let mut taken = 0;
        loop {
            let drained = self.drain(&mut state).await;
            self.traffic.settle(&connection);
            let needed = drained?;
            if connection.is_closing() {
                return Ok(());
            }
            if taken >= TURN {
                taken = 0;
                yield_now().await;
            }
            tokio::select! {
                biased;
                () = connection.closing() => return Ok(()),
                // Before reading, which a peer can keep busy.
                () = &mut timer => self.keep_alive(&mut state, timer.as_mut())?,
                read = self.buffer.read(&mut self.stream, needed) => {
                    match read? {
                        0 => return Err(Cause::Closed),
                        bytes => {
                            taken += bytes;
                            self.traffic.bytes(bytes);
                        }
                    }
                }
            }
        }
    }

    /// Handles every complete frame and tells how many bytes the next one wants.
    async fn drain(&mut self, state: &mut Liveness) -> Result<usize, Cause> {
        let mut heard = false;
        let needed = loop {
            let step = self.ingress.next_unchecked(self.buffer.filled());
            let (event, consumed) = match step? {
                Step::Incomplete { needed } => break needed,
                Step::Event { event, consumed } => (event, consumed),
            };
            heard = true;
            match event {
                Event::Message { shared, code, body } => {
                    let channel = &self.connection.channels[shared];
                    let route = Route {
                        channel: shared as u16,
                        code: Code(code),
                    };
                    let row = channel.messages.row(route.code);
                    if let Some(row) = row
                        && body.len() > row.info.max_size
                    {
                        return Err(channel.too_large(row, body.len()));
                    }
                    body.check()?;
                    self.traffic
                        .message(&self.connection, route, body.len(), || plain(body));
                    let row = row.ok_or_else(|| channel.unknown_code(route.code))?;
                    if is_excess(channel, row)? {
                        // The message is dropped.
                    } else if let MessageKind::Reply = row.info.kind {
                        // The request that waits for it has room.
                        if is_awaited(channel, row, body)? {
                            channel.requests.resolve(row, payload(body)?)?;
                        }
                    } else {
                        let room = match channel.inbox.try_reserve(body.len()) {
                            Err(NoRoom::Full) => {
                                let full = Full {
                                    connection: &self.connection,
                                    control: &self.control,
                                    timing: &self.timing,
                                    keepalive: &mut state.keepalive,
                                };
                                // Boxed, because it is rare and its future is large.
                                Box::pin(full.wait(channel, body.len())).await?
                            }
                            room => room,
                        };
                        match room {
                            Ok(room) => deliver(&channel.inbox, room, route, body)?,
                            Err(_) => return Ok(0),
                        }
                    }
                }
                Event::Ping => {
                    self.traffic.ping();
                    if state.pings.allow(Instant::now().into_std()) {
                        self.control.pong(&self.connection.outbox);
                    }
                }
                Event::Disconnect(reason) => return Err(Cause::Remote(reason)),
                Event::Pong => self.traffic.pong(),
                Event::Ignored => {}
            }
            self.buffer.consume(consumed);
        };
        if heard {
            state.keepalive.heard(Instant::now().into_std());
        }
        Ok(needed)
    }

    fn keep_alive(&mut self, state: &mut Liveness, timer: Pin<&mut Sleep>) -> Result<(), Cause> {
        let now = Instant::now();
        let late = now - timer.deadline();
        let now = now.into_std();
        loop {
            match state.keepalive.poll(now) {
                KeepaliveAction::Ping => {
                    self.control.ping(&self.connection.outbox);
                }
                KeepaliveAction::TimedOut if late > LATE => state.keepalive.resume(now),
                KeepaliveAction::TimedOut => return Err(Cause::PingTimeout),
                KeepaliveAction::Wait(until) => {
                    timer.reset(until.into());
                    return Ok(());
                }
            }
        }
    }

    /// Reads and throws away until the peer closes.
    pub(crate) async fn discard(&mut self) {
        loop {
            self.buffer.consume(usize::MAX);
            match self.buffer.read(&mut self.stream, 1).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

/// Whether a message comes too early and is to be dropped; an error if its peer is.
fn is_excess(channel: &Channel, row: &Row) -> Result<bool, Cause> {
    let (Some(rate), Some(bucket)) = (row.info.rate, row.bucket) else {
        return Ok(false);
    };
    if channel.take_token(bucket, Instant::now().into_std()) {
        return Ok(false);
    }
    let protocol = channel.protocol();
    let message = row.info.name;
    row.series.limited.increment(1);
    if rate.excess == OverRate::Disconnect {
        return Err(Cause::RateExceeded {
            protocol,
            message,
            rate,
        });
    }
    if channel.count_dropped() {
        tracing::debug!(
            protocol, name = message, %rate,
            "the peer sends more often than it may; what is too much is dropped"
        );
    }
    Ok(true)
}

/// Whether a reply is worth decompressing: nobody may wait for it, which a short one costs less than to ask.
fn is_awaited(channel: &Channel, row: &Row, body: Body<'_>) -> Result<bool, Cause> {
    if body.len() <= INLINE {
        return Ok(true);
    }
    let mut beginning = [0; RequestId::BEGINNING];
    let length = body.prefix(&mut beginning);
    channel.requests.is_awaited(row, &beginning[..length])
}

/// Puts a message into its protocol's queue.
fn deliver(inbox: &Queue, room: Room<'_>, route: Route, body: Body<'_>) -> Result<(), Breach> {
    let length = body.len();
    if length <= INLINE {
        return inbox.push_with(room, route, length, |space| body.copy_in(space));
    }
    inbox.push_long(room, route, Long::Owned(payload(body)?, false));
    Ok(())
}

fn payload(body: Body<'_>) -> Result<Payload, Breach> {
    Payload::with(body.len(), |space| body.copy_in(space))
}

/// What the reader does while a protocol's queue is full.
struct Full<'a> {
    connection: &'a Connection,
    control: &'a Control,
    timing: &'a Timing,
    keepalive: &'a mut Keepalive,
}

impl Full<'_> {
    /// Waits for room, while the peer is not to blame for its silence.
    async fn wait(
        self,
        channel: &Channel,
        length: usize,
    ) -> Result<Result<Room<'_>, NoRoom>, Cause> {
        let since = Instant::now().into_std();
        self.keepalive.pause();
        let room = timeout(self.timing.stall_timeout, channel.inbox.reserve(length)).await;
        let now = Instant::now().into_std();
        self.keepalive.resume(now);
        for channel in &self.connection.channels {
            channel.add_pause(since, now);
        }
        // A slow protocol can keep the timer from being looked at.
        if let KeepaliveAction::Ping = self.keepalive.poll(now) {
            self.control.ping(&self.connection.outbox);
        }
        match room {
            Ok(room) => Ok(room.map_err(|Closed| NoRoom::Closed)),
            // A protocol that can't send because the peer reads nothing is not to blame.
            Err(_) if self.connection.outbox.is_full() => Err(Cause::WriteTimeout),
            Err(_) => {
                let protocol = channel.protocol();
                Err(Cause::Stalled { protocol })
            }
        }
    }
}

/// A payload, decompressed.
fn plain(body: Body<'_>) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    body.copy_to(&mut plain).ok().map(|()| plain)
}
