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
    let server = server.configure(|config| config.no_dial = true);
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
    for (code, payload) in sent {
        for hand in &mut hands {
            send(hand, *code, payload).await;
        }
    }
    sleep(Duration::from_millis(500)).await;
    let most = peak.stop();
    drop(hands);
    server.shutdown().await;
    most
}

/// Sends as much of a message as the node takes.
async fn send(hand: &mut Hand, code: u64, payload: &[u8]) {
    // A peer that was dropped can send no more.
    let sent = hand.try_send(FIRST_ID + code, payload);
    let _ = timeout(Duration::from_millis(50), sent).await;
}

async fn hold(name: &str, sent: Sent) {
    for peers in CROWDS {
        let before = live();
        let most = peak(peers, &sent).await;
        let promised = promised(peers);
        let share = most as f64 / promised as f64;
        let [most_mib, promised_mib] = [most, promised].map(|bytes| bytes / MIB);
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
    let _alone = alone();
    for shape in &SHAPES {
        let sent = vec![(shape.code, shape.notification(4 * MIB - 64)); 4];
        hold(shape.name, sent).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_every_shape_stay_within_the_page() {
    let _alone = alone();
    for shape in &SHAPES {
        for size in [2 * MIB, 256 * 1024, 4 * 1024] {
            let sent = (0..20).map(|id| shape.request(id, size));
            hold(shape.name, sent.collect()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_that_nobody_reads_stay_within_the_page() {
    let _alone = alone();
    for bytes in [4 * MIB - 64, 300 * 1024] {
        let sent = (0..40).map(|id| get_large(id, bytes as u32));
        hold("replies", sent.collect()).await;
    }
}
