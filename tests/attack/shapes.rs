//! Payloads that are small on the wire and large in memory.

use p2p::Protocol;
use p2p::protocol::{MessageInfo, RequestId};
use p2p::snappy;

use crate::protocol::Message;

/// What a bomb decodes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `Vec<u64>` of ones.
    Numbers,
    /// `Vec<Vec<u8>>` of short items.
    Strings,
    /// `Vec<Vec<u8>>` of empty items, which take too much memory and are refused.
    Empty,
    /// `Vec<Vec<Vec<u64>>>`, with one list of ten numbers in each.
    Lists,
    /// `Vec<Box<u64>>`, of numbers of three bytes.
    Boxes,
}

impl Shape {
    pub(crate) const ALL: [Self; 5] = [
        Self::Numbers,
        Self::Strings,
        Self::Empty,
        Self::Lists,
        Self::Boxes,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Numbers => "numbers",
            Self::Strings => "strings",
            Self::Empty => "empty",
            Self::Lists => "lists",
            Self::Boxes => "boxes",
        }
    }

    /// An item of the list, encoded: the one that takes most memory for its bytes of those that are accepted.
    fn item(self) -> &'static [u8] {
        match self {
            Self::Numbers => &[1],
            Self::Boxes => &[0x83, 1, 1, 1],
            Self::Strings => &[0x85, 1, 1, 1, 1, 1],
            Self::Empty => &[0x80],
            Self::Lists => &[
                0xd5, 0xd4, 0x81, 0x80, 0x81, 0x80, 0x81, 0x80, 0x81, 0x80, 0x81, 0x80, 0x81, 0x80,
                0x81, 0x80, 0x81, 0x80, 0x81, 0x80, 0x81, 0x80,
            ],
        }
    }

    /// The code of the notification.
    pub(crate) fn told(self) -> u64 {
        code(&match self {
            Self::Numbers => Message::Numbers(Vec::new()),
            Self::Strings | Self::Empty => Message::Strings(Vec::new()),
            Self::Lists => Message::Lists(Vec::new()),
            Self::Boxes => Message::Boxes(Vec::new()),
        })
    }

    /// The code of the request, whose handler holds what it is given.
    pub(crate) fn kept(self) -> u64 {
        code(&match self {
            Self::Numbers => Message::KeepNumbers(Vec::new()),
            Self::Strings | Self::Empty => Message::KeepStrings(Vec::new()),
            Self::Lists => Message::KeepLists(Vec::new()),
            Self::Boxes => Message::KeepBoxes(Vec::new()),
        })
    }

    /// A compressed message of at most this many bytes before compression, with an id if it is a request.
    pub(crate) fn bomb(self, id: Option<u8>, size: usize) -> Vec<u8> {
        // Room for the headers of both lists, and for the id.
        let items = self.item().repeat((size - 9) / self.item().len());
        let mut fields: Vec<u8> = id.into_iter().collect();
        fields.extend(list(&items));
        compress(&list(&fields))
    }
}

/// The size of the largest bomb of which every byte may become eight, by default. It takes about 98 KB on the wire.
pub(crate) const BIG: usize = MessageInfo::MAX_SIZE / 2;

/// The size of a bomb that takes about 10 KB on the wire.
pub(crate) const SMALL: usize = 200_000;

pub(crate) fn code(message: &Message) -> u64 {
    message.code().0
}

/// A message of ours, compressed, with an id if it is a request or a reply.
pub(crate) fn encoded(message: &Message, id: Option<u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoded = message.encode(1, id.map(RequestId), &mut bytes);
    encoded.expect("it can be encoded");
    compress(&bytes)
}

fn compress(payload: &[u8]) -> Vec<u8> {
    snappy::compress(payload).expect("it fits")
}

/// A list of items that are encoded already, which is at most 16 MiB long.
fn list(items: &[u8]) -> Vec<u8> {
    let length = (items.len() as u32).to_be_bytes();
    let mut list = match items.len() {
        0..56 => vec![0xc0 + items.len() as u8],
        _ => [&[0xfb], &length[..]].concat(),
    };
    // Lengths have no leading zeros.
    while list.len() > 1 && list[1] == 0 {
        list.remove(1);
        list[0] -= 1;
    }
    list.extend_from_slice(items);
    list
}
