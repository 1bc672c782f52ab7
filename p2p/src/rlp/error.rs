//! Why bytes were refused, and why a value could not be encoded.

use std::fmt;

/// Why bytes are not the encoding of the value that was asked for.
///
/// It is one pointer wide, so that the results of small reads stay in registers.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    location: Option<(&'static str, &'static str)>,
}

impl Error {
    /// Says where the error happened, unless a place nearer to it was given before.
    ///
    /// `ty` is the type being decoded and `field` its field, as a derived implementation names them.
    #[cold]
    #[must_use]
    pub fn at(mut self, ty: &'static str, field: &'static str) -> Self {
        self.0.location.get_or_insert((ty, field));
        self
    }

    /// What was wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The innermost type and field in which it was, if known.
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

/// What was wrong with the bytes.
///
/// All of them are the doing of whoever encoded the bytes, or say that another type was expected.
///
/// Source: Yellow Paper, appendix B.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An item is longer than the input, or than the list that it is in.
    #[error("an item needs {needed} bytes, {available} are left")]
    UnexpectedEnd {
        /// Bytes that the item takes from where the reader stood.
        needed: usize,
        /// Bytes that were there.
        available: usize,
    },
    /// Bytes follow the one item that was expected.
    #[error("expected one item, found bytes after it")]
    TrailingBytes,
    /// A list stands where a byte string belongs.
    #[error("expected a byte string, found a list")]
    ExpectedString,
    /// A byte string stands where a list belongs.
    #[error("expected a list, found a byte string")]
    ExpectedList,
    /// A length has a leading zero, or the long form although it is less than 56.
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
    /// A byte string that has a fixed length has another one.
    #[error("expected a byte string of {expected} bytes, found {found}")]
    WrongLength {
        /// Bytes of the type.
        expected: usize,
        /// Bytes of the string.
        found: usize,
    },
    /// A truth value is neither the empty string nor the byte 1.
    #[error("expected 0x80 or 0x01 for a truth value, found something else")]
    InvalidBool,
    /// A text is not UTF-8.
    #[error("expected text in UTF-8, found other bytes")]
    InvalidUtf8,
    /// Lists nest deeper than the reader allows.
    #[error("lists are nested too deep")]
    TooDeep,
    /// The items of lists take far more memory than the bytes that they came in.
    #[error(
        "a list's items take more than {allowed} bytes of memory beyond what their bytes justify"
    )]
    TooMuchMemory {
        /// Bytes beyond eight times the encoding that one message may take.
        allowed: usize,
    },
    /// A list ends before all its items were read.
    #[error("a list has too few items")]
    TooFewItems,
    /// A list goes on after its last item was read.
    #[error("a list has too many items")]
    TooManyItems,
    /// A list has more items than its field allows.
    #[error("a list has {found} items or more, at most {limit} are allowed")]
    MaxItems {
        /// Items that are allowed.
        limit: usize,
        /// Items that were counted: one more, for counting ends there.
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
    /// The field's own check refused the value.
    #[error("{text}")]
    Check {
        /// What the check said.
        text: Box<str>,
    },
    /// A type with the rlp crate's traits refused the item.
    #[error("the type's rlp::Decodable refused it: {0}")]
    Foreign(::rlp::DecoderError),
    /// A type with alloy-rlp's traits refused the item.
    #[cfg(feature = "alloy")]
    #[error("the type's alloy_rlp::Decodable refused it: {0}")]
    Alloy(alloy_rlp::Error),
    /// A type with alloy-rlp's traits read only a part of the item.
    #[cfg(feature = "alloy")]
    #[error("the type's alloy_rlp::Decodable left {left} bytes of the item unread")]
    AlloyUnread {
        /// Bytes that it did not read.
        left: usize,
    },
    /// A type with alloy-rlp's traits took the item, but encodes to other bytes.
    #[cfg(feature = "alloy")]
    #[error("the type's alloy_rlp::Encodable gives other bytes than were received")]
    AlloyNonCanonical,
    /// A type with the rlp crate's traits took the item, but encodes to other bytes.
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

/// Why a value has no encoding.
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
        /// Its field that is empty.
        field: &'static str,
    },
    /// A field is beyond its limits, so that whoever receives it would refuse it.
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
