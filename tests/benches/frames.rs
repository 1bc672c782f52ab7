//! Frames sealed and opened by the library, without a session on top.

use std::time::Duration;

use p2p::NodeKey;
use p2p::rlpx::{Initiator, MAX_FRAME, Opened, Opener, Recipient, Sealer};

/// Bytes of frames that are sealed before the buffer is emptied.
const BUFFER: usize = 256 * 1024;

/// The two ends of one direction.
pub(crate) struct Frames {
    sealer: Sealer,
    opener: Opener,
    payload: Vec<u8>,
    buffer: Vec<u8>,
}

impl Frames {
    pub(crate) fn new(size: usize) -> Self {
        let (one, other) = (NodeKey::random(), NodeKey::random());
        let mut fill = |bytes: &mut [u8]| bytes.fill(5);
        let (initiator, auth) = Initiator::new(&one, *other.public_key(), &mut fill);
        let (accepted, ack) = Recipient::read_auth(&other, &auth, &mut fill).expect("auth");
        let (sealer, _) = initiator.read_ack(&ack).expect("ack").into_halves();
        let (_, opener) = accepted.secrets.into_halves();
        Self {
            sealer,
            opener,
            payload: vec![7; 1 + size],
            buffer: Vec::new(),
        }
    }

    fn frame(&mut self) {
        let payload = &self.payload;
        self.sealer
            .seal(&mut self.buffer, |out| out.extend_from_slice(payload))
            .expect("it fits");
    }

    /// Seals so many frames. They are opened too, which does not count.
    pub(crate) fn seal(&mut self, count: usize) -> Duration {
        self.both(count).0
    }

    /// Opens so many frames.
    pub(crate) fn open(&mut self, count: usize) -> Duration {
        self.both(count).1
    }

    fn both(&mut self, count: usize) -> (Duration, Duration) {
        let (mut sealing, mut opening) = (Duration::ZERO, Duration::ZERO);
        let mut left = count;
        while left > 0 {
            sealing += crate::time(|| {
                while left > 0 && self.buffer.len() < BUFFER {
                    self.frame();
                    left -= 1;
                }
            });
            opening += crate::time(|| {
                let mut rest = &mut self.buffer[..];
                while !rest.is_empty() {
                    match self.opener.open(rest, MAX_FRAME).expect("authentic") {
                        Opened::Frame { consumed, .. } => rest = &mut rest[consumed..],
                        Opened::Incomplete { .. } => unreachable!("all frames are whole"),
                    }
                }
            });
            self.buffer.clear();
        }
        (sealing, opening)
    }
}
