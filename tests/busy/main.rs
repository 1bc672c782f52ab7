//! Nodes that are busy at once: each sends 16 MiB from where the library polls it, and all of it arrives.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use p2p::prelude::*;
use p2p::{Peers, Server};
use tokio::sync::Notify;
use tokio::time::timeout;

/// Time in which all must have arrived, on a slow machine too.
const TIME: Duration = Duration::from_secs(120);

/// Pieces that each node sends, and their size: 16 MiB in all.
const PIECES: usize = 256;
const SIZE: usize = 64 * 1024;

#[derive(Debug, Protocol)]
#[protocol(name = "busy", version = 1)]
enum Message {
    /// A piece that is only counted.
    Piece(Vec<u8>),
    /// A piece that is answered with one.
    Ball(Vec<u8>),
    /// A piece that is passed on to another peer.
    Pass(Vec<u8>),
    #[message(reply = Done)]
    Notify {
        pieces: u32,
    },
    Done(u8),
    /// Makes the node ask its peer, with a piece that is answered with one.
    Ask(u8),
    #[message(reply = Answer)]
    Question(Vec<u8>),
    Answer {
        bytes: Vec<u8>,
    },
}

/// What a node does when it is connected.
#[derive(Clone, Copy)]
enum Start {
    Nothing,
    Pieces,
    Balls,
    Asks,
    /// Pieces, with a pause after the first ones that is longer than any peer should be called stuck for.
    Pause,
}

/// One test at a time: they are about waiting, not about who gets the processor.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

struct Busy {
    start: Start,
    peers: Arc<std::sync::OnceLock<Peers<Message>>>,
    arrived: Arc<AtomicUsize>,
    all: Arc<Notify>,
}

fn piece() -> Vec<u8> {
    let mut bytes = vec![0; SIZE];
    let mut state = 1_u32;
    for byte in &mut bytes {
        // Noise, which Snappy can't make smaller.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *byte = state as u8;
    }
    bytes
}

impl Busy {
    fn count(&self) {
        if self.arrived.fetch_add(1, Ordering::SeqCst) + 1 == PIECES {
            self.all.notify_one();
        }
    }
}

#[async_trait]
impl MessageHandler for Busy {
    async fn connected(&self, peer: &Peer<Message>) -> p2p::Result {
        let piece = piece();
        let make: fn(Vec<u8>) -> Message = match self.start {
            Start::Nothing => return Ok(()),
            Start::Pieces | Start::Pause => Message::Piece,
            Start::Balls => Message::Ball,
            Start::Asks => |_| Message::Ask(1),
        };
        for sent in 0..PIECES {
            if matches!(self.start, Start::Pause) && sent == PIECES / 2 {
                tokio::time::sleep(Duration::from_secs(4)).await;
            }
            peer.send(make(piece.clone())).await?;
        }
        Ok(())
    }

    async fn piece(&self, _: &Peer<Message>, _: Vec<u8>) -> p2p::Result {
        self.count();
        Ok(())
    }

    async fn ball(&self, peer: &Peer<Message>, bytes: Vec<u8>) -> p2p::Result {
        peer.send(Message::Piece(bytes)).await?;
        Ok(())
    }

    async fn pass(&self, peer: &Peer<Message>, bytes: Vec<u8>) -> p2p::Result {
        let peers = self.peers.get().expect("set").list();
        // To the next node of the ring, which is not where it came from.
        for other in peers.into_iter().filter(|other| other.id() != peer.id()) {
            other.send(Message::Piece(bytes.clone())).await?;
        }
        Ok(())
    }

    async fn notify(&self, peer: &Peer<Message>, pieces: u32) -> p2p::Result<Option<u8>> {
        let piece = piece();
        for _ in 0..pieces {
            peer.send(Message::Piece(piece.clone())).await?;
        }
        Ok(Some(1))
    }

    async fn ask(&self, peer: &Peer<Message>, _: u8) -> p2p::Result {
        let answer = peer.request(Message::question(piece())).await?;
        assert_eq!(answer.len(), SIZE);
        self.count();
        Ok(())
    }

    async fn question(&self, _: &Peer<Message>, bytes: Vec<u8>) -> p2p::Result<Option<Vec<u8>>> {
        Ok(Some(bytes))
    }
}

struct Node {
    server: Server,
    peers: Peers<Message>,
    all: Arc<Notify>,
    arrived: Arc<AtomicUsize>,
}

async fn node(start: Start) -> Node {
    let (all, arrived) = (Arc::new(Notify::new()), Arc::default());
    let known = Arc::new(std::sync::OnceLock::new());
    let service = Message::handled_by(Busy {
        start,
        peers: Arc::clone(&known),
        arrived: Arc::clone(&arrived),
        all: all.clone(),
    });
    let peers = service.peers();
    let _ = known.set(peers.clone());
    let server = Server::builder()
        .private_key(NodeKey::random())
        .listen_addr("127.0.0.1:0")
        .protocol(service);
    Node {
        server: server.start().await.expect("started"),
        peers,
        all,
        arrived,
    }
}

impl Node {
    async fn has_all(&self) {
        if timeout(TIME, self.all.notified()).await.is_err() {
            let arrived = self.arrived.load(Ordering::SeqCst);
            let records = self.server.records();
            panic!("{arrived} of {PIECES} pieces have come: {records:?}");
        }
    }
}

/// Two nodes that are connected, and wait until both have all pieces.
async fn both(start: Start) {
    let _alone = ALONE.lock().await;
    let [one, other] = [node(start).await, node(start).await];
    one.server
        .connect(&other.server.enode())
        .await
        .expect("connected");
    tokio::join!(one.has_all(), other.has_all());
    tokio::join!(one.server.shutdown(), other.server.shutdown());
}

#[tokio::test(flavor = "multi_thread")]
async fn both_send_when_connected() {
    both(Start::Pieces).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_pause_before_they_go_on() {
    both(Start::Pause).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_answer_notifications() {
    both(Start::Balls).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handlers_ask_each_other() {
    both(Start::Asks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn request_handlers_notify_too() {
    let _alone = ALONE.lock().await;
    let [one, other] = [node(Start::Nothing).await, node(Start::Nothing).await];
    one.server
        .connect(&other.server.enode())
        .await
        .expect("connected");
    let ask = async |node: &Node| {
        let peer = loop {
            if let Some(peer) = node.peers.list().pop() {
                break peer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        let requests = (0..64).map(|_| {
            let peer = peer.clone();
            tokio::spawn(async move { peer.request(Message::notify(PIECES as u32 / 64)).await })
        });
        for request in requests.collect::<Vec<_>>() {
            request.await.expect("no panic").expect("answered");
        }
    };
    tokio::join!(ask(&one), ask(&other), one.has_all(), other.has_all());
    tokio::join!(one.server.shutdown(), other.server.shutdown());
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_in_a_ring() {
    let _alone = ALONE.lock().await;
    let nodes = [
        node(Start::Nothing).await,
        node(Start::Nothing).await,
        node(Start::Nothing).await,
    ];
    for (from, to) in [(0, 1), (1, 2), (2, 0)] {
        let to = nodes[to].server.enode();
        nodes[from].server.connect(&to).await.expect("connected");
    }
    for node in &nodes {
        while node.peers.len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    // Each sends to the one after it, which passes it on to the one before.
    let piece = piece();
    let mut sending = Vec::new();
    for (from, to) in [(0, 1), (1, 2), (2, 0)] {
        let id = nodes[to].server.public_key().node_id();
        let peer = nodes[from].peers.find(&id).expect("connected");
        let piece = piece.clone();
        sending.push(tokio::spawn(async move {
            for _ in 0..PIECES {
                peer.send(Message::Pass(piece.clone())).await.expect("sent");
            }
        }));
    }
    for node in &nodes {
        node.has_all().await;
    }
    for sent in sending {
        sent.await.expect("no panic");
    }
    for node in nodes {
        node.server.shutdown().await;
    }
}
