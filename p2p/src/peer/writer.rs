//! The task that writes: it seals what waits in the send queue and writes many frames at once.

use std::future::poll_fn;
use std::ops::Range;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::task::yield_now;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::Timing;
use super::passing::Passing;
use crate::pool::Block;
use crate::protocol::{Batch, Body, Cause, Closed, Connection, Cost, Long, Payload, Queue};
use crate::session::{Egress, EgressError, MessageId};

/// How many bytes of frames are gathered before they are written.
const GATHERED: usize = 256 * 1024;

/// Room in the queue that is given back before what took it is sealed.
const LARGE: usize = 64 * 1024;

/// Payloads from this size on are sealed where they lie, not copied together with others.
const ALONE: usize = 32 * 1024;

const _: () = assert!(Payload::AROUND >= Egress::AROUND);

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

    fn write(&self, egress: &mut Egress, out: &mut Frames, passing: &Passing) {
        let mut small = Vec::new();
        if self.ping.swap(false, Ordering::Relaxed) {
            passing.ping();
            egress.ping(&mut small);
        }
        for _ in 0..self.pongs.swap(0, Ordering::Relaxed) {
            egress.pong(&mut small);
        }
        if !small.is_empty() {
            out.append(&small);
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
    passing: Passing,
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
        passing: Passing,
    ) -> Self {
        Self {
            connection,
            control,
            egress,
            stream,
            timing,
            passing,
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
        let mut out = Frames::default();
        loop {
            let mut released = Cost::default();
            let mut open = true;
            self.control
                .write(&mut self.egress, &mut out, &self.passing);
            while !out.is_full() {
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
                released += taken.cost;
                if released.total() >= LARGE {
                    // The next large message can be encoded while this one is sealed.
                    outbox.release(std::mem::take(&mut released));
                }
                // Senders have checked the size; nothing else can fail.
                let size = taken.body.size();
                let plain = || taken.body.plain();
                self.passing.message(&connection, taken.number, size, plain);
                if let Err(error) = out.seal(&mut self.egress, taken.number, taken.body) {
                    tracing::error!(%error, "a message was not sent");
                }
            }
            self.passing.settle(&connection);
            // While this is written, senders can fill the queue again.
            outbox.release(released);
            if !open {
                return Box::pin(self.farewell(&mut out)).await;
            }
            if out.is_empty() {
                self.timer = None;
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
            self.write(&mut out).await?;
        }
    }

    /// Writes the frames, within the time for one write and that for an end to be told, and gives back
    /// their memory.
    async fn write(&mut self, out: &mut Frames) -> Result<(), Cause> {
        let bytes = out.len();
        let Self {
            connection,
            stream,
            timing,
            passing,
            until,
            timer,
            ..
        } = self;
        let mut write = pin!(async {
            stream.write_all(out.gathered()).await?;
            out.block = Block::default();
            if let Some((payload, frame)) = &mut out.alone {
                let (space, _) = payload.space();
                stream.write_all(&space[frame.clone()]).await?;
            }
            *out = Frames::after(out);
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
        .await?;
        passing.bytes(bytes);
        Ok(())
    }

    /// Writes what is left and Disconnect, if the peer can still be told.
    async fn farewell(&mut self, out: &mut Frames) -> Result<(), Cause> {
        if let Some(cause) = self.connection.cause()
            && cause.can_be_told()
        {
            let mut last = Vec::new();
            self.egress.disconnect(cause.reason(), &mut last);
            if out.alone.is_some() {
                self.write(out).await?;
            }
            out.append(&last);
            self.write(out).await?;
        }
        Ok(())
    }
}

/// Sealed frames that are to be written.
#[derive(Default)]
struct Frames {
    /// Frames one after another.
    block: Block,
    end: usize,
    /// The one after these, in its payload's memory.
    alone: Option<(Payload, Range<usize>)>,
    /// Bytes that were gathered the last time: the next time they are likely to be as many.
    usual: usize,
}

impl Frames {
    /// None, after others were written.
    fn after(others: &Self) -> Self {
        Self {
            usual: others.end,
            ..Self::default()
        }
    }

    fn is_empty(&self) -> bool {
        self.end == 0 && self.alone.is_none()
    }

    /// Bytes of all frames.
    fn len(&self) -> usize {
        let alone = self.alone.as_ref().map(|(_, frame)| frame.len());
        self.end + alone.unwrap_or(0)
    }

    fn is_full(&self) -> bool {
        self.end >= GATHERED || self.alone.is_some()
    }

    fn gathered(&self) -> &[u8] {
        &self.block[..self.end]
    }

    /// Seals a message.
    fn seal(&mut self, egress: &mut Egress, id: u64, body: Body<'_>) -> Result<(), EgressError> {
        match body {
            Body::Long(Long::Own(mut payload, compressed))
                if payload.len() >= ALONE && (compressed || !egress.snappy()) =>
            {
                let (space, place) = payload.space();
                let frame = egress.frame_around(MessageId(id), space, place, compressed)?;
                self.alone = Some((payload, frame));
            }
            body => {
                let (bytes, compressed) = (body.bytes(), body.is_compressed());
                let space = self.space(egress.room(bytes.len(), compressed));
                self.end += egress.frame(MessageId(id), bytes, compressed, space)?;
            }
        }
        Ok(())
    }

    /// Appends frames that are sealed already.
    fn append(&mut self, frames: &[u8]) {
        self.space(frames.len()).copy_from_slice(frames);
        self.end += frames.len();
    }

    /// Makes room for so many bytes at the end.
    fn space(&mut self, length: usize) -> &mut [u8] {
        let end = self.end + length;
        if end > self.block.len() {
            let size = (2 * self.end).max(self.usual).max(end);
            self.block = self.block.resized(size, self.end);
        }
        &mut self.block[self.end..end]
    }
}
