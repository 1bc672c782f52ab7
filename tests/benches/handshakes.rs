//! Handshakes with Hello, beside the operations on the curve that they can't do without.

use std::cell::RefCell;
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;

use p2p::{NodeKey, ServeExt, Server};
use secp256k1::ecdh::shared_secret_point;
use secp256k1::{Message as Digest, PublicKey, SECP256K1, SecretKey};
use tests::hand::{self, fill};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::go::Go;
use crate::measure::{Series, Settings, Spent, time, time_here};
use crate::protocol::{Count, Message, serve};
use crate::table::{Bar, Table};

/// The least work that a handshake needs.
const LIMIT: &str = "limit: secp256k1 and bare TCP";

pub(crate) fn run(settings: &Settings, table: &mut Table, go: Option<&Go>) {
    table.part("Handshakes with Hello, both ends, loopback TCP");
    let curve = Floor::new();
    let bare = Arc::new(Bare::new());
    let [floor, tcp, one, many] = settings.in_turn([
        &mut |n| curve.run(n),
        &mut |n| bare.run(n, 64, Bare::packets),
        &mut |n| bare.run(n, 1, Bare::handshake),
        &mut |n| bare.run(n, 64, Bare::handshake),
    ]);
    let bound = floor.plus(&tcp).by_cpu();
    let against = "secp256k1 alone";
    let what = "one at a time, by processor time";
    table.cpu_rate(what, &one, against, &floor, Bar::None);
    table.latency("one at a time", &one, against, &floor, Bar::None);
    let what = "64 at once, by processor time";
    let bar = Bar::within(0.85, &bound, &floor.by_cpu());
    table.cpu_rate(what, &many, against, &floor, bar);
    table.rate(LIMIT, &bound, against, &floor.by_cpu(), Bar::None);
    let against = "secp256k1, and bare TCP with as many packets";
    table.cpu_rate(what, &many, against, &floor.plus(&tcp), Bar::None);
    let accepting = RefCell::new(Accepting::new());
    let [bare_again, accepted] = settings
        .in_turn([&mut |n| bare.run(n, 64, Bare::handshake), &mut |n| {
            accepting.borrow().run(n)
        }]);
    let what = "accepted as peers, 64 at once";
    table.rate(what, &accepted, "handshakes alone", &bare_again, Bar::None);
    let Some(go) = go else { return };
    let against = "go-ethereum's rlpx.Conn, without Hello";
    let [floor, tcp, ours, theirs] = settings.in_turn([
        &mut |n| curve.run(n),
        &mut |n| bare.run(n, 64, Bare::packets),
        &mut |n| bare.run(n, 64, Bare::handshake),
        &mut |n| go.run("handshakes", 0, n),
    ]);
    let bound = floor.plus(&tcp).by_cpu();
    beside_go(table, "64 at once", [&ours, &theirs], against, &bound, 1.35);
    let against = "go-ethereum's server";
    let [floor, tcp, ours, theirs] = settings.in_turn([
        &mut |n| curve.run(n),
        &mut |n| bare.run(n, 64, Bare::packets),
        &mut |n| accepting.borrow().run(n),
        &mut |n| go.run("accepted", 0, n),
    ]);
    let bound = floor.plus(&tcp).by_cpu();
    let what = "accepted as peers, 64 at once";
    beside_go(table, what, [&ours, &theirs], against, &bound, 2.0);
}

/// Rows by the clock and by processor time, each with that of the limit, which has both cores.
fn beside_go(
    table: &mut Table,
    what: &str,
    [ours, theirs]: [&Series; 2],
    against: &str,
    bound: &Series,
    least: f64,
) {
    let both_cores = bound.times(0.5);
    let bar = Bar::within(least, &both_cores, theirs);
    table.rate(what, ours, against, theirs, bar);
    let what_limit = format!("{LIMIT}, on two cores");
    table.rate(&what_limit, &both_cores, against, theirs, Bar::None);
    let by_cpu = theirs.by_cpu();
    let bar = Bar::within(least, bound, &by_cpu);
    let what = format!("{what}, by processor time");
    table.cpu_rate(&what, ours, against, theirs, bar);
    let what_limit = format!("{LIMIT}, by processor time");
    table.rate(&what_limit, bound, against, &by_cpu, Bar::None);
}

/// The operations on the curve of one handshake, both ends together.
struct Floor {
    other: PublicKey,
}

impl Floor {
    fn new() -> Self {
        let secret = SecretKey::from_byte_array([7; 32]).expect("a key");
        Self {
            other: secret.public_key(SECP256K1),
        }
    }

    /// Each time the public keys of the packet at either end and of the recipient's session, and one
    /// more that stands for the token; eight agreements: two for each packet, two of the static keys and two of
    /// the session's; one signature, a point from its x coordinate, and the sum of two points.
    fn run(&self, count: usize) -> Spent {
        let mut fill = fill();
        time_here(|| {
            for _ in 0..count {
                let [.., (key, public)] = [(); 4].map(|()| {
                    let mut bytes = [0; 32];
                    fill(&mut bytes);
                    let key = SecretKey::from_byte_array(bytes).expect("a key");
                    (key, key.public_key(SECP256K1))
                });
                for _ in 0..8 {
                    black_box(shared_secret_point(black_box(&public), &key));
                }
                let token = black_box(Digest::from_digest([5; 32]));
                black_box(SECP256K1.sign_ecdsa_recoverable(token, &key));
                let point = PublicKey::from_slice(&black_box(public).serialize()).expect("a point");
                black_box(point.combine(&self.other)).expect("a sum");
            }
        })
    }
}

/// Reads a packet of this size, as much at once as there is.
async fn take(stream: &mut TcpStream, size: usize) {
    let mut packet = [0; 1024];
    let mut taken = 0;
    while taken < size {
        let read = stream.read(&mut packet).await.expect("read");
        assert_ne!(read, 0, "closed");
        taken += read;
    }
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all();
    builder.build().expect("a runtime")
}

/// Both ends by hand.
struct Bare {
    runtime: Runtime,
    listener: TcpListener,
    keys: [NodeKey; 2],
}

impl Bare {
    fn new() -> Self {
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        Self {
            listener: listener.expect("bound"),
            keys: [NodeKey::random(), NodeKey::random()],
            runtime,
        }
    }

    /// Makes `count` connections, `at_once` of them at the same time.
    fn run<F>(self: &Arc<Self>, count: usize, at_once: usize, connect: fn(Arc<Bare>) -> F) -> Spent
    where
        F: Future<Output = ()> + Send + 'static,
    {
        time(|| {
            self.runtime.block_on(async {
                let tasks = (0..at_once).map(|i| {
                    let ends = self.clone();
                    let share = count / at_once + usize::from(i < count % at_once);
                    tokio::spawn(async move {
                        for _ in 0..share {
                            connect(ends.clone()).await;
                        }
                    })
                });
                let tasks: Vec<_> = tasks.collect();
                for task in tasks {
                    task.await.expect("not cancelled");
                }
            });
        })
    }

    /// Auth, ack, and a Hello each way.
    async fn handshake(self: Arc<Self>) {
        let address = self.address();
        let remote = *self.keys[1].public_key();
        let other = self.clone();
        let accepting = tokio::spawn(async move {
            let (stream, _) = other.listener.accept().await.expect("accepted");
            hand::accept(&other.keys[1], stream).await
        });
        let dialed = hand::dial(&self.keys[0], address, remote).await;
        drop((dialed, accepting.await.expect("not cancelled")));
    }

    /// Packets of about the same sizes with nothing in them: auth, ack with Hello, and Hello.
    async fn packets(self: Arc<Self>) {
        const SIZES: [usize; 3] = [430, 500, 160];
        let address = self.address();
        let accepting = tokio::spawn(async move {
            let (mut stream, _) = self.listener.accept().await.expect("accepted");
            stream.set_nodelay(true).expect("set");
            take(&mut stream, SIZES[0]).await;
            stream.write_all(&[0; SIZES[1]]).await.expect("written");
            take(&mut stream, SIZES[2]).await;
            stream
        });
        let mut stream = TcpStream::connect(address).await.expect("connected");
        stream.set_nodelay(true).expect("set");
        stream.write_all(&[0; SIZES[0]]).await.expect("written");
        take(&mut stream, SIZES[1]).await;
        stream.write_all(&[0; SIZES[2]]).await.expect("written");
        drop((stream, accepting.await.expect("not cancelled")));
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("bound")
    }
}

/// A server that peers come to.
struct Accepting {
    runtime: Runtime,
    count: Arc<Count>,
    server: Server,
}

impl Accepting {
    fn new() -> Self {
        let runtime = runtime();
        let count = Arc::new(Count::default());
        let accepted = count.clone();
        let service = Message::run(move |_, mut inbox| {
            accepted.down();
            async move {
                while inbox.recv().await.is_ok() {}
                Ok(())
            }
        });
        let server = runtime.block_on(serve(service));
        Self {
            runtime,
            count,
            server,
        }
    }

    /// Accepts `count` peers, 64 at once. All stay until the last is there.
    fn run(&self, count: usize) -> Spent {
        // Each is a file on either side.
        const MOST: usize = 1024;
        let mut spent = Spent::default();
        let mut left = count;
        while left > 0 {
            let batch = left.min(MOST);
            let one = self.batch(batch);
            spent.wall += one.wall;
            spent.cpu += one.cpu;
            spent.busiest += one.busiest;
            left -= batch;
        }
        spent
    }

    fn batch(&self, count: usize) -> Spent {
        let keys: Vec<NodeKey> = (0..count).map(|_| NodeKey::random()).collect();
        let address = self.server.listen_addr().expect("listening");
        let remote = *self.server.public_key();
        self.count.set(count);
        let mut hands = Vec::new();
        let spent = time(|| {
            self.runtime.block_on(async {
                let tasks = keys.chunks(count.div_ceil(64)).map(|keys| {
                    let keys = keys.to_vec();
                    tokio::spawn(async move {
                        let mut hands = Vec::new();
                        for key in keys {
                            hands.push(hand::dial(&key, address, remote).await);
                        }
                        hands
                    })
                });
                let tasks: Vec<_> = tasks.collect();
                for task in tasks {
                    hands.push(task.await.expect("not cancelled"));
                }
                self.count.done().await;
            });
        });
        drop(hands);
        self.runtime.block_on(async {
            while self.server.peer_count() > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        });
        spent
    }
}
