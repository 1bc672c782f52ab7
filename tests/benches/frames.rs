//! Frames sealed and opened by the library, without a session on top.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use p2p::NodeKey;
use p2p::rlpx::{Initiator, MAX_FRAME, Opened, Opener, Recipient, Sealer};

use crate::SIZES;
use crate::limit::Limit;
use crate::measure::{Settings, Spent};
use crate::table::{Bar, Table};

/// Bytes of frames that are sealed before the buffer is emptied.
const BUFFER: usize = 256 * 1024;

pub(crate) fn run(settings: &Settings, table: &mut Table) {
    table.part("Frames, one direction, one core, no I/O");
    for (size, name) in SIZES {
        let mut limit = Limit::new(size);
        let frames = RefCell::new(Frames::new(size));
        let [limit, sealed, opened] = settings.in_turn([
            &mut |n| limit.run(n),
            &mut |n| frames.borrow_mut().both(n).0,
            &mut |n| frames.borrow_mut().both(n).1,
        ]);
        let bar = if cfg!(feature = "simd") && size >= 64 * 1024 {
            Bar::AtLeast(1.12)
        } else {
            Bar::None
        };
        table.rate(&format!("sealed, {name}"), &sealed, "limit", &limit, bar);
        table.rate(&format!("opened, {name}"), &opened, "limit", &limit, bar);
    }
}

/// The two ends of one direction.
struct Frames {
    sealer: Sealer,
    opener: Opener,
    payload: Vec<u8>,
    buffer: Vec<u8>,
}

impl Frames {
    fn new(size: usize) -> Self {
        let one = NodeKey::random();
        let other = NodeKey::random();
        let mut fill = |bytes: &mut [u8]| bytes.fill(5);
        let initiator = Initiator::new(&one, *other.public_key(), &mut fill);
        let (accepted, ack) =
            Recipient::read_auth(&other, initiator.auth(), &mut fill).expect("auth");
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

    /// Seals and opens `count` frames, and returns the wall time of each half.
    fn both(&mut self, count: usize) -> (Spent, Spent) {
        let mut sealing = Duration::ZERO;
        let mut opening = Duration::ZERO;
        let mut left = count;
        while left > 0 {
            let start = Instant::now();
            while left > 0 && self.buffer.len() < BUFFER {
                self.frame();
                left -= 1;
            }
            let sealed = Instant::now();
            let mut rest = &mut self.buffer[..];
            while !rest.is_empty() {
                match self.opener.open(rest, MAX_FRAME).expect("authentic") {
                    Opened::Frame { consumed, .. } => rest = &mut rest[consumed..],
                    Opened::Incomplete { .. } => unreachable!("all frames are whole"),
                }
            }
            sealing += sealed - start;
            opening += sealed.elapsed();
            self.buffer.clear();
        }
        (by_clock(sealing), by_clock(opening))
    }
}

fn by_clock(wall: Duration) -> Spent {
    Spent {
        wall,
        ..Spent::default()
    }
}
