//! A server to connect to in every way, and the peers that connect.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use p2p::{DisconnectReason, NodeKey, Peer, Protocol, ServeExt, Server};
use tests::bounded;
use tests::hand::{self, Hand, Keyed, NAME};
use tokio::net::TcpStream;

use crate::AS_TOLD;

/// The only message tells the handler how to end.
#[derive(Debug, Protocol)]
#[protocol(name = "bench", version = 1)]
enum Message {
    Do(u8),
}

pub(crate) const FAIL: u8 = 1;
pub(crate) const PANIC: u8 = 2;
pub(crate) const RETURN: u8 = 3;
pub(crate) const LEAVE: u8 = 4;

/// The servers, and what is kept of those who came.
pub(crate) struct World {
    pub(crate) server: Server,
    /// It has all the peers that it may have: one.
    pub(crate) full: Server,
    /// Handles to peers, most of which are gone.
    kept: Arc<Mutex<Vec<Peer<Message>>>>,
    _residents: [Hand; 2],
}

pub(crate) fn key(byte: u8) -> NodeKey {
    NodeKey::from_bytes(&[byte; 32]).expect("a key")
}

pub(crate) const OWN: u8 = 1;
pub(crate) const RESIDENT: u8 = 2;
pub(crate) const BANNED: u8 = 3;

impl World {
    pub(crate) async fn new() -> Self {
        let kept = Arc::<Mutex<Vec<_>>>::default();
        let keeping = kept.clone();
        let served = Arc::new(AtomicUsize::new(0));
        let [one, other] = [served.clone(), served.clone()];
        let service = Message::run(move |peer, mut inbox| {
            one.fetch_add(1, Ordering::Relaxed);
            keeping.lock().expect("not poisoned").push(peer.clone());
            async move {
                while let Ok(Message::Do(what)) = inbox.recv().await {
                    match what {
                        FAIL => return Err("as told".into()),
                        PANIC => std::panic::panic_any(AS_TOLD),
                        RETURN => return Ok(()),
                        _ => peer.disconnect(DisconnectReason::UselessPeer),
                    }
                }
                Ok(())
            }
        });
        let builder = |key| {
            let builder = Server::builder().private_key(key);
            // However slow the machine is, and nobody here answers a ping.
            let long = Duration::from_secs(3600);
            let builder = builder.configure(|config| {
                config.handshake_timeout = long;
                config.read_timeout = long;
            });
            // So that what is remembered is the same after the warm-up.
            builder
                .listen_addr("127.0.0.1:0")
                .configure(|config| config.record_capacity = 100)
        };
        let server = builder(key(OWN)).max_peers(1000).protocol(service);
        let server = server.start().await.expect("started");
        let idle = Message::run(move |_, mut inbox| {
            other.fetch_add(1, Ordering::Relaxed);
            async move {
                while inbox.recv().await.is_ok() {}
                Ok(())
            }
        });
        let full = builder(NodeKey::random()).max_peers(1).protocol(idle);
        let full = full.start().await.expect("started");
        server.ban(&key(BANNED).public_key().node_id(), Duration::MAX);
        let residents = [&server, &full].map(|server| (address(server), *server.public_key()));
        let [(one, one_key), (two, two_key)] = residents;
        let residents = [
            hand::dial(&key(RESIDENT), one, one_key).await,
            hand::dial(&key(RESIDENT), two, two_key).await,
        ];
        // Each has all its tasks when its protocol runs, and not yet when it is a peer.
        bounded(async {
            while served.load(Ordering::Relaxed) < 2 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        Self {
            server,
            full,
            kept,
            _residents: residents,
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        let address = address(&self.server);
        TcpStream::connect(address).await.expect("connected")
    }

    /// Connects with this key, up to Hello.
    pub(crate) async fn knock(&self, server: &Server, key: &NodeKey) -> Keyed {
        bounded(hand::knock(key, address(server), *server.public_key())).await
    }

    /// The reason for which a node with this key is refused.
    pub(crate) async fn refused(&self, server: &Server, key: NodeKey) -> Option<DisconnectReason> {
        let keyed = self.knock(server, &key).await;
        let greeted = bounded(keyed.greet(&key, NAME)).await;
        greeted.expect_err("refused")
    }

    /// A new peer, and who it is.
    pub(crate) async fn join(&self, name: &'static str) -> (Hand, NodeKey) {
        let key = NodeKey::random();
        let keyed = self.knock(&self.server, &key).await;
        let hand = bounded(keyed.greet(&key, name)).await;
        (hand.expect("greeted"), key)
    }

    /// Forgets those who are gone.
    pub(crate) fn forget(&self) {
        let mut kept = self.kept.lock().expect("not poisoned");
        kept.retain(|peer| !peer.is_closed());
    }
}

fn address(server: &Server) -> SocketAddr {
    server.listen_addr().expect("listening")
}
