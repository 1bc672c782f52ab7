//! Handlers that answer and ask, over pipes.

use std::sync::{Arc, Mutex};

use p2p::protocol::EncodeError;
use p2p::{DisconnectReason, Incoming, Peer, RequestError, SendError, ServeExt, async_trait, pipe};
use tests::bounded;
use tokio::sync::{Notify, Semaphore};

use super::{Message, MessageHandler, Range, range};

/// Answers requests, and notes announcements.
struct Library {
    log: Mutex<Vec<String>>,
    /// Where the handler of a request for no blocks waits.
    gate: Notify,
    /// One permit for each request that has come to the gate.
    waiting: Semaphore,
}

impl Default for Library {
    fn default() -> Self {
        Self {
            log: Mutex::default(),
            gate: Notify::new(),
            waiting: Semaphore::new(0),
        }
    }
}

#[async_trait]
impl MessageHandler for Library {
    async fn announce(&self, peer: &Peer<Message>, number: u64) -> p2p::Result {
        if number == 100 {
            let (tip, _) = peer.request(Message::get_tip()).await?;
            self.log.lock().unwrap().push(format!("tip {tip}"));
        }
        self.log.lock().unwrap().push(format!("announced {number}"));
        Ok(())
    }

    async fn get_blocks(&self, _: &Peer<Message>, range: Range) -> p2p::Result<Option<Vec<u64>>> {
        match range.count {
            0 => {
                self.waiting.add_permits(1);
                self.gate.notified().await;
                if range.first == 99 {
                    Err("as you wish")?;
                }
            }
            1000 => return Ok(None),
            2000 => Err(DisconnectReason::UselessPeer)?,
            3000 => panic!("as you wish"),
            _ => {}
        }
        Ok(Some((range.first..range.first + range.count).collect()))
    }

    async fn get_tip(&self, _: &Peer<Message>) -> p2p::Result<Option<(u64, [u8; 4])>> {
        Ok(Some((9, [1, 2, 3, 4])))
    }

    async fn store(
        &self,
        _: &Peer<Message>,
        key: String,
        value: Vec<u8>,
    ) -> p2p::Result<Option<()>> {
        let note = format!("stored {} bytes at {key}", value.len());
        self.log.lock().unwrap().push(note);
        Ok(Some(()))
    }
}

#[tokio::test]
async fn a_reply_comes_back_as_its_fields() {
    let (end, served) = Message::handled_by(Library::default()).pipe();
    tokio::spawn(served);
    // The payload's own type, where only one request has it.
    assert_eq!(end.request(range(3, 2)).await.unwrap(), [3, 4]);
    // A constructor, for every request.
    let call = Message::get_blocks(range(3, 1));
    assert_eq!(end.request(call).await.unwrap(), [3]);
    let (number, hash) = end.request(Message::get_tip()).await.unwrap();
    assert_eq!((number, hash), (9, [1, 2, 3, 4]));
    let stored: () = end
        .request(Message::store("key".into(), vec![1, 2]))
        .await
        .unwrap();
    assert_eq!(stored, ());
}

#[tokio::test]
async fn requests_are_answered_in_the_order_they_finish() {
    let library = Arc::new(Library::default());
    let (end, served) = Message::handled_by_shared(library.clone()).pipe();
    tokio::spawn(served);
    let slow = end.peer().clone();
    let slow = tokio::spawn(async move { slow.request(range(1, 0)).await });
    bounded(library.waiting.acquire()).await.unwrap().forget();
    assert_eq!(bounded(end.request(range(3, 2))).await.unwrap(), [3, 4]);
    library.gate.notify_one();
    assert_eq!(bounded(slow).await.unwrap().unwrap(), Vec::<u64>::new());
}

#[tokio::test]
async fn a_service_bounds_the_requests_handled_at_once() {
    let library = Arc::new(Library::default());
    let service = Message::handled_by_shared(library.clone()).max_concurrent(2);
    let (end, served) = service.pipe();
    tokio::spawn(served);
    let mut asked = Vec::new();
    for _ in 0..3 {
        let peer = end.peer().clone();
        asked.push(tokio::spawn(async move { peer.request(range(1, 0)).await }));
    }
    bounded(library.waiting.acquire_many(2))
        .await
        .unwrap()
        .forget();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        library.waiting.available_permits(),
        0,
        "a third one came in"
    );
    library.gate.notify_one();
    bounded(library.waiting.acquire()).await.unwrap().forget();
    library.gate.notify_one();
    library.gate.notify_one();
    for asked in asked {
        assert_eq!(bounded(asked).await.unwrap().unwrap(), Vec::<u64>::new());
    }
}

#[tokio::test]
async fn a_handler_that_asks_keeps_notifications_in_order() {
    let library = Arc::new(Library::default());
    let (mut end, served) = Message::handled_by_shared(library.clone()).pipe();
    tokio::spawn(served);
    for number in [1, 100, 2, 3] {
        end.send(Message::Announce(number)).await.unwrap();
    }
    // The handler of the second one waits for us, and yet we are answered.
    let Incoming::Request(Message::GetTip, responder) = bounded(end.next()).await.unwrap() else {
        panic!("it asks for the tip");
    };
    assert_eq!(bounded(end.request(range(3, 1))).await.unwrap(), [3]);
    assert_eq!(*library.log.lock().unwrap(), ["announced 1"]);
    let tip = Message::Tip {
        number: 5,
        hash: [0; 4],
    };
    responder.reply(tip).await.unwrap();
    bounded(end.request(Message::store("after".into(), vec![])))
        .await
        .unwrap();
    end.send(Message::Announce(4)).await.unwrap();
    // Notifications are handled while a request is: wait until the last one was.
    bounded(async {
        while library.log.lock().unwrap().last().unwrap() != "announced 4" {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let log = library.log.lock().unwrap();
    let notifications = log.iter().filter(|line| !line.starts_with("stored"));
    let expected = [
        "announced 1",
        "tip 5",
        "announced 100",
        "announced 2",
        "announced 3",
        "announced 4",
    ];
    assert!(notifications.eq(expected), "{log:?}");
}

#[tokio::test]
async fn handlers_that_ask_each_other_do_not_deadlock() {
    /// Asks a peer that announces something, and answers.
    struct Curious(Semaphore);

    #[async_trait]
    impl MessageHandler for Curious {
        async fn connected(&self, peer: &Peer<Message>) -> p2p::Result {
            peer.send(Message::Announce(1)).await?;
            peer.request(Message::get_tip()).await?;
            self.0.add_permits(1);
            Ok(())
        }

        async fn announce(&self, peer: &Peer<Message>, _: u64) -> p2p::Result {
            peer.request(Message::get_tip()).await?;
            self.0.add_permits(1);
            Ok(())
        }

        async fn get_blocks(&self, _: &Peer<Message>, _: Range) -> p2p::Result<Option<Vec<u64>>> {
            Ok(None)
        }

        async fn get_tip(&self, _: &Peer<Message>) -> p2p::Result<Option<(u64, [u8; 4])>> {
            Ok(Some((1, [0; 4])))
        }

        async fn store(&self, _: &Peer<Message>, _: String, _: Vec<u8>) -> p2p::Result<Option<()>> {
            Ok(None)
        }
    }

    let curious = [(); 2].map(|()| Arc::new(Curious(Semaphore::new(0))));
    let servers = curious.each_ref().map(|curious| {
        p2p::Server::builder()
            .private_key(p2p::NodeKey::random())
            .listen_addr("127.0.0.1:0")
            .protocol(Message::handled_by_shared(curious.clone()))
            .start()
    });
    let [one, other] = servers;
    let one = one.await.unwrap();
    let other = other.await.unwrap();
    bounded(one.connect(&other.enode())).await.unwrap();
    for curious in curious {
        bounded(curious.0.acquire_many(2)).await.unwrap().forget();
    }
    one.shutdown().await;
    other.shutdown().await;
}

#[tokio::test]
async fn a_handler_can_leave_a_request_unanswered() {
    let (end, served) = Message::handled_by(Library::default()).pipe();
    tokio::spawn(served);
    let mut silent = std::pin::pin!(end.request(range(1, 1000)));
    tokio::select! {
        biased;
        answer = &mut silent => panic!("{answer:?}"),
        tip = end.request(Message::get_tip()) => assert_eq!(tip.unwrap().0, 9),
    }
    assert_eq!(end.peer().request_counts().in_flight, 1);
}

#[tokio::test]
async fn a_failing_request_handler_drops_the_peer() {
    let texts = [
        (2000, "protocol blocks, message GetBlocks: useless peer"),
        (
            3000,
            "protocol blocks, message GetBlocks: the handler panicked: as you wish",
        ),
    ];
    for (count, expected) in texts {
        let (end, served) = Message::handled_by(Library::default()).pipe();
        let served = tokio::spawn(served);
        let failed = bounded(end.request(range(1, count))).await.unwrap_err();
        assert!(matches!(failed, RequestError::Closed(_)), "{failed}");
        let cause = bounded(served).await.unwrap().to_string();
        assert!(
            cause.to_lowercase().starts_with(&expected.to_lowercase()),
            "{cause}"
        );
    }
}

#[tokio::test]
async fn the_cause_names_the_message_that_failed() {
    let library = Arc::new(Library::default());
    let (end, served) = Message::handled_by_shared(library.clone()).pipe();
    let served = tokio::spawn(served);
    let peer = end.peer().clone();
    let asking = tokio::spawn(async move { peer.request(range(99, 0)).await });
    bounded(library.waiting.acquire()).await.unwrap().forget();
    bounded(end.request(Message::get_tip())).await.unwrap();
    library.gate.notify_one();
    let cause = bounded(served).await.unwrap().to_string();
    assert_eq!(cause, "protocol blocks, message GetBlocks: as you wish");
    assert!(bounded(asking).await.unwrap().is_err());
}

#[tokio::test]
async fn a_request_takes_only_its_own_reply() {
    let (one, mut other) = pipe::<Message>();
    let asking = tokio::spawn(async move { one.request(Message::get_tip()).await });
    let Incoming::Request(_, responder) = bounded(other.next()).await.unwrap() else {
        panic!("a request");
    };
    let error = responder.reply(Message::Stored).await.unwrap_err();
    let request = "GetTip";
    let message = "Stored";
    let expected = EncodeError::NotItsReply { request, message };
    assert!(matches!(error, SendError::Encode(error) if error == expected));
    drop(other);
    assert!(bounded(asking).await.unwrap().is_err());
}
