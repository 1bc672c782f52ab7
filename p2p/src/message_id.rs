//! Message ids: the number that each message on a connection starts with.

use std::fmt;

/// A message's number on a connection, at the start of its frame's data.
///
/// It is absolute, unlike a message's code, which is relative to its capability. Ids below 16 belong to the base
/// protocol. A shared capability has a range after them, see
/// [`SharedCapability::first_id`](crate::session::SharedCapability::first_id). Source: `rlpx.md`, "Message Encoding".
///
/// On the wire it is an RLP integer:
///
/// ```
/// use p2p::session::MessageId;
///
/// let mut data = Vec::new();
/// MessageId(128).encode(&mut data);
/// data.extend_from_slice(b"payload");
/// assert_eq!(data, b"\x81\x80payload");
/// assert_eq!(MessageId::split(&data), Some((MessageId(128), &b"payload"[..])));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// The maximum size of an encoded message id, in bytes.
pub(crate) const MAX_ID: usize = 9;

impl MessageId {
    /// Appends this id to the data of a frame: 0 is `80`, ids from 128 take two or more bytes.
    pub fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.to_bytes(&mut [0; MAX_ID]));
    }

    /// Encodes this id in `space`, and returns the part of it that is used.
    pub(crate) fn to_bytes(self, space: &mut [u8; MAX_ID]) -> &[u8] {
        let skipped = match self.0 {
            0 => {
                space[MAX_ID - 1] = 0x80;
                MAX_ID - 1
            }
            1..=0x7f => {
                space[MAX_ID - 1] = self.0 as u8;
                MAX_ID - 1
            }
            _ => {
                let zeros = self.0.leading_zeros() as usize / 8;
                space[1..].copy_from_slice(&self.0.to_be_bytes());
                space[zeros] = 0x80 + (8 - zeros) as u8;
                zeros
            }
        };
        &space[skipped..]
    }

    /// Splits the data of a frame into its message id and the payload.
    ///
    /// Returns `None` if the data does not start with an integer in its shortest form, of at most 64 bits.
    pub fn split(data: &[u8]) -> Option<(Self, &[u8])> {
        let (first, rest) = data.split_first()?;
        let length = match first {
            0x01..=0x7f => return Some((Self(u64::from(*first)), rest)),
            0x80..=0x88 => usize::from(first - 0x80),
            _ => return None,
        };
        let (digits, payload) = rest.split_at_checked(length)?;
        let id = digits
            .iter()
            .fold(0, |id, digit| id << 8 | u64::from(*digit));
        // A leading zero, or a single byte that needs no prefix.
        if digits.first() == Some(&0) || (length == 1 && id < 0x80) {
            return None;
        }
        Some((Self(id), payload))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_message_id_is_an_rlp_integer() {
        for (id, bytes) in [
            (0, &hex!("80")[..]),
            (1, &hex!("01")),
            (0x7f, &hex!("7f")),
            (128, &hex!("8180")),
            (255, &hex!("81ff")),
            (256, &hex!("820100")),
            (u64::MAX, &hex!("88ffffffffffffffff")),
        ] {
            let id = MessageId(id);
            let mut out = Vec::new();
            id.encode(&mut out);
            assert_eq!(out, bytes);
            out.extend_from_slice(b"payload");
            assert_eq!(MessageId::split(&out), Some((id, &b"payload"[..])));
            assert_eq!(MessageId::split(bytes), Some((id, &b""[..])));
        }
    }

    #[test]
    fn a_message_id_in_any_other_form_is_refused() {
        for bytes in [
            &hex!("")[..],
            &hex!("00"),
            &hex!("8100"),
            &hex!("817f"),
            &hex!("820080"),
            &hex!("81"),
            &hex!("8201"),
            &hex!("89010000000000000000"),
            &hex!("b801"),
            &hex!("c0"),
            &hex!("c180"),
            &hex!("ff"),
        ] {
            assert_eq!(MessageId::split(bytes), None, "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn any_message_id_comes_back(id: u64, payload: Vec<u8>) {
            let mut data = Vec::new();
            MessageId(id).encode(&mut data);
            data.extend_from_slice(&payload);
            prop_assert_eq!(MessageId::split(&data), Some((MessageId(id), &payload[..])));
        }

        #[test]
        fn any_data_is_split_without_a_panic(data: Vec<u8>) {
            let _ = MessageId::split(&data);
        }
    }
}
