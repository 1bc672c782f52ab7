//! A capability: the name and version by which two nodes agree on a protocol.

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use crate::rlp;

/// The longest capability name, in bytes.
pub(crate) const MAX_NAME: usize = 8;

/// The name and version of a protocol, as listed in Hello.
///
/// A name has 1 to 8 bytes of ASCII, a version is any integer. Capabilities from a peer are kept unchanged,
/// even with invalid names; [`Capability::new`] checks our own. Source: `rlpx.md`, "Capability Messaging".
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Capability {
    name: Cow<'static, [u8]>,
    version: u64,
}

impl Capability {
    /// Creates a capability of this node.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the name breaks the rules of the specification.
    pub fn new(name: &'static str, version: u64) -> Result<Self, NameError> {
        check_name(name)?;
        Ok(Self {
            name: Cow::Borrowed(name.as_bytes()),
            version,
        })
    }

    /// The name, with everything but printable ASCII escaped.
    pub fn name(&self) -> Cow<'_, str> {
        match std::str::from_utf8(&self.name) {
            Ok(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => Cow::Borrowed(text),
            _ => Cow::Owned(self.name.escape_ascii().to_string()),
        }
    }

    /// The bytes of the name, as on the wire.
    pub fn name_bytes(&self) -> &[u8] {
        &self.name
    }

    /// The version.
    pub fn version(&self) -> u64 {
        self.version
    }
}

/// Checks a name of ours against the rules: 1 to 8 bytes of printable ASCII without white space.
pub(crate) fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        Err(NameError::Empty)
    } else if name.len() > MAX_NAME {
        Err(NameError::TooLong {
            name: name.to_owned(),
        })
    } else if let Some(character) = name.chars().find(|c| !c.is_ascii_graphic()) {
        Err(NameError::Character {
            name: name.to_owned(),
            character,
        })
    } else {
        Ok(())
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name(), self.version)
    }
}

impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl rlp::Encode for Capability {
    fn length(&self) -> usize {
        rlp::list_length(rlp::Encode::length(&self.name[..]) + self.version.length())
    }

    fn encode(&self, out: &mut rlp::Writer<'_>) {
        out.list(rlp::Encode::length(&self.name[..]) + self.version.length());
        self.name[..].encode(out);
        self.version.encode(out);
    }
}

impl rlp::Decode for Capability {
    fn decode(reader: &mut rlp::Reader<'_>) -> Result<Self, rlp::Error> {
        let mut fields = reader.list()?;
        let name = Cow::Owned(fields.bytes()?.to_vec());
        let version = rlp::Decode::decode(&mut fields)?;
        fields.finish()?;
        Ok(Self { name, version })
    }
}

/// Why a capability name can't be used.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// It is empty.
    #[error("a capability name is empty, 1 to {MAX_NAME} bytes are allowed")]
    Empty,
    /// It has more than 8 bytes.
    #[error("capability name {name:?} has {} bytes, at most {MAX_NAME} are allowed", name.len())]
    TooLong {
        /// The name.
        name: String,
    },
    /// A character is not printable ASCII.
    #[error("capability name {name:?} has the character {character:?}, printable ASCII is allowed")]
    Character {
        /// The name.
        name: String,
        /// The first such character.
        character: char,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_to_eight_bytes_of_printable_ascii() {
        assert!(Capability::new("a", 1).is_ok());
        assert!(Capability::new("abcdefgh", 1).is_ok());
        assert_eq!(Capability::new("", 1), Err(NameError::Empty));
        assert_eq!(
            Capability::new("custom_rlpx", 1).map_err(|error| error.to_string()),
            Err("capability name \"custom_rlpx\" has 11 bytes, at most 8 are allowed".to_owned())
        );
        assert!(matches!(
            Capability::new("a b", 1),
            Err(NameError::Character { character: ' ', .. })
        ));
        assert!(Capability::new("caf\u{e9}", 1).is_err());
    }

    #[test]
    fn a_peers_bad_name_is_escaped() {
        let wire = [0xc5, 0x83, b'a', 0x1b, 0xff, 0x01];
        let capability: Capability = rlp::decode(&wire).expect("a list of a string and a number");
        assert_eq!(capability.to_string(), "a\\x1b\\xff/1");
        assert_eq!(rlp::encode(&capability), Ok(wire.to_vec()));
    }
}
