//! The task that writes: it seals what waits in the send queue and writes many frames at once.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::Timing;
use crate::protocol::{Batch, Body, Cause, Closed, Connection, Cost, Queue};
use crate::session::Egress;

/// How many bytes of frames are gathered before they are written.
const GATHERED: usize = 256 * 1024;

/// Room in the queue that is given back before what took it is sealed.
const LARGE: usize = 64 * 1024;

/// What a busy connection keeps of its buffer.
const BUSY: usize = 4 * 1024 * 1024;

/// What an idle connection keeps of its buffer.
const KEPT: usize = 1024;

/// What the reader asks the writer to send.
#[derive(Debug, Default)]
pub(crate) struct Control {
    ping: AtomicBool,
    pongs: AtomicU32,
}

impl Control {
    /// Asks for a Ping.
    pub(crate) fn ping(&self, outbox: &Queue) {
        self.ping.store(true, Ordering::Relaxed);
        outbox.wake();
    }

    /// Asks for a Pong.
    pub(crate) fn pong(&self, outbox: &Queue) {
        self.pongs.fetch_add(1, Ordering::Relaxed);
        outbox.wake();
    }

    fn is_asked(&self) -> bool {
        self.ping.load(Ordering::Relaxed) || self.pongs.load(Ordering::Relaxed) > 0
    }

    fn write(&self, egress: &mut Egress, out: &mut Vec<u8>) {
        if self.ping.swap(false, Ordering::Relaxed) {
            egress.ping(out);
        }
        for _ in 0..self.pongs.swap(0, Ordering::Relaxed) {
            egress.pong(out);
        }
    }
}

/// Writes a connection's messages until it has ended, then what is still queued and Disconnect.
pub(crate) struct Writer<W> {
    connection: Arc<Connection>,
    control: Arc<Control>,
    egress: Egress,
    stream: W,
    timing: Arc<Timing>,
    /// Until when the connection's end may be told, once it has ended.
    until: Option<Instant>,
    /// Bounds a write that the kernel does not take at once. Timers are large, and most need none.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    pub(crate) fn new(
        connection: Arc<Connection>,
        control: Arc<Control>,
        egress: Egress,
        stream: W,
        timing: Arc<Timing>,
    ) -> Self {
        Self {
            connection,
            control,
            egress,
            stream,
            timing,
            until: None,
            timer: None,
        }
    }

    /// Writes until the connection has ended and the peer has been told.
    pub(crate) async fn run(&mut self) {
        let written = self.write_all().await;
        // What is needed only now takes up no room before.
        Box::pin(self.finish(written)).await;
    }

    async fn finish(&mut self, written: Result<(), Cause>) {
        let linger = self.timing.linger;
        if let Err(cause) = written {
            if !matches!(cause, Cause::WriteTimeout) {
                // Whoever has closed may have said why, and the reader is about to find it.
                let _ = timeout(linger, self.connection.ended()).await;
            }
            self.connection.end(cause);
        }
        // The peer has seen everything: it may close, and until then we read what it still sends.
        let _ = timeout(linger, self.stream.shutdown()).await;
    }

    async fn write_all(&mut self) -> Result<(), Cause> {
        let connection = self.connection.clone();
        let outbox = &connection.outbox;
        let mut batch = Batch::default();
        let mut out = Vec::new();
        loop {
            let mut released = Cost::default();
            let mut open = true;
            let mut quiet = true;
            self.control.write(&mut self.egress, &mut out);
            while out.len() < GATHERED {
                let Some(taken) = batch.pop() else {
                    match outbox.take_now(&mut batch) {
                        Ok(true) => continue,
                        Ok(false) => break,
                        Err(Closed) => {
                            open = false;
                            break;
                        }
                    }
                };
                quiet = false;
                released += taken.cost;
                if released.total() >= LARGE {
                    // The next large message can be encoded while this one is sealed.
                    outbox.release(std::mem::take(&mut released));
                }
                let compressed = matches!(taken.body, Body::Compressed(_));
                let payload = taken.body.bytes();
                // Senders have checked the size; nothing else can fail.
                if let Err(error) = self
                    .egress
                    .message(taken.number, payload, compressed, &mut out)
                {
                    tracing::error!(%error, "a message was not sent");
                }
            }
            // While this is written, senders can fill the queue again.
            outbox.release(released);
            if !open {
                return Box::pin(self.farewell(out)).await;
            }
            if out.is_empty() {
                let control = &self.control;
                // First the queue, which then knows whom a control message is to wake.
                poll_fn(|cx| match outbox.poll_take(cx, &mut batch) {
                    Poll::Pending if !control.is_asked() => Poll::Pending,
                    _ => Poll::Ready(()),
                })
                .await;
                if connection.awaits_replies() {
                    // Replies come many at a time, and who has one asks again: all of it is one write.
                    yield_now().await;
                }
                continue;
            }
            self.write(&out).await?;
            out.clear();
            // A ping alone: there has been nothing to send for a while.
            out.shrink_to(if quiet { KEPT } else { BUSY });
            if quiet {
                self.timer = None;
            }
        }
    }

    /// Writes within the time for one write, and within that for an end to be told.
    async fn write(&mut self, out: &[u8]) -> Result<(), Cause> {
        let Self {
            connection,
            stream,
            timing,
            until,
            timer,
            ..
        } = self;
        let mut write = pin!(async {
            stream.write_all(out).await?;
            stream.flush().await
        });
        let mut begin = None;
        poll_fn(|cx| {
            if let Poll::Ready(written) = write.as_mut().poll(cx) {
                return Poll::Ready(written.map_err(Cause::from));
            }
            let now = Instant::now();
            let begin = *begin.get_or_insert(now);
            if connection.outbox.poll_closed(cx).is_ready() {
                let tellable = connection.cause().is_some_and(Cause::can_be_told);
                let linger = if tellable {
                    timing.linger
                } else {
                    Duration::ZERO
                };
                *until = until.or(now.checked_add(linger));
            }
            let deadline = begin.checked_add(timing.write_timeout);
            let Some(deadline) = deadline.into_iter().chain(*until).min() else {
                return Poll::Pending;
            };
            let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            timer.as_mut().poll(cx).map(|()| Err(Cause::WriteTimeout))
        })
        .await
    }

    /// Writes what is left and Disconnect, if the peer can still be told.
    async fn farewell(&mut self, mut out: Vec<u8>) -> Result<(), Cause> {
        if let Some(cause) = self.connection.cause()
            && cause.can_be_told()
        {
            self.egress.disconnect(cause.reason(), &mut out);
            self.write(&out).await?;
        }
        Ok(())
    }
}
