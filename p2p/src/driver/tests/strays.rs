//! Replies that nobody waits for.

use std::future::pending;

use super::batching::Question;
use super::*;
use crate::connection::batch::Payload;
use crate::connection::pending::StrayReplies;
use crate::protocol::numbers::Code;
use crate::snappy::compress;

/// The message id of the reply.
const ANSWER: u64 = 17;

/// A connection on which `Question` is asked and answered.
fn asking(strays: StrayReplies) -> (Rig, Hand) {
    let service: Service<Question> = Question::run(|_, _inbox| pending());
    let setup = Setup {
        services: vec![Arc::new(service.stray_replies(strays))],
        ..serving(Text::run(|_, _inbox| pending()))
    };
    setup.start()
}

/// The frame of a long reply with this id as it is encoded, whose Snappy block lacks its end if it is not `whole`.
fn long_answer(hand: &mut Hand, id: u8, whole: bool) -> Vec<u8> {
    let mut answer = vec![0xf9, 0x75, 0x30, id];
    answer.resize(30_003, 0);
    let mut block = compress(&answer).expect("it fits");
    block.truncate(block.len() - usize::from(!whole));
    let mut out = Vec::new();
    let sealed = hand
        .session
        .egress
        .message(MessageId(ANSWER), &block, true, &mut out);
    sealed.expect("it fits");
    out
}

#[tokio::test(start_paused = true)]
async fn a_long_reply_that_nobody_waits_for_is_not_decompressed() {
    let (rig, mut hand) = asking(StrayReplies::Drop);
    let requests = &rig.connection.channels[0].requests;
    for unsolicited in 1..=2 {
        let frame = long_answer(&mut hand, 7, false);
        hand.write(&frame).await;
        hand.ping().await;
        assert_eq!(hand.hear().await, Heard::Pong);
        assert_eq!(requests.counts().unsolicited, unsolicited);
    }
    // Nor is it while another is waited for.
    let mut waiting = {
        let slot = requests.try_slot().expect("the first");
        requests.begin(Code(1), slot).expect("open")
    };
    for frame in [
        long_answer(&mut hand, 7, false),
        long_answer(&mut hand, 0x80, true),
    ] {
        hand.write(&frame).await;
    }
    let answer = bounded(waiting.reply()).await.expect("answered");
    assert_eq!(answer.len(), 30_003);
    drop(waiting);
    let frame = long_answer(&mut hand, 0x80, false);
    hand.write(&frame).await;
    hand.ping().await;
    assert_eq!(hand.hear().await, Heard::Pong);
    let counts = requests.counts();
    assert_eq!((counts.unsolicited, counts.late), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_long_reply_that_nobody_waits_for_is_refused_as_a_short_one() {
    let (rig, mut hand) = asking(StrayReplies::RefuseUnsolicited);
    let frame = long_answer(&mut hand, 7, true);
    hand.write(&frame).await;
    hand.expect_end(DisconnectReason::ProtocolBreach).await;
    drop(hand);
    let cause = rig.end().await;
    assert!(matches!(cause, Cause::StrayReply { .. }), "{cause:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_comes_while_the_node_stops_is_no_breach() {
    let (rig, _hand) = asking(StrayReplies::RefuseAll);
    let channel = &rig.connection.channels[0];
    let requests = &channel.requests;
    let slot = requests.try_slot().expect("the first");
    let waiting = requests.begin(Code(1), slot).expect("open");
    rig.connection.drain();
    let answer = Payload::from(&[0xc1, 0x80][..]);
    let row = channel.messages.row(Code(1)).expect("the reply");
    let resolved = requests.resolve(row, answer);
    assert!(resolved.is_ok(), "{resolved:?}");
    assert_eq!(requests.counts().late, 0);
    drop(waiting);
}
