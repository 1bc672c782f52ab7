//! The task that reads: it opens every frame that has arrived and hands each message to its protocol.

use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::arrival::{Arrival, Received};
use super::buffer::Buffer;
use super::timing::Timing;
use super::traffic::Traffic;
use super::waiting::{Liveness, Waiting};
use super::writer::Control;
use crate::connection::Connection;
use crate::connection::account::{Charge, Class};
use crate::connection::cause::Cause;
use crate::session::{Event, Ingress, Step};
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
    #[expect(
        clippy::manual_async_fn,
        reason = "the future of an async fn would hold what it is given twice"
    )]
    fn drain(
        &mut self,
        state: &mut Liveness,
        taken: &mut usize,
    ) -> impl Future<Output = Result<usize, Cause>> {
        async move {
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
                        // The task keeps nothing of it while it waits but the box.
                        let late = {
                            let waiting = Waiting {
                                connection: &self.connection,
                                control: &self.control,
                                timing: &self.timing,
                            };
                            let arrival = Arrival::new(waiting.connection, shared, code, body);
                            *taken += arrival.size();
                            match arrival.receive(waiting, state, &mut self.traffic)? {
                                Received::Done => None,
                                Received::Late(delivered) => Some(delivered),
                                Received::Closed => return Ok(0),
                            }
                        };
                        if let Some(delivered) = late
                            && !delivered.await?
                        {
                            return Ok(0);
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
