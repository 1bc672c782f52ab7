//! The protocols that are measured, and their handlers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use p2p::prelude::*;
use p2p::{NodeKey, Server, Service};
use tokio::sync::Notify;

/// Messages that are handled one after the other.
#[derive(Debug, Clone, Protocol)]
#[protocol(name = "bench", version = 1)]
pub(crate) enum Message {
    /// Counted.
    Data(Bytes),
    /// Sent back.
    Ball(Bytes),
}

/// Requests.
#[derive(Debug, Clone, Protocol)]
#[protocol(name = "asking", version = 1)]
pub(crate) enum Asking {
    #[message(reply = Echoed)]
    Echo(Bytes),
    Echoed(Bytes),
}

/// Counts down, and tells when there is nothing left.
#[derive(Debug, Default)]
pub(crate) struct Count {
    left: AtomicUsize,
    done: Notify,
}

impl Count {
    pub(crate) fn set(&self, count: usize) {
        self.left.store(count, Ordering::Relaxed);
    }

    /// Takes one away; `false` if it was the last.
    pub(crate) fn down(&self) -> bool {
        let more = self.left.fetch_sub(1, Ordering::Relaxed) != 1;
        if !more {
            self.done.notify_one();
        }
        more
    }

    pub(crate) async fn done(&self) {
        self.done.notified().await;
    }
}

/// Counts the messages that come and the balls that come back.
pub(crate) struct Counter(pub(crate) Arc<Count>);

#[async_trait]
impl MessageHandler for Counter {
    async fn data(&self, _: &Peer<Message>, data: Bytes) -> p2p::Result {
        std::hint::black_box(data);
        self.0.down();
        Ok(())
    }

    async fn ball(&self, peer: &Peer<Message>, ball: Bytes) -> p2p::Result {
        if self.0.down() {
            peer.send(Message::Ball(ball)).await?;
        }
        Ok(())
    }
}

/// Sends everything back.
pub(crate) struct Wall;

#[async_trait]
impl MessageHandler for Wall {
    async fn data(&self, peer: &Peer<Message>, data: Bytes) -> p2p::Result {
        Ok(peer.send(Message::Data(data)).await?)
    }

    async fn ball(&self, peer: &Peer<Message>, ball: Bytes) -> p2p::Result {
        Ok(peer.send(Message::Ball(ball)).await?)
    }
}

#[async_trait]
impl AskingHandler for Wall {
    async fn echo(&self, _: &Peer<Asking>, data: Bytes) -> p2p::Result<Option<Bytes>> {
        Ok(Some(data))
    }
}

/// A server on loopback that takes as many peers as come.
pub(crate) async fn serve<P: Protocol>(service: Service<P>) -> Server {
    Server::builder()
        .private_key(NodeKey::random())
        .listen_addr("127.0.0.1:0")
        .max_peers(20_000)
        .configure(|config| {
            config.max_pending_peers = 256;
            config.max_pending_by_address = 256;
        })
        // Peers that are played by hand don't answer pings, and count the bytes that they get.
        .configure(|config| {
            config.ping_interval = Duration::from_secs(3600);
            config.read_timeout = Duration::from_secs(3600);
        })
        .protocol(service)
        .start()
        .await
        .expect("started")
}

/// The handle of the first server's peer, which is the second.
pub(crate) async fn peer<P: Protocol>(one: &Server, other: &Server) -> Peer<P> {
    one.connect(&other.enode()).await.expect("connected");
    let peers = one.protocol::<P>().expect("spoken");
    peers.list().pop().expect("accepted by both")
}

/// Bytes that Snappy finds nothing in.
pub(crate) fn random(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..size).map(|_| next()).collect()
}

/// Bytes like those of many encoded records: hashes, numbers, and a good deal of zeros.
pub(crate) fn records(size: usize) -> Vec<u8> {
    let hashes = random(size);
    let mut out = Vec::with_capacity(size + 128);
    for (number, hash) in hashes.chunks(32).enumerate() {
        out.extend_from_slice(&[0xf8, 0x6b, 0x84]);
        out.extend_from_slice(&(number as u32).to_be_bytes());
        out.extend_from_slice(&[0xa0]);
        out.extend_from_slice(hash);
        out.extend_from_slice(&[0x82, 0x52, 0x08, 0x80, 0xa8]);
        out.extend_from_slice(&[0; 40]);
        if out.len() >= size {
            break;
        }
    }
    out.resize(size, 0);
    out
}
