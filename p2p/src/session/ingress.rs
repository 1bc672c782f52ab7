//! The receiving half of a session: frames become events.

use super::base::{
    DISCONNECT, FIRST_SHARED, HELLO, MAX_HELLO, MAX_MESSAGE, PING, PONG, decode_reason,
};
use super::negotiation::{Offer, SharedCapability};
use crate::breach::Breach;
use crate::disconnect::DisconnectReason;
use crate::message_id::{MAX_ID, MessageId};
use crate::rlpx::frame::MAX_FRAME;
use crate::rlpx::opener::{Opened, Opener};
use crate::snappy::{self, SnappyError};

/// Turns frames into messages of the shared capabilities and of the base protocol.
#[derive(Debug)]
pub struct Ingress {
    opener: Opener,
    /// Payloads are compressed.
    snappy: bool,
    /// The maximum size of a frame's data, in bytes.
    frame_limit: usize,
    /// The shared capabilities in the order of their ids.
    capabilities: Box<[Ids]>,
}

/// The message ids of one shared capability.
#[derive(Debug)]
struct Ids {
    first_id: MessageId,
    length: u64,
}

/// The result of [`Ingress::next`].
#[derive(Debug)]
pub enum Step<'b> {
    /// There is no complete message yet.
    Incomplete {
        /// Bytes that the buffer must hold before the next call can do more.
        needed: usize,
    },
    /// A message was received.
    Event {
        /// The message.
        event: Event<'b>,
        /// Bytes of the buffer that it took up. Pass the bytes after them to the next call.
        consumed: usize,
    },
}

/// A peer's message.
#[derive(Debug)]
pub enum Event<'b> {
    /// A message of a shared capability.
    Message {
        /// The capability's position in [`Session::shared`](super::Session::shared).
        shared: usize,
        /// The message's code in that capability, less than its length.
        code: u64,
        /// Its payload.
        body: Body<'b>,
    },
    /// A Ping, to be answered with a Pong if a [`PingLimit`](super::PingLimit) allows it.
    Ping,
    /// A Pong.
    Pong,
    /// The peer ends the connection. Ignore anything after it.
    Disconnect(DisconnectReason),
    /// A message with an id that is reserved for the base protocol and has no meaning today.
    Ignored,
}

/// A message's payload, still compressed if it arrived compressed.
///
/// If it is, [`Ingress::next`] has checked that it declares at most [`MAX_PAYLOAD`](snappy::MAX_PAYLOAD) bytes, and no
/// more than its size can hold.
#[derive(Debug, Clone, Copy)]
pub struct Body<'b> {
    /// The payload as it came.
    payload: &'b [u8],
    /// Bytes of the payload, decompressed.
    length: usize,
    /// The payload is compressed.
    snappy: bool,
}

impl<'b> Body<'b> {
    /// The size of the payload in bytes, decompressed.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Returns true if the payload is empty.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The size of the payload in bytes on the wire.
    pub fn wire_len(&self) -> usize {
        self.payload.len()
    }

    /// The payload in place, if it was not compressed.
    pub fn plain(&self) -> Option<&'b [u8]> {
        (!self.snappy).then_some(self.payload)
    }

    /// Checks the length that a compressed payload declares.
    pub(crate) fn check(&self) -> Result<(), Breach> {
        if !self.snappy {
            return Ok(());
        }
        let checked = snappy::check_length(self.payload, self.length, MAX_MESSAGE);
        checked.map_err(|error| match error {
            SnappyError::TooLarge { size, limit } => Breach::PayloadTooLarge { size, limit },
            SnappyError::Corrupt => Breach::Snappy,
        })
    }

    /// Appends the payload, decompressed, to `out`: exactly [`len`](Self::len) bytes.
    ///
    /// # Errors
    ///
    /// [`Breach::Snappy`] if it is not a valid Snappy block of the declared length; `out` is then
    /// unchanged.
    pub fn copy_to(self, out: &mut Vec<u8>) -> Result<(), Breach> {
        if self.snappy {
            snappy::decompress_to(self.payload, self.length, out).map_err(|_| Breach::Snappy)
        } else {
            out.extend_from_slice(self.payload);
            Ok(())
        }
    }

    /// Copies the first bytes of the payload, decompressed, to `space`, and returns how many. There are fewer than
    /// `space` has if the payload is shorter, or invalid after them.
    pub(crate) fn prefix(self, space: &mut [u8]) -> usize {
        if self.snappy {
            snappy::decompress_prefix(self.payload, space)
        } else {
            let count = self.payload.len().min(space.len());
            space[..count].copy_from_slice(&self.payload[..count]);
            count
        }
    }

    /// Copies the payload, decompressed, to `space`, which must have exactly [`len`](Self::len) bytes.
    pub(crate) fn copy_in(self, space: &mut [u8]) -> Result<(), Breach> {
        if self.snappy {
            snappy::decompress_in(self.payload, space).map_err(|_| Breach::Snappy)
        } else {
            space.copy_from_slice(self.payload);
            Ok(())
        }
    }
}

impl Ingress {
    pub(super) fn new(
        opener: Opener,
        snappy: bool,
        shared: &[SharedCapability],
        ours: &[Offer],
    ) -> Self {
        let offers = shared.iter().filter_map(|shared| ours.get(shared.offer));
        let largest = offers.map(|offer| offer.max_size.min(MAX_MESSAGE)).max();
        let mut largest = largest.unwrap_or(0).max(MAX_HELLO);
        let capabilities = shared.iter().map(|shared| Ids {
            first_id: shared.first_id,
            length: shared.length,
        });
        if snappy {
            // Compression makes some payloads a little larger.
            largest = snappy::max_compressed(largest);
        }
        Self {
            opener,
            snappy,
            frame_limit: (largest + MAX_ID).min(MAX_FRAME),
            capabilities: capabilities.collect(),
        }
    }

    /// Reads the message at the start of `buffer`, if all of it is there.
    ///
    /// After [`Step::Incomplete`], call again with the same bytes followed by more. A frame that is larger than any
    /// message can need ([`Offer::max_size`]) is a breach as soon as its header is there.
    ///
    /// The limits of single messages are up to the caller: check [`Body::len`] before you copy the payload.
    ///
    /// # Errors
    ///
    /// A [`Breach`], after which the connection is unusable.
    pub fn next<'b>(&mut self, buffer: &'b mut [u8]) -> Result<Step<'b>, Breach> {
        let step = self.next_unchecked(buffer)?;
        if let Step::Event {
            event: Event::Message { body, .. },
            ..
        } = &step
        {
            body.check()?;
        }
        Ok(step)
    }

    /// As [`next`](Self::next), but without the check of a payload's length: a caller that has a limit for the message
    /// compares that first, so that its error names the message. [`Body::check`] comes before memory is allocated.
    pub(crate) fn next_unchecked<'b>(&mut self, buffer: &'b mut [u8]) -> Result<Step<'b>, Breach> {
        let (data, consumed) = match self.opener.open(buffer, self.frame_limit)? {
            Opened::Incomplete { needed } => return Ok(Step::Incomplete { needed }),
            Opened::Frame { data, consumed } => (data, consumed),
        };
        let (id, payload) = MessageId::split(data).ok_or(Breach::MessageId)?;
        let event = match id {
            HELLO => return Err(Breach::SecondHello),
            DISCONNECT => Event::Disconnect(decode_reason(payload)),
            PING => Event::Ping,
            PONG => Event::Pong,
            _ if id < FIRST_SHARED => Event::Ignored,
            _ => self.message(id, payload)?,
        };
        Ok(Step::Event { event, consumed })
    }

    fn message<'b>(&self, id: MessageId, payload: &'b [u8]) -> Result<Event<'b>, Breach> {
        let found = self.capabilities.iter().enumerate().find_map(|(i, ids)| {
            let code = id.0.checked_sub(ids.first_id.0)?;
            (code < ids.length).then_some((i, code))
        });
        let Some((shared, code)) = found else {
            let end = self
                .capabilities
                .last()
                .map_or(FIRST_SHARED, |ids| MessageId(ids.first_id.0 + ids.length));
            return Err(Breach::UnknownMessage { id, end });
        };
        let length = if self.snappy {
            snappy::declared_length(payload).map_err(|_| Breach::Snappy)?
        } else {
            payload.len()
        };
        let body = Body {
            payload,
            length,
            snappy: self.snappy,
        };
        Ok(Event::Message { shared, code, body })
    }
}
