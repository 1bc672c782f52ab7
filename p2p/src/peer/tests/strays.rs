//! Replies that nobody waits for.

use std::future::pending;

use super::batching::Question;
use super::*;
use crate::protocol::{Code, Payload, StrayReplies};

/// A connection on which `Question` is asked and answered.
fn asking(strays: StrayReplies) -> (Rig, Hand) {
    let service: Service<Question> = Question::run(|_, _inbox| pending());
    let setup = Setup {
        services: vec![Arc::new(service.stray_replies(strays))],
        ..serving(Text::run(|_, _inbox| pending()))
    };
    setup.start()
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_comes_while_the_node_stops_is_no_breach() {
    let (rig, _hand) = asking(StrayReplies::RefuseAll);
    let requests = &rig.connection.channels[0].requests;
    let slot = requests.try_slot().expect("the first");
    let waiting = requests.begin(Code(1), slot).expect("open");
    rig.connection.drain();
    let answer = Payload::from(&[0xc1, 0x80][..]);
    let resolved = requests.resolve(Code(1), "Answer", answer);
    assert!(resolved.is_ok(), "{resolved:?}");
    assert_eq!(requests.counts().late, 0);
    drop(waiting);
}
