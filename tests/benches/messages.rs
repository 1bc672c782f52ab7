//! Typed messages from one server to a handler at another, over loopback TCP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use p2p::prelude::*;
use p2p::{NodeKey, Peers, Server};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

#[derive(Debug, Clone, Protocol)]
#[protocol(name = "bench", version = 1)]
enum Message {
    Data(Bytes),
}

/// Counts messages down, and tells when there are none left.
#[derive(Default)]
struct Count {
    left: AtomicUsize,
    done: Notify,
}

struct Counter(Arc<Count>);

#[async_trait]
impl MessageHandler for Counter {
    async fn data(&self, _peer: &Peer<Message>, data: Bytes) -> p2p::Result {
        std::hint::black_box(data);
        if self.0.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.done.notify_one();
        }
        Ok(())
    }
}

/// Two servers with one connection.
pub(crate) struct Link {
    runtime: Runtime,
    count: Arc<Count>,
    peers: Peers<Message>,
    _servers: [Server; 2],
}

impl Link {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let count = Arc::new(Count::default());
        let start = || {
            Server::builder()
                .private_key(NodeKey::random())
                .listen_addr("127.0.0.1:0")
                .protocol(Message::handled_by(Counter(count.clone())))
                .start()
        };
        let (one, other) = runtime.block_on(async {
            let (one, other) = (start().await.expect("one"), start().await.expect("other"));
            one.connect(&other.enode()).await.expect("connected");
            (one, other)
        });
        let peers = one.protocol::<Message>().expect("spoken");
        Self {
            runtime,
            count,
            peers,
            _servers: [one, other],
        }
    }

    /// Sends so many messages of `size` bytes, and waits until all are handled.
    pub(crate) fn send(&mut self, size: usize, count: usize) -> Duration {
        let Self {
            runtime,
            count: counter,
            peers,
            ..
        } = self;
        let mut state = 1_u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        };
        let message = Message::Data((0..size).map(|_| random()).collect::<Vec<u8>>().into());
        counter.left.store(count, Ordering::Relaxed);
        let peer = loop {
            if let Some(peer) = peers.list().pop() {
                break peer;
            }
            std::thread::yield_now();
        };
        let counter = counter.clone();
        crate::time(|| {
            runtime.block_on(async move {
                let sender = tokio::spawn(async move {
                    for _ in 0..count {
                        peer.send(message.clone()).await.expect("sent");
                    }
                });
                counter.done.notified().await;
                sender.await.expect("not cancelled");
            });
        })
    }
}
