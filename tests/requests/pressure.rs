//! Requests when there is little room, or little time left.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use p2p::{
    Cause, Incoming, NodeKey, Peer, Request, RequestError, ServeExt, Server, Service, async_trait,
    pipe,
};
use tests::bounded;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::{Message, MessageHandler, Range, range, silent};

/// Waits at the gate when it is asked for the tip, and notes what is announced.
struct Gated {
    asks: bool,
    announced: Mutex<Vec<u64>>,
    /// The runs of another task, and the numbers at which something was announced.
    turns: AtomicUsize,
    seen: Mutex<BTreeSet<usize>>,
    came: Semaphore,
    gate: Notify,
}

fn gated(asks: bool) -> Arc<Gated> {
    Arc::new(Gated {
        asks,
        announced: Mutex::default(),
        turns: AtomicUsize::new(0),
        seen: Mutex::default(),
        came: Semaphore::new(0),
        gate: Notify::new(),
    })
}

#[async_trait]
impl MessageHandler for Gated {
    async fn announce(&self, peer: &Peer<Message>, number: u64) -> p2p::Result {
        if number == 1 {
            self.came.add_permits(1);
            if self.asks {
                peer.request(range(1, 1)).await?;
            } else {
                self.gate.notified().await;
            }
        }
        self.announced.lock().unwrap().push(number);
        let turns = self.turns.load(Ordering::Relaxed);
        self.seen.lock().unwrap().insert(turns);
        if number == 2 {
            peer.disconnect(p2p::DisconnectReason::Requested);
        }
        Ok(())
    }

    async fn get_blocks(&self, _: &Peer<Message>, _: Range) -> p2p::Result<Option<Vec<u64>>> {
        Ok(None)
    }

    async fn get_tip(&self, _: &Peer<Message>) -> p2p::Result<Option<(u64, [u8; 4])>> {
        self.came.add_permits(1);
        self.gate.notified().await;
        Ok(Some((1, [0; 4])))
    }

    async fn store(&self, _: &Peer<Message>, _: String, _: Vec<u8>) -> p2p::Result<Option<()>> {
        Ok(Some(()))
    }
}

/// Lets every other task run once; tokio's own waits for longer.
async fn turn() {
    let mut passed = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut passed, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn start(service: Service<Message>) -> Server {
    let builder = Server::builder()
        .private_key(NodeKey::random())
        .listen_addr("127.0.0.1:0")
        .configure(|config| config.send_queue_size = 64 * 1024)
        .protocol(service.queue_size(64 * 1024));
    builder.start().await.unwrap()
}

/// Two servers, and the handles that they have to each other.
async fn connected(
    one: Service<Message>,
    other: Service<Message>,
) -> ([Server; 2], [Peer<Message>; 2]) {
    let of_one = one.peers();
    let of_other = other.peers();
    let one = start(one).await;
    let other = start(other).await;
    bounded(one.connect(&other.enode())).await.unwrap();
    bounded(async {
        while of_one.is_empty() || of_other.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let peers = [of_one, of_other].map(|peers| peers.list().remove(0));
    ([one, other], peers)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_asking_each_other_for_much_are_answered() {
    let service = || Message::handled_by_shared(gated(false));
    let (_servers, peers) = connected(service(), service()).await;
    let mut random = 7_u64;
    let bytes = std::iter::repeat_with(|| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 56) as u8
    });
    let value: Vec<u8> = bytes.take(400_000).collect();
    let mut asked = JoinSet::new();
    for _ in 0..64 {
        for peer in &peers {
            let peer = peer.clone();
            let value = value.clone();
            asked.spawn(async move { peer.request(Message::store("key".into(), value)).await });
        }
    }
    for answer in bounded(asked.join_all()).await {
        answer.unwrap();
    }
}

#[tokio::test]
async fn queued_requests_are_not_handled_after_the_end() {
    let handler = gated(false);
    let (end, served) = Message::handled_by_shared(handler.clone()).pipe();
    let served = tokio::spawn(served);
    for number in 1..=5 {
        end.send(Message::Announce(number)).await.unwrap();
    }
    bounded(handler.came.acquire()).await.unwrap().forget();
    // It comes behind the others, which have been taken when it is answered.
    let blocks = end.request(Message::store("key".into(), vec![]));
    bounded(blocks).await.unwrap();
    handler.gate.notify_one();
    let cause = bounded(served).await.unwrap();
    assert!(matches!(cause, Cause::Requested(_)), "{cause}");
    assert_eq!(*handler.announced.lock().unwrap(), [1, 2]);
}

#[tokio::test]
async fn queued_requests_let_other_tasks_run() {
    let handler = gated(false);
    let (end, served) = Message::handled_by_shared(handler.clone()).pipe();
    tokio::spawn(served);
    for number in (1..=10_000).filter(|number| *number != 2) {
        end.send(Message::Announce(number)).await.unwrap();
    }
    bounded(end.request(Message::store("key".into(), vec![])))
        .await
        .unwrap();
    let counting = tokio::spawn({
        let handler = handler.clone();
        async move {
            loop {
                handler.turns.fetch_add(1, Ordering::Relaxed);
                turn().await;
            }
        }
    });
    handler.gate.notify_one();
    bounded(async {
        while handler.announced.lock().unwrap().len() < 9_999 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    counting.abort();
    let turns = handler.seen.lock().unwrap().len();
    assert!(turns > 50, "only {turns} turns");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_asks_at_shutdown_spoils_no_answers() {
    let handler = gated(true);
    let stopping = Message::handled_by_shared(handler.clone());
    let ([_one, other], [peer, _]) = connected(silent(), stopping).await;
    peer.send(Message::Announce(1)).await.unwrap();
    let asking = tokio::spawn({
        let peer = peer.clone();
        async move { peer.request(Message::get_tip()).await }
    });
    bounded(handler.came.acquire_many(2))
        .await
        .unwrap()
        .forget();
    let stopped = tokio::spawn(async move { other.shutdown().await });
    // Requests fail at once when the server is stopping.
    bounded(async {
        while !handler.announced.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    handler.gate.notify_one();
    let (number, _) = bounded(asking).await.unwrap().expect("answered");
    assert_eq!(number, 1);
    bounded(stopped).await.unwrap();
}

#[tokio::test]
async fn an_admitted_request_can_be_asked_elsewhere() {
    let (one, mut other) = pipe::<Message>();
    let asking = tokio::spawn(one.peer().try_request(Message::get_tip()).unwrap());
    let Incoming::Request(_, responder) = bounded(other.next()).await.unwrap() else {
        panic!("a request");
    };
    let number = 7;
    let hash = [0; 4];
    responder
        .reply(Message::Tip { number, hash })
        .await
        .unwrap();
    assert_eq!(bounded(asking).await.unwrap().unwrap(), (7, [0; 4]));
}

#[tokio::test(start_paused = true)]
async fn a_request_in_a_pipe_times_out_too() {
    let (end, served) = silent().pipe();
    tokio::spawn(served);
    let error = end.request(range(1, 1)).await.unwrap_err();
    assert_eq!(error.to_string(), "GetBlocks was not answered within 10s");
    let call = Message::get_tip().timeout(Duration::from_secs(3600));
    let error = end.request(call).await.unwrap_err();
    assert!(matches!(error, RequestError::Timeout { after, .. } if after.as_secs() == 3600));
}
