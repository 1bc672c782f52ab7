//! The task that reads: it opens every frame that has arrived and hands each message to its protocol.

use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};

use super::buffer::Buffer;
use super::timing::Timing;
use super::traffic::{SHOWN, Traffic};
use super::writer::Control;
use crate::breach::Breach;
use crate::connection::Connection;
use crate::connection::account::{Charge, Class};
use crate::connection::batch::{INLINE, Long, Payload, Route};
use crate::connection::cause::Cause;
use crate::connection::channel::Channel;
use crate::connection::messages::Row;
use crate::connection::pressure::room_to_receive;
use crate::connection::queue::{Closed, NoRoom, Queue, Room};
use crate::future::{Either, either};
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
    /// The room of the large frame that is being read.
    pub(crate) frame: Option<Box<FrameRoom>>,
}

/// Bytes after which other tasks have their turn. tokio counts reads, of which each may be 128 KiB of tiny frames.
const TURN: usize = 64 * 1024;

/// A frame of at most so many bytes needs no room in the account: every connection that is read has as much.
pub(crate) const SMALL_FRAME: usize = 128 * 1024;

/// How long a large frame may take while other peers wait for room for theirs.
const FRAME_TIME: Duration = Duration::from_secs(5);

/// Room for a large frame, which its peer may only announce.
pub(crate) struct FrameRoom {
    charge: Charge,
    /// When to look whether others wait for it.
    until: Pin<Box<Sleep>>,
}

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
            let drained = self.drain(&mut state, &mut taken).await;
            self.traffic.settle(&connection);
            let needed = drained?;
            self.make_room(&mut state, needed).await?;
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
                () = late(&mut self.frame) => {
                    if connection.account.is_short(Class::Frame) {
                        let what = Class::Frame.label();
                        return Err(Cause::NoMemory { what });
                    }
                }
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

    /// Takes room in the account for a large frame before its bytes are read.
    async fn make_room(&mut self, state: &mut Liveness, needed: usize) -> Result<(), Cause> {
        if needed <= SMALL_FRAME {
            self.frame = None;
            return Ok(());
        }
        let has = self.frame.as_ref().map_or(0, |frame| frame.charge.bytes());
        if has < needed {
            // What the frame before had is too little, and must not be held while waiting.
            self.frame = None;
            let mut charge = self.connection.account.try_take(Class::Frame, needed);
            if charge.is_none() {
                let late = self.waiting().charge(state, Class::Frame, needed);
                charge = Box::pin(late).await?;
            }
            self.frame = charge.map(|charge| {
                Box::new(FrameRoom {
                    charge,
                    until: Box::pin(sleep(FRAME_TIME)),
                })
            });
        }
        Ok(())
    }

    fn waiting(&self) -> Waiting<'_> {
        Waiting {
            connection: &self.connection,
            control: &self.control,
            timing: &self.timing,
        }
    }

    /// Handles every complete frame and tells how many bytes the next one wants. It adds the bytes of messages,
    /// decompressed, to `taken`.
    async fn drain(&mut self, state: &mut Liveness, taken: &mut usize) -> Result<usize, Cause> {
        let mut heard = false;
        let account = &self.connection.account;
        let waiting = Waiting {
            connection: &self.connection,
            control: &self.control,
            timing: &self.timing,
        };
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
                    let length = body.len();
                    *taken += length;
                    let Some(row) = row else {
                        self.traffic
                            .message(&self.connection, route, length, || None);
                        return Err(channel.unknown_code(route.code));
                    };
                    if is_excess(channel, row)? {
                        // The message is dropped.
                        self.traffic
                            .message(&self.connection, route, length, || None);
                    } else if let MessageKind::Reply = row.info.kind {
                        // The request that waits for it has room.
                        let awaited = is_awaited(channel, row, body)?;
                        let shown = || awaited.then(|| plain(body)).flatten();
                        self.traffic.message(&self.connection, route, length, shown);
                        if awaited {
                            let mut charge = None;
                            if length > INLINE {
                                charge = account.try_take(Class::Awaited, length);
                                if charge.is_none() {
                                    let late = waiting.charge(state, Class::Awaited, length);
                                    charge = Box::pin(late).await?;
                                }
                                if charge.is_none() {
                                    return Ok(0);
                                }
                            }
                            let payload = payload(body)?.charged(charge);
                            channel.requests.resolve(row, payload)?;
                        }
                    } else {
                        self.traffic
                            .message(&self.connection, route, length, || plain(body));
                        let room = match channel.inbox.try_reserve(length) {
                            Err(NoRoom::Full) => {
                                Box::pin(waiting.queue(state, channel, length)).await?
                            }
                            room => room.map(|room| (room, None)),
                        };
                        let Ok((room, mut charge)) = room else {
                            return Ok(0);
                        };
                        if channel.inbox.is_exceeded_by(length) && charge.is_none() {
                            charge = account.try_take(Class::Payload, length);
                            if charge.is_none() {
                                let late = waiting.charge(state, Class::Payload, length);
                                charge = Box::pin(late).await?;
                            }
                            if charge.is_none() {
                                return Ok(0);
                            }
                        }
                        deliver(&channel.inbox, room, route, body, charge)?;
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

/// Waits until a large frame has taken so long that it has to give way to others, again and again.
async fn late(frame: &mut Option<Box<FrameRoom>>) {
    match frame {
        None => pending().await,
        Some(frame) => {
            frame.until.as_mut().await;
            let again = Instant::now() + FRAME_TIME / 5;
            frame.until.as_mut().reset(again);
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
fn deliver(
    inbox: &Queue,
    room: Room<'_>,
    route: Route,
    body: Body<'_>,
    charge: Option<Charge>,
) -> Result<(), Breach> {
    let length = body.len();
    // Only a payload of its own can hold a charge.
    if length <= INLINE && charge.is_none() {
        return inbox.push_with(room, route, length, |space| body.copy_in(space));
    }
    let payload = payload(body)?.charged(charge);
    inbox.push_long(room, route, Long::Owned(payload, false));
    Ok(())
}

fn payload(body: Body<'_>) -> Result<Payload, Breach> {
    Payload::with(body.len(), |space| body.copy_in(space))
}

/// What the reader does while there is no room for what it reads.
#[derive(Clone, Copy)]
struct Waiting<'a> {
    connection: &'a Arc<Connection>,
    control: &'a Control,
    timing: &'a Timing,
}

impl<'a> Waiting<'a> {
    /// Waits for room in the account; `None` if the connection closes meanwhile.
    async fn charge(
        self,
        state: &mut Liveness,
        class: Class,
        bytes: usize,
    ) -> Result<Option<Charge>, Cause> {
        let what = class.label();
        let no_memory = || Cause::NoMemory { what };
        let room = self.connection.account.take(class, bytes);
        self.wait(state, room, no_memory).await
    }

    /// Waits for room in a queue that is full. While a method waits for a reply of this peer, that may be room in the
    /// account beyond the queue.
    async fn queue(
        self,
        state: &mut Liveness,
        channel: &'a Channel,
        length: usize,
    ) -> Result<Result<(Room<'a>, Option<Charge>), NoRoom>, Cause> {
        let stalled = || {
            // A protocol that can't send because the peer reads nothing is not to blame.
            if self.connection.outbox.is_full() {
                return Cause::WriteTimeout;
            }
            let protocol = channel.protocol();
            Cause::Stalled { protocol }
        };
        let Connection {
            account, pressure, ..
        } = &**self.connection;
        let room = room_to_receive(&channel.inbox, account, pressure, length);
        let room = self.wait(state, room, stalled).await?;
        Ok(match room {
            Some(Ok(room)) => Ok(room),
            Some(Err(Closed)) | None => Err(NoRoom::Closed),
        })
    }

    /// Waits for room, while the peer is not to blame for its silence; `None` if the connection closes meanwhile.
    async fn wait<T>(
        self,
        state: &mut Liveness,
        room: impl Future<Output = T>,
        too_long: impl FnOnce() -> Cause,
    ) -> Result<Option<T>, Cause> {
        let since = Instant::now().into_std();
        state.keepalive.pause();
        let mut room = pin!(room);
        let mut closing = pin!(self.connection.closing());
        let first = either(room.as_mut(), closing.as_mut());
        self.connection.pressure.set_reader_waits(true);
        let first = timeout(self.timing.stall_timeout, first).await;
        self.connection.pressure.set_reader_waits(false);
        let now = Instant::now().into_std();
        state.keepalive.resume(now);
        for channel in &self.connection.channels {
            channel.add_pause(since, now);
        }
        // A slow protocol can keep the timer from being looked at.
        if let KeepaliveAction::Ping = state.keepalive.poll(now) {
            self.control.ping(&self.connection.outbox);
        }
        match first {
            Ok(Either::First(room)) => Ok(Some(room)),
            Ok(Either::Second(())) => Ok(None),
            Err(_) => Err(too_long()),
        }
    }
}

/// A payload, decompressed, for a log; `None` if it is too long to be shown.
fn plain(body: Body<'_>) -> Option<Vec<u8>> {
    if body.len() > SHOWN {
        return None;
    }
    let mut plain = Vec::new();
    body.copy_to(&mut plain).ok().map(|()| plain)
}
