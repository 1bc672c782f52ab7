//! The task that writes: it seals what waits in the send queue and writes many frames at once.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::Timing;
use super::passing::Passing;
use crate::pool::Block;
use crate::protocol::{Batch, Body, Cause, Closed, Connection, Cost, Long, Payload};
use crate::session::{Egress, EgressError};

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
    asked: Notify,
}

impl Control {
    /// Asks for a Ping.
    pub(crate) fn ping(&self) {
        self.ping.store(true, Ordering::Relaxed);
        self.asked.notify_one();
    }

    /// Asks for a Pong.
    pub(crate) fn pong(&self) {
        self.pongs.fetch_add(1, Ordering::Relaxed);
        self.asked.notify_one();
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
    pub(crate) connection: Arc<Connection>,
    pub(crate) control: Arc<Control>,
    pub(crate) egress: Egress,
    pub(crate) stream: W,
    pub(crate) timing: Timing,
    pub(crate) passing: Passing,
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    /// Writes until the connection has ended and the peer has been told.
    pub(crate) async fn run(&mut self) {
        let connection = self.connection.clone();
        let linger = self.timing.linger;
        let given_up = async {
            if connection.ended().await.can_be_told() {
                sleep(linger).await;
            }
        };
        let written = tokio::select! {
            biased;
            written = self.write_all() => written,
            () = given_up => Err(Cause::WriteTimeout),
        };
        if let Err(cause) = written {
            if !matches!(cause, Cause::WriteTimeout) {
                // Whoever has closed may have said why, and the reader is about to find it.
                let _ = timeout(linger, connection.ended()).await;
            }
            connection.end(cause);
        }
        // The peer has seen everything: it may close, and until then we read what it still sends.
        let _ = timeout(self.timing.linger, self.stream.shutdown()).await;
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
                return self.farewell(&mut out).await;
            }
            if out.is_empty() {
                tokio::select! {
                    _ = outbox.take(&mut batch) => {}
                    () = self.control.asked.notified() => {}
                }
                continue;
            }
            self.write(&mut out).await?;
        }
    }

    /// Writes the frames, and gives back their memory.
    async fn write(&mut self, out: &mut Frames) -> Result<(), Cause> {
        let write = async {
            self.stream.write_all(out.gathered()).await?;
            out.block = Block::default();
            if let Some((payload, frame)) = &mut out.alone {
                self.stream
                    .write_all(&payload.space().0[frame.clone()])
                    .await?;
            }
            self.stream.flush().await
        };
        match timeout(self.timing.write_timeout, write).await {
            Ok(written) => written?,
            Err(_) => return Err(Cause::WriteTimeout),
        }
        self.passing.bytes(out.len());
        *out = Frames::after(out);
        Ok(())
    }

    /// Writes what is left and Disconnect, if the peer can still be told.
    async fn farewell(&mut self, out: &mut Frames) -> Result<(), Cause> {
        let cause = self.connection.ended().await;
        if cause.can_be_told() {
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
                let frame = egress.frame_around(id, space, place, compressed)?;
                self.alone = Some((payload, frame));
            }
            body => {
                let (bytes, compressed) = (body.bytes(), body.is_compressed());
                let space = self.space(egress.room(bytes.len(), compressed));
                self.end += egress.frame(id, bytes, compressed, space)?;
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
