//! Allocations for each message sent and received. The other end is played by hand and allocates nothing.

use std::sync::Arc;

use bytes::Bytes;
use p2p::session::{Egress, MessageId};
use p2p::{NodeKey, Peer, Protocol, ServeExt, Server};
use serde_json::Value;
use tests::hand::{self, FIRST_ID};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::runtime::Runtime;

use crate::protocol::{Count, Counter, Message, random, serve};
use crate::{ALLOCATOR, part, row};

/// Messages before counting, and while counting.
const WARM: usize = 10_000;
const COUNTED: usize = 20_000;

/// Messages that are written at once.
const BURST: usize = 16;

pub(crate) fn run(rows: &mut Vec<Value>) {
    part("Allocations for each message, in steady state");
    for (size, name) in [(32, "32 B"), (1024, "1 KiB"), (64 * 1024, "64 KiB")] {
        let link = Link::new(size);
        // The allocations of a large message are those of its buffers.
        let bars = if size <= 1024 {
            [Some(0.01), Some(2.01)]
        } else {
            [None; 2]
        };
        row(rows, &format!("sent, {name}"), link.sent(), bars[0]);
        let what = format!("received, {name}: its bytes, and the handler's future");
        row(rows, &what, link.received(), bars[1]);
    }
}

/// A server and a peer by hand.
struct Link {
    runtime: Runtime,
    count: Arc<Count>,
    peer: Peer<Message>,
    data: Bytes,
    hand: tokio::sync::Mutex<(Egress, OwnedReadHalf, OwnedWriteHalf)>,
    _server: Server,
}

impl Link {
    fn new(size: usize) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let count = Arc::new(Count::default());
        let service = Message::handled_by(Counter(count.clone()));
        let (server, peer, hand) = runtime.block_on(async {
            let server = serve(service).await;
            let address = server.listen_addr().expect("listening");
            let hand = hand::dial(&NodeKey::random(), address, *server.public_key()).await;
            let peers = server.protocol::<Message>().expect("spoken");
            while peers.is_empty() {
                tokio::task::yield_now().await;
            }
            let peer = peers.list().pop().expect("there");
            (server, peer, hand)
        });
        let (reader, writer) = hand.stream.into_split();
        Self {
            runtime,
            count,
            peer,
            data: random(size).into(),
            hand: (hand.session.egress, reader, writer).into(),
            _server: server,
        }
    }

    /// Bytes of a message's frame.
    async fn frame(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        let message = Message::Data(self.data.clone());
        message.encode(1, None, &mut payload).expect("encoded");
        payload
    }

    fn sent(&self) -> f64 {
        self.runtime.block_on(async {
            let mut hand = self.hand.lock().await;
            let wire = p2p::session::compress(&self.frame().await)
                .expect("it fits")
                .len();
            let each = 48 + (1 + wire).next_multiple_of(16);
            let (_, reader, _) = &mut *hand;
            let mut buffer = vec![0; 256 * 1024];
            let mut allocations = 0;
            for messages in [WARM, COUNTED] {
                let before = ALLOCATOR.stats().allocations;
                let peer = self.peer.clone();
                let message = Message::Data(self.data.clone());
                let sending = async {
                    for _ in 0..messages {
                        peer.send(message.clone()).await.expect("sent");
                    }
                };
                let reading = async {
                    let mut left = each * messages;
                    while left > 0 {
                        left -= reader.read(&mut buffer).await.expect("read");
                    }
                };
                tokio::join!(sending, reading);
                allocations = ALLOCATOR.stats().allocations - before;
            }
            allocations as f64 / COUNTED as f64
        })
    }

    fn received(&self) -> f64 {
        self.runtime.block_on(async {
            let mut hand = self.hand.lock().await;
            let payload = self.frame().await;
            let (egress, _, writer) = &mut *hand;
            let mut out = Vec::new();
            let mut allocations = 0;
            for messages in [WARM, COUNTED] {
                let before = ALLOCATOR.stats().allocations;
                self.count.set(messages);
                for _ in 0..messages / BURST {
                    out.clear();
                    for _ in 0..BURST {
                        let sealed = egress.message(MessageId(FIRST_ID), &payload, false, &mut out);
                        sealed.expect("it fits");
                    }
                    writer.write_all(&out).await.expect("written");
                }
                self.count.done().await;
                allocations = ALLOCATOR.stats().allocations - before;
            }
            allocations as f64 / COUNTED as f64
        })
    }
}
