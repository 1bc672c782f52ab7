//! A receive buffer: bytes that have arrived and are not used yet.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

use crate::pool::Block;

/// The least room for a read.
const LARGE: usize = 128 * 1024;

/// While waiting for the rest of a frame, the capacity is at most `LOOSE * max(received, LITTLE)`.
const LOOSE: usize = 16;
const LITTLE: usize = 64;

/// A receive buffer. While it is empty, its memory is in the pool.
///
/// It grows with the bytes that have arrived, never with the size that a peer announces.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    block: Block,
    start: usize,
    end: usize,
}

impl Buffer {
    /// The bytes that are not used yet.
    pub(crate) fn filled(&mut self) -> &mut [u8] {
        &mut self.block[self.start..self.end]
    }

    /// Marks the first `length` bytes as used.
    pub(crate) fn consume(&mut self, length: usize) {
        self.start = self.start.saturating_add(length).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
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
        poll_fn(|cx| self.poll_read(cx, source, needed)).await
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut (impl AsyncRead + Unpin),
        needed: usize,
    ) -> Poll<io::Result<usize>> {
        self.make_room(needed);
        // A large frame is read up to its end only, so that no byte of the next one has to be moved.
        let end = if needed > LARGE.max(self.end - self.start) {
            self.block.len().min(self.start + needed)
        } else {
            self.block.len()
        };
        let mut room = ReadBuf::new(&mut self.block[self.end..end]);
        let read = Pin::new(source).poll_read(cx, &mut room);
        let count = room.filled().len();
        match read {
            Poll::Ready(Ok(())) => {
                self.end += count;
                Poll::Ready(Ok(count))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                self.give_back();
                Poll::Pending
            }
        }
    }

    /// Makes room after the filled bytes: for all that is needed if enough of it has arrived and the pool has
    /// a block of that size, otherwise at most as much again as has arrived.
    fn make_room(&mut self, needed: usize) {
        let filled = self.end - self.start;
        let size = self.block.len();
        if self.start > 0 && (self.start + needed > size || size - self.end < LARGE / 2) {
            self.block.copy_within(self.start..self.end, 0);
            self.start = 0;
            self.end = filled;
        }
        let wanted = needed.max(LARGE).max(filled + 1);
        if size < wanted {
            // A block that `give_back` would return at once is not worth the copying.
            let deserved = wanted.next_power_of_two() <= LOOSE * filled.max(LITTLE);
            match deserved.then(|| Block::spare(wanted)).flatten() {
                Some(other) => self.exchange(other),
                None => {
                    let size = wanted.min((2 * filled).max(LARGE));
                    if size > self.block.len() {
                        self.exchange(Block::new(size));
                    }
                }
            }
        }
    }

    /// Returns memory beyond the allowed multiple of the filled bytes.
    fn give_back(&mut self) {
        let filled = self.end - self.start;
        if self.block.len() > LOOSE * filled.max(LITTLE) || filled == 0 {
            self.exchange(Block::new(filled));
        }
    }

    fn exchange(&mut self, mut other: Block) {
        let filled = self.end - self.start;
        other[..filled].copy_from_slice(self.filled());
        *self = Self {
            block: other,
            start: 0,
            end: filled,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use tokio::io::AsyncWriteExt;

    use super::*;

    const MIB: usize = 1024 * 1024;

    /// Reads until nothing more is there.
    fn read_all(buffer: &mut Buffer, source: &mut (impl AsyncRead + Unpin), needed: usize) {
        let mut cx = Context::from_waker(Waker::noop());
        while buffer.poll_read(&mut cx, source, needed).is_ready() {}
    }

    #[tokio::test]
    async fn it_grows_with_what_has_arrived_and_not_with_what_is_announced() {
        let (mut there, mut here) = tokio::io::duplex(MIB);
        let mut buffer = Buffer::default();
        let mut arrived = 0;
        for count in [1, 99, 900, 9000, 190_000, 100_000] {
            there.write_all(&vec![7; count]).await.expect("room");
            arrived += count;
            read_all(&mut buffer, &mut here, 1 << 24);
            assert_eq!(buffer.filled().len(), arrived);
            let kept = buffer.block.len();
            assert!(kept <= LOOSE * arrived.max(LITTLE), "{kept}");
        }
    }

    /// Has one byte at every other call, and notes the room that it is given.
    #[derive(Default)]
    struct Trickle {
        there: bool,
        most: usize,
    }

    impl AsyncRead for Trickle {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            room: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.most = self.most.max(room.remaining());
            self.there = !self.there;
            if !self.there {
                return Poll::Pending;
            }
            room.put_slice(&[7]);
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn bytes_that_trickle_in_do_not_move_what_is_there_to_a_large_block_and_back() {
        let mut buffer = Buffer::default();
        let mut first = &[7; 250_000][..];
        let needed = 3 * MIB;
        while !first.is_empty() {
            let mut cx = Context::from_waker(Waker::noop());
            assert!(buffer.poll_read(&mut cx, &mut first, needed).is_ready());
        }
        let mut trickle = Trickle::default();
        for _ in 0..100 {
            // The pool has such a block at all times.
            drop(Block::new(4 * MIB));
            read_all(&mut buffer, &mut trickle, needed);
        }
        assert_eq!(buffer.filled().len(), 250_100);
        assert!(trickle.most < MIB, "{}", trickle.most);
    }

    #[tokio::test]
    async fn it_holds_nothing_while_it_is_empty() {
        let (mut there, mut here) = tokio::io::duplex(2 * MIB);
        let mut buffer = Buffer::default();
        for count in [1, 1000, MIB + 1] {
            there.write_all(&vec![7; count]).await.expect("room");
            while buffer.filled().len() < count {
                let read = buffer.read(&mut here, count).await.expect("read");
                assert!(read > 0);
            }
            buffer.consume(count);
            read_all(&mut buffer, &mut here, 32);
            assert_eq!(buffer.block.len(), 0);
        }
    }

    #[tokio::test]
    async fn nothing_of_what_follows_a_large_frame_is_read_with_it() {
        let mut source: &[u8] = &vec![7; 3 * MIB];
        let mut buffer = Buffer::default();
        let mut reads = 0;
        while buffer.filled().len() < MIB {
            buffer.read(&mut source, MIB).await.expect("read");
            reads += 1;
        }
        assert_eq!(buffer.filled().len(), MIB);
        assert!(reads < 6, "{reads}");
    }

    #[tokio::test]
    async fn everything_comes_out_in_order_whatever_the_steps() {
        let sent: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
        let (mut there, mut here) = tokio::io::duplex(100_000);
        let all = sent.clone();
        let sending = async move { there.write_all(&all).await.expect("read") };
        let reading = async {
            let mut buffer = Buffer::default();
            let mut received = Vec::new();
            let mut step = 1;
            while received.len() < sent.len() {
                let step_now = step.min(sent.len() - received.len());
                if buffer.filled().len() < step_now {
                    let read = buffer.read(&mut here, step_now).await.expect("read");
                    assert!(read > 0);
                    continue;
                }
                received.extend_from_slice(&buffer.filled()[..step_now]);
                buffer.consume(step_now);
                step = (step * 3) % 300_011 + 1;
            }
            received
        };
        let ((), received) = tokio::join!(sending, reading);
        assert!(received == sent);
    }
}
