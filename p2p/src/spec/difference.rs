//! The differences between the wire format of a protocol and the one in a file, in words.

use super::vector_error::VectorError;
use crate::protocol::numbers::Code;

/// One difference between the wire format and a file.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// The file is about another protocol, or the protocol was renamed.
    #[error("the protocol was {was}, it is {now}")]
    Name {
        /// The lowest version.
        version: u64,
        /// The name in the file.
        was: String,
        /// The name in the code.
        now: &'static str,
    },
    /// The file does not have a version yet.
    #[error("version {version} is not in the file yet")]
    VersionAdded {
        /// The version.
        version: u64,
    },
    /// The file has a version that is no longer spoken.
    #[error("version {version} is not spoken any more")]
    VersionRemoved {
        /// The version.
        version: u64,
    },
    /// A different number of codes is reserved.
    #[error(
        "version {version}: its length was {was}, it is {now}: the messages of every protocol later in \
         the alphabet go astray"
    )]
    Length {
        /// The version.
        version: u64,
        /// The length in the file.
        was: u64,
        /// The length in the code.
        now: u64,
    },
    /// A version has a message that the file does not have.
    #[error("version {version}: message {message} ({code}) is new")]
    MessageAdded {
        /// The version.
        version: u64,
        /// The message's name.
        message: String,
        /// Its code.
        code: Code,
    },
    /// A version lacks a message that the file has.
    #[error("version {version}: message {message} ({code}) is gone")]
    MessageRemoved {
        /// The version.
        version: u64,
        /// The message's name.
        message: String,
        /// Its code.
        code: Code,
    },
    /// A message has another code.
    #[error("version {version}: message {message} had code {was}, it has {now}")]
    Code {
        /// The version.
        version: u64,
        /// The message's name.
        message: String,
        /// The code in the file.
        was: Code,
        /// The code in the code.
        now: Code,
    },
    /// A request is answered by a different message, or is no longer a request.
    #[error(
        "version {version}: message {message} ({code}) was {}, it is {}",
        answered(*was),
        answered(*now)
    )]
    Reply {
        /// The version.
        version: u64,
        /// The message's name.
        message: String,
        /// Its code.
        code: Code,
        /// The code of the reply in the file.
        was: Option<Code>,
        /// The code of the reply in the code.
        now: Option<Code>,
    },
    /// A part of a message looks different.
    #[error("version {version}: message {message} ({code}){at}: {change}")]
    Shape {
        /// The version.
        version: u64,
        /// The message's name.
        message: String,
        /// Its code.
        code: Code,
        /// Where in the message: `, item 1 (hashes), each of its items`.
        at: String,
        /// What has changed there: `was uint64, is uint32`.
        change: String,
    },
    /// An example in the file can no longer be decoded, or is encoded differently.
    #[error(
        "version {version}: message {message} ({code}): an example does not come back: {cause}"
    )]
    Example {
        /// The version.
        version: u64,
        /// The message's name.
        message: String,
        /// Its code.
        code: Code,
        /// How it fails.
        cause: VectorError,
    },
    /// A supplied example is not in the file yet.
    #[error("version {version}: an example of message {message} ({code}) is not in the file yet")]
    ExampleAdded {
        /// The version.
        version: u64,
        /// The message's name.
        message: String,
        /// Its code.
        code: Code,
    },
}

fn answered(reply: Option<Code>) -> String {
    match reply {
        Some(code) => format!("a request that {code} answers"),
        None => "no request".to_owned(),
    }
}

impl Difference {
    /// The version that differs.
    #[must_use]
    pub const fn version(&self) -> u64 {
        match self {
            Self::Name { version, .. }
            | Self::VersionAdded { version }
            | Self::VersionRemoved { version }
            | Self::Length { version, .. }
            | Self::MessageAdded { version, .. }
            | Self::MessageRemoved { version, .. }
            | Self::Code { version, .. }
            | Self::Reply { version, .. }
            | Self::Shape { version, .. }
            | Self::Example { version, .. }
            | Self::ExampleAdded { version, .. } => *version,
        }
    }

    /// True if a peer that speaks the version as it was would misunderstand us.
    #[must_use]
    pub const fn breaks_peers(&self) -> bool {
        !matches!(
            self,
            Self::VersionAdded { .. } | Self::VersionRemoved { .. } | Self::ExampleAdded { .. }
        )
    }
}
