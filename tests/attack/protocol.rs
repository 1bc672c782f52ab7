//! The protocol that the attacked node serves. Its handlers keep nothing.

#![allow(
    clippy::vec_box,
    reason = "each box is an allocation, which is the point"
)]

use std::sync::LazyLock;
use std::time::Duration;

use p2p::prelude::*;

/// How long the handler of a request with a bomb holds what it was given.
const HELD: Duration = Duration::from_secs(10);

/// Bytes of the largest reply.
pub(crate) const LARGEST: usize = 4_000_000;

/// Bytes in which Snappy finds nothing, from which large replies are cut.
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = vec![0; LARGEST];
    getrandom::fill(&mut bytes).expect("randomness");
    bytes
});

/// Lists of each shape, once as a notification and once as a request, and small things.
#[derive(Debug, Protocol)]
#[protocol(name = "attack", version = 1)]
pub(crate) enum Message {
    Numbers(Vec<u64>),
    Strings(Vec<Vec<u8>>),
    Lists(Vec<Vec<Vec<u64>>>),
    Boxes(Vec<Box<u64>>),
    Tiny,
    #[message(reply = Kept)]
    KeepNumbers(Vec<u64>),
    #[message(reply = Kept)]
    KeepStrings(Vec<Vec<u8>>),
    #[message(reply = Kept)]
    KeepLists(Vec<Vec<Vec<u64>>>),
    #[message(reply = Kept)]
    KeepBoxes(Vec<Box<u64>>),
    Kept,
    #[message(reply = Echoed)]
    Echo(Vec<u8>),
    Echoed(Vec<u8>),
    #[message(reply = Large)]
    GetLarge(u64),
    Large(Vec<u8>),
}

pub(crate) struct Handler;

impl Handler {
    /// A handler whose replies have been prepared.
    pub(crate) fn warm() -> Self {
        LazyLock::force(&BYTES);
        Self
    }
}

#[async_trait]
impl MessageHandler for Handler {
    async fn numbers(&self, _: &Peer<Message>, _: Vec<u64>) -> p2p::Result {
        Ok(())
    }

    async fn strings(&self, _: &Peer<Message>, _: Vec<Vec<u8>>) -> p2p::Result {
        Ok(())
    }

    async fn lists(&self, _: &Peer<Message>, _: Vec<Vec<Vec<u64>>>) -> p2p::Result {
        Ok(())
    }

    async fn boxes(&self, _: &Peer<Message>, _: Vec<Box<u64>>) -> p2p::Result {
        Ok(())
    }

    async fn tiny(&self, _: &Peer<Message>) -> p2p::Result {
        Ok(())
    }

    async fn keep_numbers(&self, _: &Peer<Message>, kept: Vec<u64>) -> p2p::Result<Option<()>> {
        hold(kept).await
    }

    async fn keep_strings(&self, _: &Peer<Message>, kept: Vec<Vec<u8>>) -> p2p::Result<Option<()>> {
        hold(kept).await
    }

    async fn keep_lists(
        &self,
        _: &Peer<Message>,
        kept: Vec<Vec<Vec<u64>>>,
    ) -> p2p::Result<Option<()>> {
        hold(kept).await
    }

    async fn keep_boxes(&self, _: &Peer<Message>, kept: Vec<Box<u64>>) -> p2p::Result<Option<()>> {
        hold(kept).await
    }

    async fn echo(&self, _: &Peer<Message>, data: Vec<u8>) -> p2p::Result<Option<Vec<u8>>> {
        Ok(Some(data))
    }

    async fn get_large(&self, _: &Peer<Message>, size: u64) -> p2p::Result<Option<Vec<u8>>> {
        let size = usize::try_from(size).unwrap_or(LARGEST).min(LARGEST);
        Ok(Some(BYTES[..size].to_vec()))
    }
}

/// Holds a value for a while.
async fn hold<T: Send>(kept: T) -> p2p::Result<Option<()>> {
    tokio::time::sleep(HELD).await;
    drop(kept);
    Ok(Some(()))
}
