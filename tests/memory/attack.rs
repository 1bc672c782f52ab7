//! The attacks, each by 1, 16 and 50 peers.

use std::time::Duration;

use p2p::{NodeKey, ServeExt, Server};
use tests::hand::{self, FIRST_ID, Hand};
use tokio::time::{sleep, timeout};

use super::shapes::{Message, SHAPES, Slow, get_large};
use super::{MIB, Peak, alone, live, promised};

const CROWDS: [usize; 3] = [1, 16, 50];

/// What a peer sends: each message's code and payload.
type Sent = Vec<(u64, Vec<u8>)>;

async fn server() -> Server {
    let server = Server::builder()
        .private_key(NodeKey::random())
        .listen_addr("127.0.0.1:0")
        .protocol(Message::handled_by(Slow));
    let server = server.configure(|config| {
        config.no_dial = true;
        // Handlers that never return are dropped.
        config.shutdown_timeout = Duration::from_millis(100);
    });
    server.start().await.expect("started")
}

/// Lets peers send all of it at once and read nothing. Gives the most bytes that were live meanwhile.
async fn peak(peers: usize, sent: &Sent) -> usize {
    let server = server().await;
    let address = server.listen_addr().expect("it listens");
    let mut hands = Vec::new();
    for _ in 0..peers {
        let key = NodeKey::random();
        hands.push(hand::dial(&key, address, *server.public_key()).await);
    }
    sleep(Duration::from_millis(100)).await;
    let peak = Peak::start();
    let mut writing: Vec<&mut Hand> = hands.iter_mut().collect();
    for (code, payload) in sent {
        let mut left = Vec::new();
        for hand in writing {
            if send(hand, *code, payload).await {
                left.push(hand);
            }
        }
        writing = left;
    }
    sleep(Duration::from_millis(500)).await;
    let most = peak.stop();
    drop(hands);
    server.shutdown().await;
    most
}

/// Sends as much of a message as the node takes, and returns true if that is all of it.
async fn send(hand: &mut Hand, code: u64, payload: &[u8]) -> bool {
    let sent = hand.try_send(FIRST_ID + code, payload);
    matches!(timeout(Duration::from_millis(50), sent).await, Ok(Ok(())))
}

/// Checks that what peers send holds no more than is promised, and with one peer at least so much that it is an attack.
async fn hold(name: &str, sent: Sent, least: usize) {
    for peers in CROWDS {
        let before = live();
        let most = peak(peers, &sent).await;
        let promised = promised(peers);
        let share = most as f64 / promised as f64;
        let [most_mib, promised_mib] = [most, promised].map(|bytes| bytes / MIB);
        assert!(
            most >= least,
            "{name}, {peers} peers: {most} bytes are no attack"
        );
        assert!(
            share <= 1.25,
            "{name}, {peers} peers: {most_mib} MiB, the page says {promised_mib} MiB"
        );
        // The pools keep what they may, and the runtime its threads.
        let left = live().saturating_sub(before);
        assert!(
            left < 64 * MIB,
            "{name}, {peers} peers: {left} bytes are left"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_of_every_shape_stay_within_the_page() {
    let _alone = alone().await;
    for shape in &SHAPES {
        let sent = vec![(shape.code, shape.notification(4 * MIB - 64)); 2];
        hold(shape.name, sent, 4 * MIB).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_every_shape_stay_within_the_page() {
    let _alone = alone().await;
    for shape in &SHAPES {
        for (count, size, least) in [(4, 2 * MIB, MIB), (20, 4 * 1024, 0)] {
            let sent = (1..=count).map(|id| shape.request(id, size));
            hold(shape.name, sent.collect(), least).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_that_nobody_reads_stay_within_the_page() {
    let _alone = alone().await;
    let sent = (1..=20).map(|id| get_large(id, 4 * MIB as u32 - 64));
    hold("replies", sent.collect(), 8 * MIB).await;
}
