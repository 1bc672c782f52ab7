//! The reasons why bytes are rejected, and why a value can't be encoded.

use std::fmt;

/// Why bytes are not the encoding of the requested value.
///
/// It is one pointer wide, so that the results of small reads stay in registers.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    /// The type and its field.
    location: Option<(&'static str, &'static str)>,
}

impl Error {
    /// Adds where the error happened, unless a more precise place was already given.
    ///
    /// `ty` is the type being decoded and `field` its field, as named by a derived implementation.
    #[cold]
    #[must_use]
    pub fn at(mut self, ty: &'static str, field: &'static str) -> Self {
        self.0.location.get_or_insert((ty, field));
        self
    }

    /// The kind of mistake.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The innermost type and field in which it happened, if known.
    #[must_use]
    pub fn location(&self) -> Option<(&'static str, &'static str)> {
        self.0.location
    }
}

impl From<ErrorKind> for Error {
    #[cold]
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(Inner {
            kind,
            location: None,
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((ty, field)) = self.0.location {
            write!(f, "{ty}.{field}: ")?;
        }
        self.0.kind.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("location", &self.0.location)
            .finish()
    }
}

impl std::error::Error for Error {}

/// The kind of mistake in the bytes.
///
/// Each of them is a mistake of the encoder, or means that a different type was expected.
///
/// Source: Yellow Paper, appendix B.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An item is longer than the input, or than the list that contains it.
    #[error("an item needs {needed} bytes, {available} are left")]
    UnexpectedEnd {
        /// Bytes that the item takes from the reader's position.
        needed: usize,
        /// Bytes that were there.
        available: usize,
    },
    /// Bytes follow the single item expected.
    #[error("expected one item, found bytes after it")]
    TrailingBytes,
    /// There is a list where a byte string was expected.
    #[error("expected a byte string, found a list")]
    ExpectedString,
    /// There is a byte string where a list was expected.
    #[error("expected a list, found a byte string")]
    ExpectedList,
    /// A length has a leading zero, or the long form even though it is less than 56.
    #[error("a length is not in its shortest form")]
    NonCanonicalSize,
    /// A single byte below 128 has a header.
    #[error("a single byte below 0x80 has a header")]
    NonCanonicalByte,
    /// An integer has a leading zero byte.
    #[error("leading zero in an integer")]
    LeadingZero,
    /// An integer is wider than its type.
    #[error("expected an integer of at most {bits} bits, found a larger one")]
    Overflow {
        /// Bits of the type.
        bits: u32,
    },
    /// A fixed-length byte string has the wrong length.
    #[error("expected a byte string of {expected} bytes, found {found}")]
    WrongLength {
        /// Bytes of the type.
        expected: usize,
        /// Bytes of the string.
        found: usize,
    },
    /// A boolean is neither the empty string nor the byte 1.
    #[error("expected 0x80 or 0x01 for a truth value, found something else")]
    InvalidBool,
    /// A text is not UTF-8.
    #[error("expected text in UTF-8, found other bytes")]
    InvalidUtf8,
    /// Lists nest deeper than the reader allows.
    #[error("lists are nested too deep")]
    TooDeep,
    /// The value takes too much memory, by far more than its encoding or than the peer has left.
    #[error("the message takes more than {allowed} bytes of memory when it is decoded")]
    TooMuchMemory {
        /// Bytes that the message may take: eight times its encoding and 256 KiB, or what is left for its peer.
        allowed: usize,
    },
    /// A list ends before all its items were read.
    #[error("a list has too few items")]
    TooFewItems,
    /// A list continues after its last item was read.
    #[error("a list has too many items")]
    TooManyItems,
    /// A list has more items than its field allows.
    #[error("a list has {found} items or more, at most {limit} are allowed")]
    MaxItems {
        /// Items that are allowed.
        limit: usize,
        /// Items counted: one more than the limit, because counting stops there.
        found: usize,
    },
    /// A byte string has more bytes than its field allows.
    #[error("a byte string has {found} bytes, at most {limit} are allowed")]
    MaxLength {
        /// Bytes that are allowed.
        limit: usize,
        /// Bytes of the string.
        found: usize,
    },
    /// A number is not in the range of its field.
    #[error("expected a number {}, found {found}", from_to(*min, *max))]
    OutOfRange {
        /// The smallest number that is allowed.
        min: u128,
        /// The largest number that is allowed; `u128::MAX` if there is none.
        max: u128,
        /// The number.
        found: u128,
    },
    /// The field's own check rejected the value.
    #[error("{text}")]
    Check {
        /// The text of the check's error.
        text: Box<str>,
    },
    /// A type with the rlp crate's traits rejected the item.
    #[error("the type's rlp::Decodable refused it: {0}")]
    Foreign(::rlp::DecoderError),
    /// A type with alloy-rlp's traits rejected the item.
    #[cfg(feature = "alloy")]
    #[error("the type's alloy_rlp::Decodable refused it: {0}")]
    Alloy(alloy_rlp::Error),
    /// A type with alloy-rlp's traits read only part of the item.
    #[cfg(feature = "alloy")]
    #[error("the type's alloy_rlp::Decodable left {left} bytes of the item unread")]
    AlloyUnread {
        /// Bytes that it did not read.
        left: usize,
    },
    /// A type with alloy-rlp's traits accepted the item, but encodes to different bytes.
    #[cfg(feature = "alloy")]
    #[error("the type's alloy_rlp::Encodable gives other bytes than were received")]
    AlloyNonCanonical,
    /// A type with the rlp crate's traits accepted the item, but encodes to different bytes.
    #[error("the type's rlp::Encodable gives other bytes than were received")]
    ForeignNonCanonical,
}

fn from_to(min: u128, max: u128) -> String {
    match (min, max) {
        (min, u128::MAX) => format!("from {min} on"),
        (0, max) => format!("up to {max}"),
        (min, max) => format!("from {min} to {max}"),
    }
}

/// Why a value can't be encoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// An optional trailing field is empty although a later one is not.
    ///
    /// On the wire the later field would be read as the earlier one.
    #[error("{ty}.{field} is None, but a field after it is Some; fill it or empty the later ones")]
    NoneBeforeSome {
        /// The type being encoded.
        ty: &'static str,
        /// The empty field.
        field: &'static str,
    },
    /// A field exceeds its limits, so the receiver would reject it.
    #[error("{ty}.{field}: {cause}")]
    Limit {
        /// The type being encoded.
        ty: &'static str,
        /// Its field.
        field: &'static str,
        /// Which limit, and what was found.
        cause: ErrorKind,
    },
}
