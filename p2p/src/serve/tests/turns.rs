//! Whoever waits gets its turn, however much else is ready.

use std::future::ready;
use std::pin::pin;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::future::{Either, either};

#[tokio::test]
async fn a_dropped_poll_loses_no_turn() {
    let (one, mut other) = pipe::<Text>();
    for number in 0..200 {
        let message = text(&number.to_string());
        one.peer().try_send(message).expect("room");
    }
    let mut received = 0;
    for _ in 0..300 {
        // Another branch is always ready, so that this future is polled once and dropped.
        let first = either(pin!(other.recv()), pin!(ready(()))).await;
        if let Either::First(message) = first {
            assert_eq!(message, Ok(text(&received.to_string())));
            received += 1;
        }
    }
    assert_eq!(received, 200);
}

/// Notifications and requests of one protocol.
#[derive(Debug, PartialEq, p2p_derive::Protocol)]
#[protocol(name = "talk", version = 1, crate = "crate")]
pub(super) enum Talk {
    Note(u64),
    #[message(reply = Answer)]
    Ask(u64),
    Answer(u64),
}

/// Notes what it handles. The first note, and request 1, wait until they are let go.
#[derive(Default)]
struct Talker {
    log: Mutex<Vec<Talk>>,
    /// The peer's handle to this node, if note 1 is to send a request.
    asker: Mutex<Option<Peer<Talk>>>,
    first: Notify,
    request: Notify,
}

impl Talker {
    fn log(&self, message: Talk) {
        self.log.lock().expect("not poisoned").push(message);
    }

    fn handled(&self) -> usize {
        self.log.lock().expect("not poisoned").len()
    }

    /// How many messages were handled before this one.
    fn before(&self, message: &Talk) -> Option<usize> {
        let log = self.log.lock().expect("not poisoned");
        log.iter().position(|handled| handled == message)
    }
}

#[crate::async_trait]
impl TalkHandler for Talker {
    async fn note(&self, _: &Peer<Talk>, number: u64) -> Result {
        if number == 0 {
            self.first.notified().await;
        }
        if number == 1 {
            self.request.notify_one();
            let asker = self.asker.lock().expect("not poisoned").take();
            if let Some(asker) = asker {
                tokio::spawn(async move { asker.request(Talk::ask(2)).await });
            }
        }
        self.log(Talk::Note(number));
        Ok(())
    }

    async fn ask(&self, _: &Peer<Talk>, number: u64) -> Result<Option<u64>> {
        if number == 1 {
            self.request.notified().await;
        }
        self.log(Talk::Ask(number));
        Ok(Some(number))
    }
}

/// Notes behind the first one.
const PILE: u64 = 1000;

/// Lets notes pile up behind the first, and then go. Request 1 runs all the while.
async fn pile(
    talker: &Arc<Talker>,
) -> (
    PipeEnd<Talk>,
    JoinHandle<std::result::Result<u64, RequestError>>,
) {
    let (end, served) = Talk::handled_by_shared(talker.clone()).pipe();
    tokio::spawn(served);
    for number in 0..=PILE {
        end.send(Talk::Note(number)).await.expect("sent");
    }
    let peer = end.peer().clone();
    let asked = tokio::spawn(async move { peer.request(Talk::ask(1)).await });
    // It is taken behind the notes, which are kept for later then.
    end.request(Talk::ask(0)).await.expect("answered");
    assert_eq!(talker.handled(), 1);
    (end, asked)
}

#[tokio::test]
async fn answers_do_not_wait_for_piled_notes() {
    let talker = Arc::new(Talker::default());
    let (_end, asked) = pile(&talker).await;
    talker.first.notify_one();
    assert_eq!(asked.await.expect("not cancelled").expect("answered"), 1);
    let before = talker.before(&Talk::Ask(1)).expect("handled");
    assert!(before < 10, "{before} messages were handled before");
}

#[tokio::test]
async fn requests_do_not_wait_for_piled_notes() {
    let talker = Arc::new(Talker::default());
    let (end, _asked) = pile(&talker).await;
    *talker.asker.lock().expect("not poisoned") = Some(end.peer().clone());
    talker.first.notify_one();
    while talker.handled() < PILE as usize + 4 {
        tokio::task::yield_now().await;
    }
    let before = talker.before(&Talk::Ask(2)).expect("handled");
    // The task that sends it runs after one turn of 64 messages.
    assert!(before < 200, "{before} messages were handled before");
    let log = talker.log.lock().expect("not poisoned");
    let notes = log
        .iter()
        .filter(|message| matches!(message, Talk::Note(_)));
    assert!(notes.eq((0..=PILE).map(Talk::Note).collect::<Vec<_>>().iter()));
}
