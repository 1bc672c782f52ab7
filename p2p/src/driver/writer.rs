//! The task that writes: it seals the messages of the send queue and writes many frames at once.

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

use super::timing::Timing;
use super::traffic::{SHOWN, Traffic};
use crate::connection::Connection;
use crate::connection::batch::{Batch, Cost, Long, Payload, QueuedPayload};
use crate::connection::cause::Cause;
use crate::connection::queue::{Closed, Queue};
use crate::message_id::MessageId;
use crate::pool::Block;
use crate::session::{Egress, EgressError};

/// How many bytes of frames are gathered before they are written.
const GATHERED: usize = 256 * 1024;

/// After this many bytes were popped, their room in the queue is released before they are sealed.
const LARGE: usize = 64 * 1024;

/// Payloads of at least this size are sealed in place; smaller ones are copied together with others.
const ALONE: usize = 32 * 1024;

const _: () = assert!(Payload::AROUND >= Egress::AROUND);

/// The reader's requests to the writer.
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

    fn write(&self, egress: &mut Egress, out: &mut Frames, traffic: &Traffic) {
        let mut small = Vec::new();
        if self.ping.swap(false, Ordering::Relaxed) {
            traffic.ping();
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
    traffic: Traffic,
    /// The deadline for sending Disconnect, once the connection has ended.
    until: Option<Instant>,
    /// Bounds a write that the kernel does not take at once. Boxed on demand: timers are large, and most writes
    /// need none.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    pub(crate) fn new(
        connection: Arc<Connection>,
        control: Arc<Control>,
        egress: Egress,
        stream: W,
        timing: Arc<Timing>,
        traffic: Traffic,
    ) -> Self {
        Self {
            connection,
            control,
            egress,
            stream,
            timing,
            traffic,
            until: None,
            timer: None,
        }
    }

    /// Writes until the connection has ended and Disconnect is sent.
    pub(crate) async fn run(&mut self) {
        let written = self.write_all().await;
        // Boxed, so that the long-lived task does not reserve space for its end.
        Box::pin(self.finish(written)).await;
    }

    async fn finish(&mut self, written: Result<(), Cause>) {
        let linger = self.timing.linger;
        if let Err(cause) = written {
            if !matches!(cause, Cause::WriteTimeout | Cause::SendTimeout { .. }) {
                // A peer that closed may have sent its reason, which the reader is about to find.
                let _ = timeout(linger, self.connection.ended()).await;
            }
            self.connection.end(cause);
        }
        // The peer can read everything and then close. Until it does, we read on.
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
                .write(&mut self.egress, &mut out, &self.traffic);
            while !out.is_full() {
                let Some(queued) = batch.pop() else {
                    match outbox.take_now(&mut batch) {
                        Ok(true) => continue,
                        Ok(false) => break,
                        Err(Closed) => {
                            open = false;
                            break;
                        }
                    }
                };
                released += queued.cost;
                if released.total() >= LARGE {
                    // The next large message can be encoded while this one is sealed.
                    outbox.release(std::mem::take(&mut released));
                }
                let size = queued.payload.size();
                let plain = || (size <= SHOWN).then(|| queued.payload.plain()).flatten();
                self.traffic.message(&connection, queued.route, size, plain);
                let id = connection.message_id(queued.route);
                // Senders have checked the size; nothing else can fail.
                if let Err(error) = out.seal(&mut self.egress, id, queued.payload) {
                    tracing::error!(%error, "a message was not sent");
                }
            }
            self.traffic.settle(&connection);
            // While this is written, senders can fill the queue again.
            outbox.release(released);
            if !open {
                return Box::pin(self.disconnect(&mut out)).await;
            }
            if out.is_empty() {
                self.timer = None;
                let control = &self.control;
                // Poll the queue first: it registers this task, which a control message then wakes.
                poll_fn(|cx| match outbox.poll_take(cx, &mut batch) {
                    Poll::Pending if !control.is_asked() => Poll::Pending,
                    _ => Poll::Ready(()),
                })
                .await;
                if connection.awaits_replies() {
                    // Replies arrive many at a time, and each caller may ask again: gather that in one write.
                    yield_now().await;
                }
                continue;
            }
            self.write(&mut out).await?;
        }
    }

    /// Writes the frames within the time for one write and the deadline for Disconnect, and gives back their
    /// memory.
    async fn write(&mut self, out: &mut Frames) -> Result<(), Cause> {
        let bytes = out.len();
        let Self {
            connection,
            stream,
            timing,
            traffic,
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
        let mut start = None;
        let written = poll_fn(|cx| {
            if let Poll::Ready(written) = write.as_mut().poll(cx) {
                return Poll::Ready(written.map_err(Cause::from));
            }
            let now = Instant::now();
            let start = *start.get_or_insert(now);
            if connection.outbox.poll_closed(cx).is_ready() {
                let sends_reason = connection.cause().is_some_and(Cause::can_send_disconnect);
                let linger = if sends_reason {
                    timing.linger
                } else {
                    Duration::ZERO
                };
                *until = until.or(now.checked_add(linger));
            }
            let deadline = start.checked_add(timing.write_timeout);
            let Some(deadline) = deadline.into_iter().chain(*until).min() else {
                return Poll::Pending;
            };
            let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            timer.as_mut().poll(cx).map(|()| Err(connection.not_read()))
        })
        .await;
        written?;
        traffic.bytes(bytes);
        Ok(())
    }

    /// Writes the remaining frames and Disconnect, if the peer can still read it.
    async fn disconnect(&mut self, out: &mut Frames) -> Result<(), Cause> {
        if let Some(cause) = self.connection.cause()
            && cause.can_send_disconnect()
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

/// Sealed frames that wait to be written.
#[derive(Default)]
struct Frames {
    /// Frames one after another.
    block: Block,
    end: usize,
    /// One more frame after these, in its payload's memory.
    alone: Option<(Payload, Range<usize>)>,
    /// Bytes that were gathered the last time, as an estimate for the next.
    usual: usize,
}

impl Frames {
    /// Empty, with the size of the frames before as an estimate.
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
    fn seal(
        &mut self,
        egress: &mut Egress,
        id: MessageId,
        payload: QueuedPayload<'_>,
    ) -> Result<(), EgressError> {
        match payload {
            QueuedPayload::Long(Long::Owned(mut payload, compressed))
                if payload.len() >= ALONE && (compressed || !egress.snappy()) =>
            {
                let (space, place) = payload.space();
                let frame = egress.frame_around(id, space, place, compressed)?;
                self.alone = Some((payload, frame));
            }
            payload => {
                let bytes = payload.bytes();
                let compressed = payload.is_compressed();
                let space = self.space(egress.room(bytes.len(), compressed));
                self.end += egress.frame(id, bytes, compressed, space)?;
            }
        }
        Ok(())
    }

    /// Appends sealed frames.
    fn append(&mut self, frames: &[u8]) {
        self.space(frames.len()).copy_from_slice(frames);
        self.end += frames.len();
    }

    /// Makes room for `length` bytes at the end.
    fn space(&mut self, length: usize) -> &mut [u8] {
        let end = self.end + length;
        if end > self.block.len() {
            let size = (2 * self.end).max(self.usual).max(end);
            self.block = self.block.resized(size, self.end);
        }
        &mut self.block[self.end..end]
    }
}
