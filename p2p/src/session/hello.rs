//! Hello, the first message of either side. Source: `rlpx.md`, "Hello".

use crate::breach::Breach;
use crate::identity::public_key::PublicKey;
use crate::rlp::{self, Encode, Reader, Writer};
use crate::{Capability, rlp::Error};

/// The maximum length kept of a peer's client name, in bytes.
pub const MAX_CLIENT: usize = 256;

/// Who a node is and what it speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// The version of the base protocol.
    pub version: u64,
    /// The client's name. A peer's name is safe to print: truncated to [`MAX_CLIENT`] bytes, with
    /// everything but printable ASCII escaped.
    pub client: String,
    /// The capabilities that the node speaks. Invalid entries from a peer, for instance with a
    /// version beyond 64 bits, are left out, because they can't be shared.
    pub capabilities: Vec<Capability>,
    /// The TCP port on which the node claims to listen; 0 if it does not say, or says something that is not
    /// a port. Nothing proves it. A server sends 0.
    pub listen_port: u64,
    /// The node's key.
    pub public_key: PublicKey,
}

impl Hello {
    /// Reads a peer's Hello and checks that its key is `remote`, the one of the handshake.
    pub(super) fn read(payload: &[u8], remote: &PublicKey) -> Result<Self, Breach> {
        let (hello, key) = Self::fields(payload, remote).map_err(Breach::Hello)?;
        if key.len() != 64 || key.iter().all(|byte| *byte == 0) {
            Err(Breach::NodeKey { length: key.len() })
        } else if key != remote.to_bytes() {
            Err(Breach::OtherNodeKey)
        } else {
            Ok(hello)
        }
    }

    /// The fields, and the key as it came. What follows the key belongs to a later version.
    fn fields<'a>(payload: &'a [u8], remote: &PublicKey) -> Result<(Self, &'a [u8]), Error> {
        let mut reader = Reader::new(payload);
        let mut list = reader.list()?;
        reader.finish()?;
        let version = saturating(list.bytes()?);
        let client = printable(list.bytes()?);
        let mut items = list.list()?;
        let mut capabilities = Vec::new();
        while !items.is_empty() {
            capabilities.extend(rlp::decode::<Capability>(items.item()?).ok());
        }
        // Any item is accepted: to most nodes it has no meaning.
        let port = rlp::decode::<u16>(list.item()?).unwrap_or(0);
        let hello = Self {
            version,
            client,
            capabilities,
            listen_port: port.into(),
            public_key: *remote,
        };
        Ok((hello, list.bytes()?))
    }

    fn payload_length(&self) -> usize {
        self.version.length()
            + self.client.length()
            + self.capabilities.length()
            + self.listen_port.length()
            + self.public_key.to_bytes().length()
    }
}

impl Encode for Hello {
    fn length(&self) -> usize {
        rlp::list_length(self.payload_length())
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.list(self.payload_length());
        self.version.encode(out);
        self.client.encode(out);
        self.capabilities.encode(out);
        self.listen_port.encode(out);
        self.public_key.to_bytes().encode(out);
    }
}

/// An integer of any length, as the version of a peer from the future may have.
fn saturating(digits: &[u8]) -> u64 {
    digits.iter().fold(0_u64, |value, digit| {
        value
            .checked_mul(256)
            .map_or(u64::MAX, |value| value | u64::from(*digit))
    })
}

/// A peer's string, safe for logs and terminals.
fn printable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for character in String::from_utf8_lossy(bytes).chars() {
        let before = text.len();
        match character {
            ' '..='~' => text.push(character),
            _ => text.extend(character.escape_default()),
        }
        if text.len() > MAX_CLIENT {
            text.truncate(before);
            break;
        }
    }
    text
}
