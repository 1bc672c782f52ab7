//! A message that is encoded, and ready for the queue.

use std::convert::Infallible;

use super::account::Charge;
use super::batch::{INLINE, Long, Payload, Route};
use super::channel::Channel;
use super::queue::{Queue, Room};
use crate::protocol::Protocol;
use crate::protocol::error::EncodeError;
use crate::protocol::numbers::{Code, RequestId};
use crate::protocol::table::MessageInfo;
use crate::snappy;

/// Payloads of at least this size are compressed by the sender and not by the writing task. That spreads the
/// work, and shows at once if they do not fit into a frame.
const COMPRESS_EARLY: usize = 64 * 1024;

/// A message's payload, ready for the queue.
pub(crate) struct Encoded {
    code: Code,
    content: Content,
}

enum Content {
    /// In a buffer of this thread.
    Short(Vec<u8>),
    /// In a block of its own; `true` if it is compressed.
    Long(Payload, bool),
}

impl Encoded {
    /// Encodes a message for a channel. A payload may be compressed if the connection uses `snappy`.
    pub(crate) fn new<P: Protocol>(
        message: &P,
        channel: &Channel,
        snappy: bool,
        id: Option<RequestId>,
    ) -> Result<Self, EncodeError> {
        let mut payload = scratch::take();
        let encoded = message.encode(channel.messages.version, id, &mut payload);
        let code = message.code();
        let long = encoded.and_then(|()| {
            channel.check_code(code)?;
            long(message.info(), &payload, snappy)
        });
        let content = match long {
            Ok(None) => Content::Short(scratch::fitting(payload)),
            Ok(Some(long)) => {
                scratch::give_back(payload);
                long
            }
            Err(error) => {
                scratch::give_back(payload);
                return Err(error);
            }
        };
        Ok(Self { code, content })
    }

    /// Bytes that it takes up in the queue.
    pub(crate) fn length(&self) -> usize {
        match &self.content {
            Content::Short(payload) => payload.len(),
            Content::Long(payload, _) => payload.len(),
        }
    }

    /// Puts it into a queue, as a message of this channel.
    ///
    /// `charge` is what a large one has taken from the peer's account; it is given back when the message is written.
    pub(crate) fn push(self, queue: &Queue, room: Room<'_>, channel: u16, charge: Option<Charge>) {
        let route = Route {
            channel,
            code: self.code,
        };
        match self.content {
            // Only a payload of its own can hold a charge.
            Content::Short(payload) if charge.is_some() => {
                let long = Payload::from(&*payload).charged(charge);
                scratch::give_back(payload);
                queue.push_long(room, route, Long::Owned(long, false));
            }
            Content::Short(payload) => {
                let copied: Result<(), Infallible> =
                    queue.push_with(room, route, payload.len(), |space| {
                        space.copy_from_slice(&payload);
                        Ok(())
                    });
                match copied {
                    Ok(()) => scratch::give_back(payload),
                }
            }
            Content::Long(payload, compressed) => {
                let payload = payload.charged(charge);
                queue.push_long(room, route, Long::Owned(payload, compressed));
            }
        }
    }
}

/// A long payload in a block of its own; `None` if it is a short one.
fn long(info: &MessageInfo, payload: &[u8], snappy: bool) -> Result<Option<Content>, EncodeError> {
    let length = payload.len();
    if snappy && length >= COMPRESS_EARLY {
        check_size(info, length, 0)?;
        let compressed = Payload::compressed(payload)
            .map_err(|_| too_large(info, length, snappy::MAX_PAYLOAD))?;
        check_size(info, length, compressed.len())?;
        return Ok(Some(Content::Long(compressed, true)));
    }
    check_size(info, length, length)?;
    Ok((length > INLINE).then(|| Content::Long(Payload::from(payload), false)))
}

/// Compresses the payload of a message, if it is within the message's limit.
pub(crate) fn compress(info: &MessageInfo, payload: &[u8]) -> Result<Vec<u8>, EncodeError> {
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
pub(crate) fn check_size(
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
        // An incompressible payload is a little larger on the wire.
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

/// Buffers of each thread to encode into without an allocation: one for short payloads, which is in use while
/// a message waits for room, and one for long ones.
mod scratch {
    use std::cell::Cell;

    use super::INLINE;

    /// The largest buffer that a thread keeps.
    const KEPT: usize = 2 * 1024 * 1024;

    /// A buffer is kept only if it is at most this many times larger than its last payload.
    const LOOSE: usize = 8;

    thread_local! {
        static SHORT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        static LONG: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        /// If the last payload was long, the next one probably is.
        static WAS_LONG: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn take() -> Vec<u8> {
        if WAS_LONG.get() {
            LONG.take()
        } else {
            SHORT.take()
        }
    }

    /// Moves a short payload out of a large buffer, so that waiting does not hold the large one.
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
        let length = buffer.len();
        let capacity = buffer.capacity();
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
    use std::sync::Arc;

    use super::super::channel::Ids;
    use super::super::messages::{Messages, Metering};
    use super::super::pending::RequestLimits;
    use super::*;
    use crate::message_id::MessageId;
    use crate::serve::tests::{Text, text};

    #[test]
    fn a_short_message_that_waits_holds_no_long_buffer() {
        let messages = Arc::new(Messages::new::<Text>(1, Metering::Off));
        let inbox = Arc::new(Queue::new(1024));
        let limits = RequestLimits::default();
        let ids = Ids {
            first: MessageId(16),
            length: 1,
        };
        let channel = Channel::new(messages, ids, inbox, Arc::new(()), limits, None);
        let encoded =
            |words: &str| Encoded::new(&text(words), &channel, false, None).expect("a short text");
        encoded(&"x".repeat(1 << 20));
        match encoded("foo").content {
            Content::Short(payload) => {
                assert_eq!(*payload, [0xc4, 0x83, b'f', b'o', b'o']);
                assert!(payload.capacity() <= 2 * INLINE, "{}", payload.capacity());
            }
            Content::Long(..) => panic!("a long one"),
        }
    }
}
