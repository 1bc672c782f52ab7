//! The numbers in a protocol: message codes, versions and request IDs.

use std::fmt;

use crate::rlp::{self, Decode, Encode, Reader, Shape, Shapes, Writer};

/// A message's code, relative to its protocol: the first message of most protocols has code 0.
///
/// The message ID on a connection is a different number, which depends on the protocols that the two nodes share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u64);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02x}", self.0)
    }
}

/// One version of a protocol: its number, and how many message codes it takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version {
    /// The number announced in Hello.
    pub number: u64,
    /// The number of message codes reserved: the highest code in use plus one, or more.
    ///
    /// Both ends must agree on it, and it is not sent. If it differs, the messages of
    /// every protocol later in the alphabet are misrouted.
    pub length: u64,
}

/// The number that ties a reply to its request: the first item of both on the wire.
///
/// The sender of the request chooses it. It is only meaningful within one connection and one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

impl RequestId {
    /// Reads the ID at the beginning of a payload, without looking at the rest.
    ///
    /// # Errors
    ///
    /// If the payload is not a list, or its first item is not a 64-bit integer.
    pub fn peek(payload: &[u8]) -> Result<Self, rlp::Error> {
        Self::decode(&mut Reader::new(payload).list()?)
    }

    /// The most bytes that [`peek_beginning`](Self::peek_beginning) needs.
    pub(crate) const BEGINNING: usize = 18;

    /// As [`peek`](Self::peek), when only the payload's first bytes are there.
    pub(crate) fn peek_beginning(beginning: &[u8]) -> Option<Self> {
        let header = match *beginning.first()? {
            first @ 0xf8.. => 1 + usize::from(first - 0xf7),
            0xc0.. => 1,
            _ => return None,
        };
        Self::decode(&mut Reader::new(beginning.get(header..)?)).ok()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Encode for RequestId {
    #[inline]
    fn length(&self) -> usize {
        self.0.length()
    }

    #[inline]
    fn encode(&self, out: &mut Writer<'_>) {
        self.0.encode(out);
    }
}

impl Decode for RequestId {
    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, rlp::Error> {
        u64::decode(reader).map(Self)
    }

    fn shape(shapes: &mut Shapes) -> Shape {
        u64::shape(shapes)
    }
}
