//! A protocol's table of messages: code, name, kind, versions and limits.

use std::time::Duration;

use super::error::EncodeError;
use super::numbers::{Code, RequestId};
use super::rate::Rate;
use crate::snappy::MAX_PAYLOAD;

/// The purpose of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// A notification: it is sent and handled, and there is no reply.
    Notification,
    /// A request for the reply with this code. It carries a [`RequestId`].
    Request {
        /// The reply's code, in every version that has the request.
        reply: Code,
    },
    /// A reply to a request. It carries the request's [`RequestId`].
    Reply,
}

/// A row of a protocol's table of messages: code, name, kind, versions and limits.
///
/// ```
/// use p2p::protocol::{Code, MessageInfo, Rate};
///
/// const RECEIPTS: MessageInfo = MessageInfo::new(Code(0x10), "Receipts")
///     .since(70)
///     .max_size(2 * 1024 * 1024)
///     .rate(Rate::per_second(10));
/// assert!(RECEIPTS.is_in(70) && !RECEIPTS.is_in(69));
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageInfo {
    /// The message's code.
    pub code: Code,
    /// The variant's name.
    pub name: &'static str,
    /// The first version that has the message; 0 if it was there from the start.
    pub since: u64,
    /// The last version that has the message; `u64::MAX` if it is still there.
    pub until: u64,
    /// Notification, request or reply.
    pub kind: MessageKind,
    /// How long a request waits for its reply, if different from the service's timeout.
    pub timeout: Option<Duration>,
    /// The maximum size of the decompressed payload in bytes, in both directions; 4 MiB by default.
    ///
    /// A larger message is refused before it is decompressed, and is never sent.
    pub max_size: usize,
    /// How often a peer may send it; without limit if `None`. It makes no sense for a reply, which arrives
    /// as often as this node asks for it.
    pub rate: Option<Rate>,
}

impl MessageInfo {
    /// The [`max_size`](field@Self::max_size) of a message that says nothing else: 4 MiB.
    pub const MAX_SIZE: usize = 4 * 1024 * 1024;

    /// A notification, in every version.
    pub const fn new(code: Code, name: &'static str) -> Self {
        Self {
            code,
            name,
            since: 0,
            until: u64::MAX,
            kind: MessageKind::Notification,
            timeout: None,
            max_size: Self::MAX_SIZE,
            rate: None,
        }
    }

    /// The same message, as a request for the reply that has this code.
    #[must_use]
    pub const fn request(mut self, reply: Code) -> Self {
        self.kind = MessageKind::Request { reply };
        self
    }

    /// The same message, as a reply.
    #[must_use]
    pub const fn reply(mut self) -> Self {
        self.kind = MessageKind::Reply;
        self
    }

    /// The same request, with this timeout for its reply.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same message, in no version before this one.
    #[must_use]
    pub const fn since(mut self, version: u64) -> Self {
        self.since = version;
        self
    }

    /// The same message, in no version after this one.
    #[must_use]
    pub const fn until(mut self, version: u64) -> Self {
        self.until = version;
        self
    }

    /// The same message, with a payload of at most this many bytes.
    ///
    /// # Panics
    ///
    /// Unless it is 1 to 2^24 - 1. In a constant table, where rows belong, that is a compile error:
    ///
    /// ```compile_fail,E0080
    /// # use p2p::protocol::{Code, MessageInfo};
    /// const PING: MessageInfo = MessageInfo::new(Code(0), "Ping").max_size(0);
    /// # fn main() { let _ = PING; }
    /// ```
    #[must_use]
    pub const fn max_size(mut self, bytes: usize) -> Self {
        assert!(
            bytes >= 1 && bytes <= MAX_PAYLOAD,
            "a message's max_size is 1 to 2^24 - 1 bytes"
        );
        self.max_size = bytes;
        self
    }

    /// The same message, no more often than this from one peer.
    #[must_use]
    pub const fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Returns `true` if a version of its protocol has the message.
    pub const fn is_in(&self, version: u64) -> bool {
        self.since <= version && version <= self.until
    }

    /// True if the payload starts with a [`RequestId`].
    pub(crate) fn has_id(&self) -> bool {
        self.kind != MessageKind::Notification
    }

    /// Checks that a version has the message, as [`Protocol::encode`](super::Protocol::encode) has to.
    ///
    /// # Errors
    ///
    /// [`EncodeError::NotInVersion`] names the message and its versions.
    pub const fn check(&self, version: u64) -> Result<(), EncodeError> {
        if self.is_in(version) {
            return Ok(());
        }
        Err(EncodeError::NotInVersion {
            message: self.name,
            version,
            since: self.since,
            until: self.until,
        })
    }

    /// The ID with which to encode a request or reply.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Request`] or [`EncodeError::Reply`] if there is none: the message was sent as if it
    /// were a notification.
    pub fn id(&self, id: Option<RequestId>) -> Result<RequestId, EncodeError> {
        let message = self.name;
        id.ok_or(match self.kind {
            MessageKind::Reply => EncodeError::Reply { message },
            MessageKind::Request { .. } | MessageKind::Notification => {
                EncodeError::Request { message }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_in_the_versions_from_since_to_until() {
        let row = MessageInfo::new(Code(0), "Text");
        assert!(row.is_in(0) && row.is_in(u64::MAX));
        let row = row.since(70).until(71);
        assert_eq!(
            [69, 70, 71, 72].map(|version| row.is_in(version)),
            [false, true, true, false]
        );
    }

    #[test]
    fn a_message_that_a_version_lacks_names_those_that_have_it() {
        let row = MessageInfo::new(Code(0), "Text");
        let error = |row: MessageInfo| row.check(5).expect_err("not in it").to_string();
        assert_eq!(row.check(5), Ok(()));
        assert_eq!(
            error(row.since(6)),
            "message Text is not in version 5, only from version 6 on"
        );
        assert_eq!(
            error(row.until(4)),
            "message Text is not in version 5, only up to version 4"
        );
        assert_eq!(
            error(row.since(3).until(4)),
            "message Text is not in version 5, only in versions 3 to 4"
        );
        assert_eq!(
            error(row.since(4).until(4)),
            "message Text is not in version 5, only in version 4"
        );
    }
}
