//! The protocol that is attacked: messages whose few bytes become many.

use std::time::Duration;

use p2p::prelude::*;

#[derive(Debug, Protocol)]
#[protocol(name = "bench", version = 1)]
pub(crate) enum Message {
    Numbers(Vec<u64>),
    Lists(Vec<Vec<u8>>),
    Nested(Vec<Vec<Vec<u64>>>),
    Boxes(Vec<Box<u64>>),
    #[message(reply = Done)]
    AskNumbers {
        numbers: Vec<u64>,
    },
    #[message(reply = Done)]
    AskLists {
        lists: Vec<Vec<u8>>,
    },
    #[message(reply = Done)]
    AskNested {
        nested: Vec<Vec<Vec<u64>>>,
    },
    #[message(reply = Done)]
    AskBoxes {
        boxes: Vec<Box<u64>>,
    },
    Done(u8),
    #[message(reply = Large)]
    GetLarge {
        bytes: u32,
    },
    Large(Vec<u8>),
}

/// Keeps nothing. A notification takes a moment, a request for ever.
pub(crate) struct Slow;

async fn moment() -> p2p::Result {
    tokio::time::sleep(Duration::from_millis(100)).await;
    Ok(())
}

#[async_trait]
impl MessageHandler for Slow {
    async fn numbers(&self, _: &Peer<Message>, numbers: Vec<u64>) -> p2p::Result {
        moment().await?;
        drop(numbers);
        Ok(())
    }

    async fn lists(&self, _: &Peer<Message>, lists: Vec<Vec<u8>>) -> p2p::Result {
        moment().await?;
        drop(lists);
        Ok(())
    }

    async fn nested(&self, _: &Peer<Message>, nested: Vec<Vec<Vec<u64>>>) -> p2p::Result {
        moment().await?;
        drop(nested);
        Ok(())
    }

    async fn boxes(&self, _: &Peer<Message>, boxes: Vec<Box<u64>>) -> p2p::Result {
        moment().await?;
        drop(boxes);
        Ok(())
    }

    async fn ask_numbers(&self, _: &Peer<Message>, numbers: Vec<u64>) -> p2p::Result<Option<u8>> {
        std::future::pending::<()>().await;
        Ok(Some(numbers.len() as u8))
    }

    async fn ask_lists(&self, _: &Peer<Message>, lists: Vec<Vec<u8>>) -> p2p::Result<Option<u8>> {
        std::future::pending::<()>().await;
        Ok(Some(lists.len() as u8))
    }

    async fn ask_nested(
        &self,
        _: &Peer<Message>,
        nested: Vec<Vec<Vec<u64>>>,
    ) -> p2p::Result<Option<u8>> {
        std::future::pending::<()>().await;
        Ok(Some(nested.len() as u8))
    }

    async fn ask_boxes(&self, _: &Peer<Message>, boxes: Vec<Box<u64>>) -> p2p::Result<Option<u8>> {
        std::future::pending::<()>().await;
        Ok(Some(boxes.len() as u8))
    }

    async fn get_large(&self, _: &Peer<Message>, bytes: u32) -> p2p::Result<Option<Vec<u8>>> {
        Ok(Some(vec![7; bytes as usize]))
    }
}

/// A list's header and its payload.
fn list(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = p2p::rlp::Writer::new(&mut bytes);
    out.list(payload.len());
    out.raw(payload);
    out.finish().expect("no error");
    bytes
}

/// A shape of F3: the code of its notification, and an encoding of about so many bytes that takes as much memory as
/// it may, or is refused.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) code: u64,
    pub(crate) field: fn(usize) -> Vec<u8>,
}

pub(crate) const SHAPES: [Shape; 5] = [
    Shape {
        name: "numbers",
        code: 0,
        field: |size| list(&vec![1; size]),
    },
    Shape {
        name: "empty lists",
        code: 1,
        field: |size| list(&vec![0x80; size]),
    },
    Shape {
        name: "short lists",
        code: 1,
        field: |size| list(&[0x86, 1, 2, 3, 4, 5, 6].repeat(size / 7)),
    },
    Shape {
        name: "nested lists",
        code: 2,
        field: |size| {
            let inner = list(&list(&[1; 40]).repeat(10));
            list(&inner.repeat(size / inner.len()))
        },
    },
    Shape {
        name: "boxes",
        code: 3,
        field: |size| list(&[0x83, 1, 2, 3].repeat(size / 4)),
    },
];

impl Shape {
    /// The payload of a notification.
    pub(crate) fn notification(&self, size: usize) -> Vec<u8> {
        list(&(self.field)(size))
    }

    /// The payload of a request, and its code.
    pub(crate) fn request(&self, id: u8, size: usize) -> (u64, Vec<u8>) {
        let fields = [&[id][..], &(self.field)(size)].concat();
        (self.code + 4, list(&fields))
    }
}

/// The code of [`Message::GetLarge`], and its payload.
pub(crate) fn get_large(id: u8, bytes: u32) -> (u64, Vec<u8>) {
    let mut fields = vec![id];
    let mut out = p2p::rlp::Writer::new(&mut fields);
    out.uint(bytes.into());
    out.finish().expect("no error");
    (9, list(&fields))
}
