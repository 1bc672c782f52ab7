//! The task that writes: it seals what waits in the send queue and writes many frames at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::Timing;
use super::passing::Passing;
use crate::protocol::{Batch, Body, Cause, Closed, Connection, Cost};
use crate::session::Egress;
use crate::snappy;

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

    fn write(&self, egress: &mut Egress, out: &mut Vec<u8>, passing: &Passing) {
        if self.ping.swap(false, Ordering::Relaxed) {
            passing.ping();
            egress.ping(out);
        }
        for _ in 0..self.pongs.swap(0, Ordering::Relaxed) {
            egress.pong(out);
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
        let mut out = Vec::new();
        loop {
            let mut released = Cost::default();
            let mut open = true;
            let mut quiet = true;
            self.control
                .write(&mut self.egress, &mut out, &self.passing);
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
                let sealed = self
                    .egress
                    .message(taken.number, payload, compressed, &mut out);
                match sealed {
                    Ok(()) => {
                        let (size, plain) =
                            (size(payload, compressed), || plain(payload, compressed));
                        self.passing.message(&connection, taken.number, size, plain);
                    }
                    Err(error) => tracing::error!(%error, "a message was not sent"),
                }
            }
            self.passing.settle(&connection);
            // While this is written, senders can fill the queue again.
            outbox.release(released);
            if !open {
                return self.farewell(out).await;
            }
            if out.is_empty() {
                tokio::select! {
                    _ = outbox.take(&mut batch) => {}
                    () = self.control.asked.notified() => {}
                }
                continue;
            }
            self.write(&out).await?;
            out.clear();
            // A ping alone: there has been nothing to send for a while.
            out.shrink_to(if quiet { KEPT } else { BUSY });
        }
    }

    async fn write(&mut self, out: &[u8]) -> Result<(), Cause> {
        let write = async {
            self.stream.write_all(out).await?;
            self.stream.flush().await
        };
        match timeout(self.timing.write_timeout, write).await {
            Ok(written) => {
                written?;
                self.passing.bytes(out.len());
                Ok(())
            }
            Err(_) => Err(Cause::WriteTimeout),
        }
    }

    /// Writes what is left and Disconnect, if the peer can still be told.
    async fn farewell(&mut self, mut out: Vec<u8>) -> Result<(), Cause> {
        let cause = self.connection.ended().await;
        if cause.can_be_told() {
            self.egress.disconnect(cause.reason(), &mut out);
            self.write(&out).await?;
        }
        Ok(())
    }
}

/// Bytes of a payload, decompressed.
fn size(payload: &[u8], compressed: bool) -> usize {
    let length = compressed.then(|| snappy::decompressed_length(payload, usize::MAX));
    length.and_then(Result::ok).unwrap_or(payload.len())
}

/// A payload, decompressed.
fn plain(payload: &[u8], compressed: bool) -> Option<Vec<u8>> {
    if !compressed {
        return Some(payload.to_vec());
    }
    let mut plain = Vec::new();
    let decompressed = snappy::decompress_to(payload, usize::MAX, &mut plain);
    decompressed.ok().map(|()| plain)
}
