//! Many peers of one server: broadcasts to them, and messages from them. The peers have a thread of their
//! own, whose processor time does not count.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use p2p::session::MessageId;
use p2p::session::{Egress, compress};
use p2p::{NodeKey, Peers, Protocol, ServeExt, Server};
use tests::hand::{self, FIRST_ID, Hand};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, Notify};

use crate::bare::stay_on;
use crate::go::Go;
use crate::measure::{SINK, Settings, Spent, time};
use crate::protocol::{Count, Counter, Message, random, serve};
use crate::table::{Bar, Table};

/// Bytes of a message of a broadcast, and of one that a crowd sends.
const BROADCAST: usize = 1024;
const SMALL: usize = 32;

/// Messages that a peer of the crowd writes at once.
const BURST: usize = 64;

pub(crate) fn run(settings: &Settings, table: &mut Table, go: Option<&Go>) {
    table.part("Many peers of one server, which is what is timed: their own work is not");
    broadcasts(settings, table);
    fan_in(settings, table);
    if let Some(go) = go {
        let eight = Eight::new();
        let [ours, theirs] =
            settings.in_turn([&mut |n| eight.run(n), &mut |n| go.run("fan-in", SMALL, n)]);
        let against = "go-ethereum's server";
        let bar = Bar::AtLeast(2.5);
        let what = "32 B from 8 servers into one, all of it timed";
        table.rate(what, &ours, against, &theirs, bar);
        table.cpu_rate(
            &format!("{what}, by processor time"),
            &ours,
            against,
            &theirs,
            bar,
        );
    }
}

fn broadcasts(settings: &Settings, table: &mut Table) {
    let measured = [1, 100, 1000].map(|peers| {
        let crowd = Broadcasts::new(peers);
        let sealed = Sealed::new(peers);
        let counts = [(20_000 / peers).clamp(20, 4000); 2];
        let works: [&mut dyn FnMut(usize) -> Spent; 2] =
            [&mut |n| crowd.run(n), &mut |n| sealed.run(n)];
        let [ours, bare] = settings.so_often(works, counts);
        let what = format!("1 KiB to {peers}, each time");
        table.cpu(
            &what,
            &ours,
            "sealing and writing what is encoded",
            &bare,
            Bar::None,
        );
        [ours, bare]
    });
    let [[one, one_bare], _, [many, many_bare]] = measured;
    let ours = many.beyond(&one, 999.0);
    let bare = many_bare.beyond(&one_bare, 999.0);
    let what = "1 KiB to 1,000, each further peer";
    table.cpu(what, &ours, "sealing and writing", &bare, Bar::AtMost(1.15));
}

fn fan_in(settings: &Settings, table: &mut Table) {
    let [one, many] = [1, 1000].map(FanIn::new);
    let [one, many] = settings.in_turn([&mut |n| one.run(n), &mut |n| many.run(n)]);
    let what = "32 B from 1,000 peers, each message";
    table.cpu(what, &many, "from 1 peer", &one, Bar::AtMost(1.25));
}

/// A server, or what works in its place, and its crowd, each on a core of its own.
///
/// The crowd never sleeps: it would be woken by each message to a slow server and by none to a fast one, and
/// peers on other machines cost no wakes.
fn two_cores() -> [Runtime; 2] {
    let runtimes = [("server", 0), (SINK, 1)].map(|(name, core)| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).thread_name(name).enable_all();
        builder.on_thread_start(move || stay_on(core));
        builder.build().expect("a runtime")
    });
    runtimes[1].spawn(async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    runtimes
}

fn runtime(name: &str, threads: usize) -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(threads)
        .thread_name(name)
        .enable_all();
    builder.build().expect("a runtime")
}

/// Counts the bytes that a crowd has read.
#[derive(Debug, Default)]
struct Read {
    left: AtomicUsize,
    done: Notify,
}

impl Read {
    fn took(&self, bytes: usize) {
        if self.left.fetch_sub(bytes, Ordering::Relaxed) == bytes {
            self.done.notify_one();
        }
    }
}

/// Reads and throws away.
async fn discard(mut stream: impl AsyncReadExt + Unpin, read: Arc<Read>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(bytes @ 1..) = stream.read(&mut buffer).await {
        read.took(bytes);
    }
}

/// Peers of a server, one after the other.
async fn join(server: Server, peers: usize) -> Vec<Hand> {
    let address = server.listen_addr().expect("listening");
    let mut hands = Vec::new();
    for _ in 0..peers {
        let key = NodeKey::random();
        hands.push(hand::dial(&key, address, *server.public_key()).await);
    }
    while server.protocol::<Message>().expect("spoken").len() < peers {
        tokio::task::yield_now().await;
    }
    hands
}

/// A server that sends one message to all.
struct Broadcasts {
    runtime: Runtime,
    _crowd: Runtime,
    read: Arc<Read>,
    peers: Peers<Message>,
    message: Message,
    _server: Server,
}

impl Broadcasts {
    fn new(peers: usize) -> Self {
        let [runtime, crowd] = two_cores();
        let service = Message::handled_by(Counter(Arc::default()));
        let server = runtime.block_on(serve(service));
        let read = Arc::new(Read::default());
        let joined = crowd.block_on(crowd.spawn(join(server.clone(), peers)));
        for hand in joined.expect("not cancelled") {
            crowd.spawn(discard(hand.stream, read.clone()));
        }
        Self {
            peers: server.protocol::<Message>().expect("spoken"),
            message: Message::Data(random(BROADCAST).into()),
            runtime,
            _crowd: crowd,
            read,
            _server: server,
        }
    }

    fn run(&self, count: usize) -> Spent {
        let peers = self.peers.clone();
        let read = self.read.clone();
        let message = self.message.clone();
        let bytes = on_the_wire() * peers.len();
        time(|| {
            let broadcasts = async move {
                for _ in 0..count {
                    read.left.store(bytes, Ordering::Relaxed);
                    let sent = peers.broadcast(&message).expect("encoded");
                    assert_eq!(sent.sent, peers.len(), "there is room for one message");
                    read.done.notified().await;
                }
            };
            let task = self.runtime.spawn(broadcasts);
            self.runtime.block_on(task).expect("not cancelled");
        })
    }
}

/// The payload of a broadcast, compressed.
fn payload() -> Vec<u8> {
    let mut plain = Vec::new();
    let message = Message::Data(random(BROADCAST).into());
    message.encode(1, None, &mut plain).expect("encoded");
    compress(&plain).expect("it fits")
}

/// Bytes of its frame.
fn on_the_wire() -> usize {
    16 + 16 + (1 + payload().len()).next_multiple_of(16) + 16
}

/// The least that has to be done: a payload that is encoded and compressed is sealed and written.
struct Sealed {
    runtime: Runtime,
    _crowd: Runtime,
    read: Arc<Read>,
    peers: Arc<Mutex<Vec<(Egress, std::net::TcpStream)>>>,
}

impl Sealed {
    fn new(peers: usize) -> Self {
        let ([runtime, crowd], read) = (two_cores(), Arc::new(Read::default()));
        let one = NodeKey::random();
        let other = NodeKey::random();
        let remote = *other.public_key();
        let connecting = crowd.spawn(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
            let address = listener.local_addr().expect("bound");
            let mut ends = Vec::new();
            for _ in 0..peers {
                let accepting = async {
                    let (stream, _) = listener.accept().await.expect("accepted");
                    hand::accept(&other, stream).await
                };
                ends.push(tokio::join!(hand::dial(&one, address, remote), accepting));
            }
            ends
        });
        let ends = crowd.block_on(connecting).expect("not cancelled");
        let peers = ends.into_iter().map(|(ours, theirs)| {
            crowd.spawn(discard(theirs.stream, read.clone()));
            let stream = ours.stream.into_std().expect("registered");
            stream.set_nonblocking(false).expect("set");
            (ours.session.egress, stream)
        });
        Self {
            peers: Arc::new(peers.collect::<Vec<_>>().into()),
            runtime,
            _crowd: crowd,
            read,
        }
    }

    fn run(&self, count: usize) -> Spent {
        let peers = self.peers.clone();
        let read = self.read.clone();
        let payload = payload();
        time(|| {
            let sealing = async move {
                let mut peers = peers.lock().await;
                let mut out = Vec::new();
                let bytes = on_the_wire() * peers.len();
                for _ in 0..count {
                    read.left.store(bytes, Ordering::Relaxed);
                    for (egress, stream) in &mut *peers {
                        out.clear();
                        let sealed = egress.message(MessageId(FIRST_ID), &payload, true, &mut out);
                        sealed.expect("it fits");
                        stream.write_all(&out).expect("written");
                    }
                    read.done.notified().await;
                }
            };
            let task = self.runtime.spawn(sealing);
            self.runtime.block_on(task).expect("not cancelled");
        })
    }
}

/// A server that gets messages of all.
struct FanIn {
    runtime: Runtime,
    crowd: Runtime,
    count: Arc<Count>,
    /// Where each peer writes, and who seals for it.
    peers: Arc<Mutex<Vec<(Egress, OwnedWriteHalf)>>>,
    _server: Server,
}

impl FanIn {
    fn new(peers: usize) -> Self {
        let crowd = runtime(SINK, 1);
        let runtime = runtime("server", 1);
        let count = Arc::new(Count::default());
        let service = Message::handled_by(Counter(count.clone()));
        let server = runtime.block_on(serve(service));
        let joined = crowd.block_on(crowd.spawn(join(server.clone(), peers)));
        let peers = joined.expect("not cancelled").into_iter().map(|hand| {
            let (reader, writer) = hand.stream.into_split();
            crowd.spawn(discard(reader, Arc::new(Read::default())));
            (hand.session.egress, writer)
        });
        Self {
            peers: Arc::new(peers.collect::<Vec<_>>().into()),
            runtime,
            crowd,
            count,
            _server: server,
        }
    }

    /// Receives `count` messages in bursts, one peer after the other.
    fn run(&self, count: usize) -> Spent {
        let bursts = count.div_ceil(BURST);
        self.count.set(bursts * BURST);
        let peers = self.peers.clone();
        let mut payload = Vec::new();
        let message = Message::Data(random(SMALL).into());
        message.encode(1, None, &mut payload).expect("encoded");
        let spent = time(|| {
            self.crowd.spawn(async move {
                let mut peers = peers.lock().await;
                let mut out = Vec::new();
                let number = peers.len();
                for burst in 0..bursts {
                    let (egress, stream) = &mut peers[burst % number];
                    out.clear();
                    for _ in 0..BURST {
                        let sealed = egress.message(MessageId(FIRST_ID), &payload, false, &mut out);
                        sealed.expect("it fits");
                    }
                    stream.write_all(&out).await.expect("written");
                }
            });
            self.runtime.block_on(self.count.done());
        });
        let scale = count as f64 / (bursts * BURST) as f64;
        Spent {
            wall: spent.wall.mul_f64(scale),
            cpu: spent.cpu.mul_f64(scale),
            busiest: spent.busiest.mul_f64(scale),
        }
    }
}

/// Eight servers that send to one.
struct Eight {
    runtime: Runtime,
    count: Arc<Count>,
    senders: Vec<Server>,
    _server: Server,
}

impl Eight {
    fn new() -> Self {
        let runtime = runtime("server", 2);
        let count = Arc::new(Count::default());
        let start = || serve(Message::handled_by(Counter(count.clone())));
        let (server, senders) = runtime.block_on(async {
            let server = start().await;
            let mut senders = Vec::new();
            for _ in 0..8 {
                let sender = start().await;
                sender.connect(&server.enode()).await.expect("connected");
                senders.push(sender);
            }
            (server, senders)
        });
        Self {
            runtime,
            count,
            senders,
            _server: server,
        }
    }

    fn run(&self, count: usize) -> Spent {
        let count = count.next_multiple_of(self.senders.len());
        let each = count / self.senders.len();
        self.count.set(count);
        let data = Bytes::from(random(SMALL));
        time(|| {
            self.runtime.block_on(async {
                for sender in &self.senders {
                    let peers = sender.protocol::<Message>().expect("spoken");
                    let peer = peers.list().pop().expect("there");
                    let message = Message::Data(data.clone());
                    tokio::spawn(async move {
                        for _ in 0..each {
                            peer.send(message.clone()).await.expect("sent");
                        }
                    });
                }
                self.count.done().await;
            });
        })
    }
}
