//! Any bytes as the frames of a session.

use std::ops::Range;

use p2p::Breach;
use p2p::rlpx::Sealer;
use p2p::session::{Event, Ingress, MessageId, Session, Step};
use p2p::snappy;

use super::connection::{LARGEST, LARGEST_FRAME, session_of_b, sessions};
use super::input::Input;

/// What a session has read.
#[derive(Debug, Clone, PartialEq)]
enum Read {
    Message(usize, u64, Vec<u8>),
    Ping,
    Pong,
    Disconnect,
    Ignored,
}

/// The other end of a wire, with what it has read of it.
struct Reading {
    ingress: Ingress,
    read: Vec<Read>,
    /// Bytes of the wire that were read.
    at: usize,
}

impl Reading {
    fn new(ingress: Ingress) -> Self {
        Self {
            ingress,
            read: Vec::new(),
            at: 0,
        }
    }

    /// Reads a wire that comes in pieces of this size, unless it is 0.
    fn all(&mut self, wire: &mut [u8], piece: usize) -> Result<(), Breach> {
        let mut end = 0;
        while end < wire.len() {
            end = match piece {
                0 => wire.len(),
                piece => wire.len().min(end + piece),
            };
            self.some(&mut wire[..end])?;
        }
        Ok(())
    }

    fn some(&mut self, wire: &mut [u8]) -> Result<(), Breach> {
        loop {
            let left = &mut wire[self.at..];
            let length = left.len();
            match self.ingress.next(left)? {
                Step::Incomplete { needed } => {
                    assert!(needed > length, "it has {length} and needs {needed}");
                    assert!(needed <= LARGEST_FRAME, "{needed}");
                    return Ok(());
                }
                Step::Event { event, consumed } => {
                    assert!(consumed > 0 && consumed <= length);
                    self.at += consumed;
                    let read = taken(&event)?;
                    self.read.push(read);
                }
            }
        }
    }
}

/// What an event is, with its payload as it was before it was compressed.
fn taken(event: &Event<'_>) -> Result<Read, Breach> {
    Ok(match event {
        Event::Message { shared, code, body } => {
            let mut payload = Vec::new();
            if let Err(breach) = body.copy_to(&mut payload) {
                assert!(payload.is_empty(), "{payload:?}");
                return Err(breach);
            }
            assert_eq!(payload.len(), body.len());
            assert!(body.plain().is_none_or(|plain| plain == payload));
            Read::Message(*shared, *code, payload)
        }
        Event::Ping => Read::Ping,
        Event::Pong => Read::Pong,
        Event::Disconnect(_) => Read::Disconnect,
        Event::Ignored => Read::Ignored,
    })
}

/// A session reads what is in frames with valid tags, and nothing that has none.
///
/// The first byte says whether there is Snappy, the second in which pieces the bytes arrive. Then come frames: their
/// kind, and a string with their data, or bytes on the wire.
pub fn ingress(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let has_snappy = input.byte().is_multiple_of(2);
    let piece = usize::from(input.byte());
    let (mut sealer, session) = session_of_b(has_snappy);
    let mut wire = Vec::new();
    let mut expected = Vec::new();
    let mut is_broken = false;
    while !input.is_empty() {
        let kind = input.byte();
        let length = input.number() % (2 * LARGEST);
        let data = input.bytes(length);
        match kind % 4 {
            0 => {
                wire.extend_from_slice(data);
                is_broken |= !data.is_empty();
            }
            1 => seal(&mut sealer, data, &mut wire),
            // A message of a protocol, whose payload is compressed if it has to be.
            _ => {
                let mut framed = Vec::new();
                MessageId(16 + u64::from(kind) % 220).encode(&mut framed);
                if has_snappy && kind % 4 == 2 {
                    let compressed = snappy::compress(data);
                    framed.extend(compressed.expect("it is small"));
                } else {
                    framed.extend_from_slice(data);
                }
                seal(&mut sealer, &framed, &mut wire);
                expected.push(framed);
                continue;
            }
        }
        if !is_broken && !data.is_empty() {
            expected.push(data.to_vec());
        }
        if is_broken {
            break;
        }
    }
    let mut reading = Reading::new(session.ingress);
    let end = reading.all(&mut wire, piece);
    assert!(reading.read.len() <= expected.len(), "{:?}", reading.read);
    for (read, data) in reading.read.iter().zip(&expected) {
        assert_eq!(Some(read), understood(data, has_snappy).as_ref());
    }
    match end {
        Ok(()) if !is_broken => assert_eq!(reading.read.len(), expected.len()),
        Ok(()) => {}
        Err(breach) => check_final(&mut reading.ingress, &breach, &mut wire),
    }
}

fn seal(sealer: &mut Sealer, data: &[u8], wire: &mut Vec<u8>) {
    // A frame without data can't be sealed.
    let _ = sealer.seal(wire, |out| out.extend_from_slice(data));
}

/// What a frame with this data means by the specification.
fn understood(data: &[u8], has_snappy: bool) -> Option<Read> {
    let (MessageId(id), payload) = MessageId::split(data)?;
    Some(match id {
        0 => return None,
        1 => Read::Disconnect,
        2 => Read::Ping,
        3 => Read::Pong,
        4..16 => Read::Ignored,
        16.. => {
            let (shared, code) = match id - 16 {
                code @ 0..3 => (0, code),
                code => (1, code - 3),
            };
            let mut plain = Vec::new();
            if has_snappy {
                snappy::decompress_to(payload, usize::MAX, &mut plain).ok()?;
            } else {
                plain.extend_from_slice(payload);
            }
            (shared == 0 || code < 200).then_some(Read::Message(shared, code, plain))?
        }
    })
}

/// After a frame that can't be read, nothing else can.
fn check_final(ingress: &mut Ingress, breach: &Breach, wire: &mut [u8]) {
    let loses_position = matches!(
        breach,
        Breach::Unauthentic | Breach::FrameEmpty | Breach::FrameTooLarge { .. }
    );
    if loses_position {
        let next = ingress.next(wire);
        assert!(matches!(next, Err(Breach::Failed)), "{next:?}");
    }
}

/// What comes before a changed byte is what was sent, and nothing comes after it.
///
/// The first byte says whether there is Snappy, the second in which pieces the bytes arrive, the next five what is
/// changed on the wire. Then come messages: a code and a string.
pub fn messages(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let has_snappy = input.byte().is_multiple_of(2);
    let piece = usize::from(input.byte());
    let (how, at, by) = (input.byte(), input.number(), input.number());
    let [mut a, b] = sessions(has_snappy);
    let mut wire = Vec::new();
    let mut sent = Vec::new();
    while !input.is_empty() && wire.len() < LARGEST * 4 {
        let read = send(&mut a, &mut input, &mut wire);
        sent.push((wire.len(), read));
    }
    let mut changed = wire.clone();
    change(&mut changed, how, at, by);
    let pairs = wire.iter().zip(&changed);
    let intact = pairs.take_while(|(one, other)| one == other).count();
    let arrived = sent.iter().take_while(|(end, _)| *end <= intact);
    let expected: Vec<Read> = arrived.map(|(_, read)| read.clone()).collect();

    let mut reading = Reading::new(b.ingress);
    let length = changed.len();
    let end = reading.all(&mut changed, piece);
    assert_eq!(reading.read, expected);
    match end {
        Ok(()) => {
            // Whatever is left is the beginning of one frame.
            assert!(length - reading.at < LARGEST_FRAME);
            assert!(intact < wire.len() || reading.at == intact);
        }
        Err(breach) => {
            assert!(intact < length, "{breach}");
            assert_eq!(breach, Breach::Unauthentic);
            check_final(&mut reading.ingress, &breach, &mut changed);
        }
    }
}

/// Sends a message as the input says.
fn send(a: &mut Session, input: &mut Input<'_>, wire: &mut Vec<u8>) -> Read {
    let (kind, payload) = (input.byte(), input.string());
    match kind {
        0 => a.egress.ping(wire),
        1 => a.egress.pong(wire),
        _ => {
            let shared = usize::from(kind % 2);
            let capability = &a.shared[shared];
            let code = u64::from(kind) % capability.length;
            // Long enough to be compressed, or to take several blocks.
            let payload = payload.repeat(1 + usize::from(kind) % 16);
            let id = capability.id(code);
            let compressed = (a.egress.snappy() && kind % 3 == 0)
                .then(|| snappy::compress(&payload).expect("it is small"));
            let bytes = compressed.as_ref().unwrap_or(&payload);
            let sent = a.egress.message(id, bytes, compressed.is_some(), wire);
            sent.expect("it fits");
            return Read::Message(shared, code, payload);
        }
    }
    if kind == 0 { Read::Ping } else { Read::Pong }
}

/// Changes what is on the wire: a byte, its end, or a range of it.
fn change(wire: &mut Vec<u8>, how: u8, at: usize, by: usize) {
    if wire.is_empty() {
        return;
    }
    let at = at % wire.len();
    let range: Range<usize> = at..wire.len().min(at + by % 64);
    match how % 6 {
        0 => wire[at] ^= by as u8,
        1 => wire.truncate(at),
        2 => drop(wire.drain(range)),
        3 => wire.insert(at, by as u8),
        // As an attacker would who sends a frame again.
        4 => {
            let again = wire[range].to_vec();
            wire.splice(at..at, again);
        }
        _ => {}
    }
}
