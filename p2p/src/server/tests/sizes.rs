//! Messages that are larger than their protocol's table allows.

use tokio::sync::mpsc;

use super::*;
use crate::breach::Breach;
use crate::protocol::Protocol;
use crate::protocol::error::{DecodeError, EncodeError};
use crate::protocol::numbers::{Code, RequestId, Version};
use crate::protocol::table::MessageInfo;
use crate::serve::error::{SendError, TrySendError};
use crate::session::tests::seal_raw;

/// The largest payload of `Sized` in version 1 and 2.
const SMALL: usize = 100;
const LARGE: usize = 5000;

/// `Text` in a protocol whose versions differ in how large it may be.
#[derive(Debug)]
enum Sized {
    Small(String),
    Large(String),
}

const fn version(number: u64) -> Version {
    Version { number, length: 1 }
}

impl Protocol for Sized {
    const NAME: &'static str = "sized";
    const VERSIONS: &'static [Version] = &[version(1), version(2)];
    const MESSAGES: &'static [MessageInfo] = &[
        MessageInfo::new(Code(0), "Small").until(1).max_size(SMALL),
        MessageInfo::new(Code(0), "Large").since(2).max_size(LARGE),
    ];

    fn info(&self) -> &'static MessageInfo {
        match self {
            Self::Small(_) => &Self::MESSAGES[0],
            Self::Large(_) => &Self::MESSAGES[1],
        }
    }

    fn encode(
        &self,
        version: u64,
        _: Option<RequestId>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.info().check(version)?;
        let (Self::Small(words) | Self::Large(words)) = self;
        text(words).encode(1, None, out)
    }

    fn decode(version: u64, code: Code, payload: &[u8]) -> Result<Self, DecodeError> {
        let Text(words) = Text::decode(1, code, payload)?;
        Ok(match version {
            1 => Self::Small(words),
            _ => Self::Large(words),
        })
    }
}

/// Words whose payload has this many bytes.
fn words(size: usize) -> String {
    let mut words = "x".repeat(size);
    while payload(&words).len() > size {
        words.pop();
    }
    assert_eq!(payload(&words).len(), size);
    words
}

fn payload(words: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    text(words).encode(1, None, &mut payload).expect("encoded");
    payload
}

/// A server that says how long what it hears is.
async fn listening() -> (Server, mpsc::UnboundedReceiver<usize>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let service = Sized::run(move |_, mut inbox| {
        let sender = sender.clone();
        async move {
            while let Ok(Sized::Small(words) | Sized::Large(words)) = inbox.recv().await {
                sender.send(payload(&words).len())?;
            }
            Ok(())
        }
    });
    (start(builder().protocol(service)).await, receiver)
}

/// Sends a raw payload, and returns the cause for which the server drops the sender.
async fn refusal(server: &Server, block: &[u8], compressed: bool) -> Cause {
    let mut events = server.events();
    let mut hand = knock(server, NodeKey::random()).await.greet("sized").await;
    added(&mut events).await;
    let mut frame = Vec::new();
    let egress = &mut hand.session.egress;
    if compressed {
        seal_raw(egress, MessageId(16), block, &mut frame);
    } else {
        let sealed = egress.message(MessageId(16), block, false, &mut frame);
        sealed.expect("it fits");
    }
    hand.stream.write_all(&frame).await.expect("written");
    assert_eq!(hand.hear().await, Err(DisconnectReason::ProtocolBreach));
    dropped(&mut events).await
}

#[tokio::test]
async fn max_size_applies_before_decompression() {
    let (server, mut heard) = listening().await;
    for (block, compressed) in [
        (payload(&words(SMALL + 1)), false),
        // It declares as much, and is not even a block.
        (vec![SMALL as u8 + 1, 2, 0, 0, 0, 0, 0], true),
        // More than its few bytes can decompress to, and more than any message may have.
        (vec![0xff, 0xff, 0x7f, 0], true),
        (vec![0xff, 0xff, 0xff, 0xff, 0x7f, 0], true),
    ] {
        let cause = refusal(&server, &block, compressed).await;
        let Cause::MessageTooLarge { message, limit, .. } = cause else {
            panic!("{cause}");
        };
        assert_eq!((message, limit), ("Small", SMALL));
        assert_eq!(cause.reason(), DisconnectReason::ProtocolBreach);
    }
    // A frame that no message can need is not even waited for.
    let block = [&[0x80, 0x10][..], &[0; 3000]].concat();
    let cause = refusal(&server, &block, true).await;
    assert!(
        matches!(cause, Cause::Breach(Breach::FrameTooLarge { .. })),
        "{cause}"
    );

    let mut hand = knock(&server, NodeKey::random()).await.greet("sized").await;
    hand.send(&words(SMALL)).await;
    assert_eq!(bounded(heard.recv()).await, Some(SMALL));
    assert!(heard.try_recv().is_err(), "nothing of the others");
}

#[tokio::test]
async fn oversized_messages_are_not_sent() {
    let (server, mut heard) = listening().await;
    let service = Sized::run(|_, _| std::future::pending());
    let peers = service.peers();
    let other = start(builder().protocol(service)).await;
    other.connect(&server.enode()).await.expect("a peer");
    let peer = peers.list().pop().expect("accepted");
    assert_eq!(peer.version(), 2);
    // The last is compressed early.
    for size in [LARGE + 1, 1 << 20] {
        let large = || Sized::Large(words(size));
        let expected = EncodeError::TooLarge {
            message: "Large",
            size,
            limit: LARGE,
        };
        let Err(SendError::Encode(error)) = peer.send(large()).await else {
            panic!("sent");
        };
        assert_eq!(error, expected);
        let Err(TrySendError::Encode(error)) = peer.try_send(large()) else {
            panic!("sent");
        };
        assert_eq!(error, expected);
        assert_eq!(peers.broadcast(&large()).err(), Some(expected));
    }
    let largest = Sized::Large(words(LARGE));
    peer.send(largest).await.expect("sent");
    assert_eq!(
        bounded(heard.recv()).await,
        Some(LARGE),
        "and nothing before it"
    );
}
