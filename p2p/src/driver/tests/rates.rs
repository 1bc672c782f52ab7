//! A peer that sends a message more often than it may.

use tokio::sync::mpsc;
use tokio::time::{Instant, advance};

use super::*;
use crate::protocol::error::{DecodeError, EncodeError};
use crate::protocol::numbers::{Code, RequestId, Version};
use crate::protocol::rate::{OverRate, Rate};
use crate::protocol::table::MessageInfo;

/// A protocol with the message of `Text` as code 1, ten a second and no more than three at once, and the
/// same as code 0 as often as one likes.
#[derive(Debug)]
struct Limited<const DROP: bool>(Text);

const RATE: Rate = Rate::per_second(10).burst(3);
const FREE: u64 = 16;
const RATED: u64 = 17;

impl<const DROP: bool> Protocol for Limited<DROP> {
    const NAME: &'static str = "limited";
    const VERSIONS: &'static [Version] = &[Version {
        number: 1,
        length: 2,
    }];
    const MESSAGES: &'static [MessageInfo] = &[
        MessageInfo::new(Code(0), "Free"),
        MessageInfo::new(Code(1), "Rated").rate(RATE.excess(if DROP {
            OverRate::Drop
        } else {
            OverRate::Disconnect
        })),
    ];

    fn info(&self) -> &'static MessageInfo {
        &Self::MESSAGES[0]
    }

    fn encode(
        &self,
        version: u64,
        _: Option<RequestId>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.0.encode(version, None, out)
    }

    fn decode(version: u64, _code: Code, payload: &[u8]) -> Result<Self, DecodeError> {
        Text::decode(version, Code(0), payload).map(Self)
    }
}

/// A connection on which the protocol is spoken, and what it hears.
fn limited<const DROP: bool>() -> (
    Rig,
    Hand,
    crate::Peers<Limited<DROP>>,
    mpsc::UnboundedReceiver<String>,
) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let service = Limited::<DROP>::run(move |_, mut inbox| {
        let sender = sender.clone();
        async move {
            while let Ok(Limited(Text(words))) = inbox.recv().await {
                sender.send(words)?;
            }
            Ok(())
        }
    });
    let peers = service.peers();
    let mut setup = serving(Text::run(|_, _| std::future::pending()));
    setup.services = vec![Arc::new(service)];
    let (rig, hand) = setup.start();
    (rig, hand, peers, receiver)
}

/// Waits until all that was sent has been read.
async fn read(hand: &mut Hand) {
    hand.ping().await;
    assert_eq!(hand.hear().await, Heard::Pong);
}

#[tokio::test(start_paused = true)]
async fn what_comes_too_often_is_dropped_and_counted() {
    let (rig, mut hand, peers, mut heard) = limited::<true>();
    let peer = rig.peer(&peers).await;
    let begin = Instant::now();
    for number in 0..100 {
        hand.send(RATED, &format!("{number}")).await;
    }
    hand.send(FREE, "free").await;
    read(&mut hand).await;
    assert_eq!(begin.elapsed(), Duration::ZERO);
    for expected in ["0", "1", "2", "free"] {
        assert_eq!(bounded(heard.recv()).await.as_deref(), Some(expected));
    }
    assert_eq!(peer.dropped(), 97);

    advance(Duration::from_millis(200)).await;
    for number in 100..105 {
        hand.send(RATED, &format!("{number}")).await;
    }
    read(&mut hand).await;
    for expected in ["100", "101"] {
        assert_eq!(bounded(heard.recv()).await.as_deref(), Some(expected));
    }
    assert_eq!(peer.dropped(), 100);
    assert!(heard.try_recv().is_err() && !peer.is_closed());
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_is_not_decompressed() {
    let (rig, mut hand, peers, mut heard) = limited::<true>();
    let peer = rig.peer(&peers).await;
    for _ in 0..3 {
        hand.send(RATED, "good").await;
        assert_eq!(bounded(heard.recv()).await.as_deref(), Some("good"));
    }
    let frame = broken(&mut hand);
    hand.write(&frame).await;
    read(&mut hand).await;
    assert_eq!((peer.dropped(), peer.is_closed()), (1, false));
    advance(Duration::from_secs(1)).await;
    let frame = broken(&mut hand);
    hand.write(&frame).await;
    hand.expect_end(DisconnectReason::ProtocolBreach).await;
}

/// A frame with a block of three bytes that are not there.
fn broken(hand: &mut Hand) -> Vec<u8> {
    let block = [3, 2, 0];
    let mut out = Vec::new();
    let sealed = hand
        .session
        .egress
        .message(MessageId(RATED), &block, true, &mut out);
    sealed.expect("it fits");
    out
}

#[tokio::test(start_paused = true)]
async fn who_sends_too_often_is_disconnected_and_the_cause_names_the_message() {
    let (rig, mut hand, _peers, mut heard) = limited::<false>();
    for number in 0..4 {
        hand.send(RATED, &format!("{number}")).await;
    }
    hand.expect_end(DisconnectReason::ProtocolBreach).await;
    drop(hand);
    let cause = rig.end().await;
    assert_eq!(
        cause.to_string(),
        "protocol limited, message Rated: it came more often than 10/s with a burst of 3"
    );
    assert!(matches!(cause, Cause::RateExceeded { rate, .. } if rate == RATE));
    while let Some(words) = heard.recv().await {
        assert_ne!(words, "3");
    }
}

#[tokio::test(start_paused = true)]
async fn who_keeps_to_the_rate_is_served() {
    let (rig, mut hand, peers, mut heard) = limited::<false>();
    let peer = rig.peer(&peers).await;
    for number in 0..200 {
        let words = format!("{number}");
        hand.send(RATED, &words).await;
        assert_eq!(bounded(heard.recv()).await, Some(words));
        advance(Duration::from_millis(100)).await;
    }
    assert_eq!((peer.dropped(), peer.is_closed()), (0, false));
}

#[tokio::test(start_paused = true)]
async fn who_keeps_to_the_rate_is_served_after_a_time_in_which_we_do_not_read() {
    let (sender, mut heard) = mpsc::unbounded_channel();
    let go = Arc::new(tokio::sync::Notify::new());
    let gate = go.clone();
    let service = Limited::<false>::run(move |_, mut inbox| {
        let sender = sender.clone();
        let gate = gate.clone();
        async move {
            gate.notified().await;
            while let Ok(Limited(Text(words))) = inbox.recv().await {
                sender.send(words)?;
            }
            Ok(())
        }
    });
    let mut setup = serving(Text::run(|_, _| std::future::pending()));
    setup.services = vec![Arc::new(service.queue_size(1024))];
    let (rig, mut hand) = setup.start();
    for number in 0..80 {
        hand.send(RATED, &format!("{number:<100}")).await;
        advance(Duration::from_millis(100)).await;
    }
    go.notify_one();
    for number in 0..80 {
        assert_eq!(bounded(heard.recv()).await, Some(format!("{number:<100}")));
    }
    assert!(rig.connection.cause().is_none());
}
