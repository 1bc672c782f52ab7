//! The bytes that were received and not used yet.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// What an idle connection keeps.
const SMALL: usize = 1024;

/// What is read at once on a busy connection.
const LARGE: usize = 128 * 1024;

/// What is not even kept until the next ping.
const HUGE: usize = 4 * 1024 * 1024;

/// A receive buffer that grows with what arrives, never with what a peer announces.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Whether the last read took all the room there was: more is waiting.
    busy: bool,
}

impl Buffer {
    /// What is there and not used yet.
    pub(crate) fn filled(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.end]
    }

    /// Marks the first `length` bytes as used.
    pub(crate) fn consume(&mut self, length: usize) {
        self.start = self.start.saturating_add(length).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            // A huge frame has passed, whose memory is worth more than the time to take it again.
            if self.bytes.len() > HUGE {
                self.bytes.truncate(LARGE);
                self.bytes.shrink_to_fit();
            }
        }
    }

    /// Reads once; 0 bytes are the end of the stream.
    ///
    /// `needed` is how many bytes the next step wants in all. Cancel safe.
    pub(crate) async fn read(
        &mut self,
        source: &mut (impl AsyncRead + Unpin),
        needed: usize,
    ) -> io::Result<usize> {
        self.make_room(needed);
        let count = source.read(&mut self.bytes[self.end..]).await?;
        self.end += count;
        self.busy = self.end == self.bytes.len();
        Ok(count)
    }

    /// Makes room behind what is there: up to what is needed, but no more than as much again as has
    /// arrived already.
    fn make_room(&mut self, needed: usize) {
        let filled = self.end - self.start;
        let fits = self.end < self.bytes.len() && self.start + needed <= self.bytes.len();
        if fits && !self.busy {
            return;
        }
        self.bytes.copy_within(self.start..self.end, 0);
        self.start = 0;
        self.end = filled;
        if self.busy || needed > self.bytes.len() || filled == self.bytes.len() {
            let wanted = needed.clamp(SMALL, (2 * filled).max(LARGE));
            let grown = (4 * self.bytes.len()).clamp(SMALL, LARGE);
            let size = wanted.max(grown).max(filled + 1);
            if size > self.bytes.len() {
                self.bytes.resize(size, 0);
            }
        }
    }

    /// Gives back what a busy time has left.
    pub(crate) fn shrink(&mut self) {
        let filled = self.end - self.start;
        if self.bytes.len() > SMALL && filled <= SMALL {
            let mut small = vec![0; SMALL];
            small[..filled].copy_from_slice(self.filled());
            *self = Self {
                bytes: small,
                start: 0,
                end: filled,
                busy: false,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_grows_with_what_has_arrived_and_not_with_what_is_announced() {
        let mut buffer = Buffer::default();
        let mut source: &[u8] = &[7; 1000];
        buffer.read(&mut source, 1 << 24).await.expect("read");
        assert_eq!(buffer.filled().len(), 1000);
        assert!(buffer.bytes.len() <= LARGE, "{}", buffer.bytes.len());
    }

    #[tokio::test]
    async fn everything_comes_out_in_order_whatever_the_steps() {
        let sent: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
        let mut source = &sent[..];
        let mut buffer = Buffer::default();
        let mut received = Vec::new();
        let mut step = 1;
        while received.len() < sent.len() {
            if buffer.filled().len() < step {
                let read = buffer.read(&mut source, step).await.expect("read");
                step = if read == 0 {
                    buffer.filled().len()
                } else {
                    step
                };
                continue;
            }
            received.extend_from_slice(&buffer.filled()[..step]);
            buffer.consume(step);
            step = (step * 3) % 20_011 + 1;
            if step % 7 == 0 {
                buffer.shrink();
            }
        }
        assert_eq!(received, sent);
    }
}
