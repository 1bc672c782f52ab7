//! What a protocol is on the wire: its name, its versions, and its messages with their codes and limits.
//!
//! [`Protocol`] is the description; derive it or write it by hand. It says nothing about who serves it: that is
//! [`ServeExt`](crate::ServeExt).

pub(crate) mod error;
pub(crate) mod fields;
pub(crate) mod numbers;
pub(crate) mod rate;
pub(crate) mod show;
pub(crate) mod table;

use std::fmt;

pub use self::error::{DecodeError, EncodeError};
pub use self::fields::Fields;
pub use self::numbers::{Code, RequestId, Version};
pub use self::rate::{OverRate, Rate};
pub use self::table::{MessageInfo, MessageKind};

/// A wire protocol: its name, versions and messages, and how each message is encoded.
///
/// It is usually derived from an enum of messages. Written by hand, it looks like this:
///
/// ```
/// use p2p::rlp::{self, Encode};
/// use p2p::protocol::{Code, DecodeError, EncodeError, Fields, MessageInfo, RequestId, Version};
/// use p2p::Protocol;
///
/// struct Text(String);
///
/// impl Protocol for Text {
///     const NAME: &'static str = "foobar";
///     const VERSIONS: &'static [Version] = &[Version { number: 1, length: 1 }];
///     const MESSAGES: &'static [MessageInfo] = &[MessageInfo::new(Code(0), "Text")];
///
///     fn info(&self) -> &'static MessageInfo {
///         &Self::MESSAGES[0]
///     }
///
///     fn encode(
///         &self,
///         _version: u64,
///         _id: Option<RequestId>,
///         out: &mut Vec<u8>,
///     ) -> Result<(), EncodeError> {
///         let mut out = rlp::Writer::new(out);
///         out.list(self.0.length());
///         self.0.encode(&mut out);
///         out.finish().map_err(|cause| EncodeError::Field { message: "Text", cause })
///     }
///
///     fn decode(version: u64, code: Code, payload: &[u8]) -> Result<Self, DecodeError> {
///         match code {
///             Code(0) => {
///                 let mut fields = Fields::open("Text", payload)?;
///                 let text = fields.next("text")?;
///                 fields.finish()?;
///                 Ok(Self(text))
///             }
///             _ => Err(DecodeError::UnknownCode { protocol: Self::NAME, version, code }),
///         }
///     }
/// }
/// # let mut bytes = Vec::new();
/// # Text("bar".into()).encode(1, None, &mut bytes).unwrap();
/// # assert_eq!(Text::decode(1, Code(0), &bytes).unwrap().0, "bar");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protocol",
    note = "put `#[derive(Protocol)]` and `#[protocol(name = \"..\", version = 1)]` on the enum of its messages"
)]
pub trait Protocol: Sized + Send + Sync + 'static {
    /// The name of the capability: 1 to 8 bytes of ASCII.
    const NAME: &'static str;

    /// The versions spoken, at least one.
    const VERSIONS: &'static [Version];

    /// Every message with its code and versions. No two messages of one version have the same code.
    const MESSAGES: &'static [MessageInfo];

    /// This message's row of [`MESSAGES`](Self::MESSAGES).
    fn info(&self) -> &'static MessageInfo;

    /// This message's code.
    fn code(&self) -> Code {
        self.info().code
    }

    /// The most bytes that a message's payload can have by its fields and their limits, or its
    /// [`max_size`](MessageInfo::max_size) if they don't bound it.
    ///
    /// So much room is set aside for a reply before its request is handled.
    fn largest(info: &MessageInfo) -> usize {
        info.max_size
    }

    /// Returns `true` if a version has this message; `false` for a version that is not spoken.
    ///
    /// To find out what a peer understands, pass [`Peer::version`](crate::Peer::version).
    fn is_in(&self, version: u64) -> bool {
        let spoken = Self::VERSIONS.iter().any(|row| row.number == version);
        spoken && self.info().is_in(version)
    }

    /// Appends this message's payload, one RLP item, to `out`.
    ///
    /// `version` is one of [`VERSIONS`](Self::VERSIONS). `id` is the first item of a request or a reply;
    /// notifications have none.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the message can't be put on the wire; `out` is then left unchanged.
    /// [`EncodeError::NotInVersion`] if the version lacks the message, which [`MessageInfo::check`]
    /// checks, and [`EncodeError::Request`] or [`EncodeError::Reply`] if an ID is missing, which
    /// [`MessageInfo::id`] checks.
    fn encode(
        &self,
        version: u64,
        id: Option<RequestId>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError>;

    /// Decodes the message that has this code in this version from its payload, which it must consume
    /// completely. The ID of a request or reply is skipped; [`RequestId::peek`] reads it.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] names the message and the field, and what is wrong with it.
    /// [`DecodeError::UnknownCode`] if the version has no message with this code.
    fn decode(version: u64, code: Code, payload: &[u8]) -> Result<Self, DecodeError>;

    /// Formats this message for a log: with `Debug` if the derive finds an implementation, otherwise just
    /// its name.
    ///
    /// # Errors
    ///
    /// Those of `f`.
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)
    }

    /// The name of the message that has this code in this version.
    fn name_of(version: u64, code: Code) -> Option<&'static str> {
        Self::MESSAGES
            .iter()
            .find(|row| row.code == code && row.is_in(version))
            .map(|row| row.name)
    }
}
