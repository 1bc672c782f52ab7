//! A message that is encoded, and ready for the queue.

use std::convert::Infallible;

use super::payload::Payload;
use super::queue::{INLINE, Long, Queue, Room};
use super::{EncodeError, MessageInfo, Peer, Protocol, RequestId};
use crate::snappy;

/// Payloads from this size on are compressed by who sends them, not by the task that writes: it
/// spreads the work, and shows whether they fit into a frame.
const COMPRESS_EARLY: usize = 64 * 1024;

/// A message's payload, ready for the queue.
pub(super) struct Encoded {
    pub(super) code: u64,
    body: Body,
}

enum Body {
    /// In a buffer of this thread.
    Short(Vec<u8>),
    Long(Payload, bool),
}

impl Encoded {
    pub(super) fn new<P: Protocol>(
        message: &P,
        peer: &Peer<P>,
        id: Option<RequestId>,
    ) -> Result<Self, EncodeError> {
        let mut payload = scratch::take();
        let encoded = message.encode(peer.version(), id, &mut payload);
        let body = encoded.and_then(|()| {
            peer.check_code(message.code())?;
            body(message.info(), &payload, peer.snappy())
        });
        let body = match body {
            Ok(None) => Ok(Body::Short(scratch::fitting(payload))),
            Ok(Some(long)) => {
                scratch::give_back(payload);
                Ok(long)
            }
            Err(error) => {
                scratch::give_back(payload);
                Err(error)
            }
        };
        let code = message.code().0;
        body.map(|body| Self { code, body })
    }

    /// Bytes that wait in the queue.
    pub(super) fn length(&self) -> usize {
        match &self.body {
            Body::Short(payload) => payload.len(),
            Body::Long(payload, _) => payload.len(),
        }
    }

    /// Puts it into a queue, where it has this number.
    pub(super) fn push(self, queue: &Queue, room: Room<'_>, number: u64) {
        match self.body {
            Body::Short(payload) => {
                let copied: Result<(), Infallible> =
                    queue.push_with(room, number, payload.len(), |space| {
                        space.copy_from_slice(&payload);
                        Ok(())
                    });
                match copied {
                    Ok(()) => scratch::give_back(payload),
                }
            }
            Body::Long(payload, compressed) => {
                queue.push_long(room, number, Long::Own(payload, compressed));
            }
        }
    }

    /// The payload of a reply that is not put into a queue.
    pub(super) fn into_payload(self) -> Payload {
        match self.body {
            Body::Short(bytes) => {
                let payload = Payload::from(&*bytes);
                scratch::give_back(bytes);
                payload
            }
            Body::Long(payload, _) => payload,
        }
    }
}

/// A long payload in a block of its own; `None` if it is a short one.
fn body(info: &MessageInfo, payload: &[u8], snappy: bool) -> Result<Option<Body>, EncodeError> {
    let length = payload.len();
    if snappy && length >= COMPRESS_EARLY {
        check_size(info, length, 0)?;
        let compressed = Payload::compressed(payload)
            .map_err(|_| too_large(info, length, snappy::MAX_PAYLOAD))?;
        check_size(info, length, compressed.len())?;
        return Ok(Some(Body::Long(compressed, true)));
    }
    check_size(info, length, length)?;
    Ok((length > INLINE).then(|| Body::Long(Payload::from(payload), false)))
}

/// Compresses the payload of a message, if it is within the message's limit.
pub(super) fn compress(info: &MessageInfo, payload: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let size = payload.len();
    // Before the work.
    check_size(info, size, 0)?;
    let compressed =
        snappy::compress(payload).map_err(|_| too_large(info, size, snappy::MAX_PAYLOAD))?;
    check_size(info, size, compressed.len())?;
    Ok(compressed)
}

/// Checks that a message's payload of `size` bytes, `on_the_wire` when it is sent, is within the message's
/// limit and fits into a frame.
pub(super) fn check_size(
    info: &MessageInfo,
    size: usize,
    on_the_wire: usize,
) -> Result<(), EncodeError> {
    /// Bytes of the longest message ID.
    const ID: usize = 9;
    let limit = info.max_size.min(snappy::MAX_PAYLOAD);
    if size > limit {
        return Err(too_large(info, size, limit));
    }
    if on_the_wire > snappy::MAX_PAYLOAD - ID {
        // What can't be compressed is a little larger on the wire.
        return Err(too_large(info, on_the_wire + ID, snappy::MAX_PAYLOAD));
    }
    Ok(())
}

fn too_large(info: &MessageInfo, size: usize, limit: usize) -> EncodeError {
    let message = info.name;
    EncodeError::TooLarge {
        message,
        size,
        limit,
    }
}

/// Buffers of each thread to encode into, so that it allocates nothing: one for short payloads, which may
/// be away while a message waits for room, and one for long ones.
mod scratch {
    use std::cell::Cell;

    use super::INLINE;

    /// The largest buffer that a thread keeps.
    const KEPT: usize = 2 * 1024 * 1024;

    /// A buffer that is so many times larger than what was in it is not kept.
    const LOOSE: usize = 8;

    thread_local! {
        static SHORT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        static LONG: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        /// Whether the last payload was a long one, and so perhaps the next.
        static WAS_LONG: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn take() -> Vec<u8> {
        match WAS_LONG.get() {
            true => LONG.take(),
            false => SHORT.take(),
        }
    }

    /// The short payload in `buffer`, in one that may be away for long.
    pub(super) fn fitting(buffer: Vec<u8>) -> Vec<u8> {
        if buffer.capacity() <= 2 * INLINE {
            return buffer;
        }
        let mut short = SHORT.take();
        short.extend_from_slice(&buffer);
        give_back(buffer);
        short
    }

    pub(super) fn give_back(mut buffer: Vec<u8>) {
        let (length, capacity) = (buffer.len(), buffer.capacity());
        WAS_LONG.set(length > INLINE);
        buffer.clear();
        if capacity <= INLINE {
            SHORT.set(buffer);
        } else if capacity <= KEPT && capacity <= LOOSE * length {
            LONG.set(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::tests::text;

    #[tokio::test]
    async fn a_short_message_that_waits_holds_no_long_buffer() {
        let (one, _other) = crate::pipe();
        let encoded = |words: &str| Encoded::new(&text(words), one.peer(), None).expect("encoded");
        encoded(&"x".repeat(1 << 20));
        match encoded("foo").body {
            Body::Short(payload) => {
                assert_eq!(*payload, [0xc4, 0x83, b'f', b'o', b'o']);
                assert!(payload.capacity() <= 2 * INLINE, "{}", payload.capacity());
            }
            Body::Long(..) => panic!("a long one"),
        }
    }
}
