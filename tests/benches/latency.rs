//! Round trips: balls between handlers, and requests, each beside a bare TCP ping-pong.

use std::sync::Arc;

use bytes::Bytes;
use p2p::{Peer, Protocol, ServeExt, Server, Service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::bare::stay_on;
use crate::go::Go;
use crate::limit::Limit;
use crate::measure::{Settings, Spent, time};
use crate::protocol::{Asking, Count, Counter, Message, Wall, peer, random, serve};
use crate::table::{Bar, Table};

/// Bytes of a ball.
const BALL: usize = 64;

pub(crate) fn run(settings: &Settings, table: &mut Table, go: Option<&Go>) {
    table.part("Round trips of 64 B");
    for (ends, name, bar) in [
        (Ends::OneThread, "both ends on one thread", Bar::AtMost(8.0)),
        (Ends::TwoCores, "on two cores", Bar::None),
    ] {
        let bare = Bare::new(ends);
        let balls = Balls::new(ends);
        let asking = Questions::new(ends);
        let mut limit = Limit::new(BALL + 2);
        let [bare, balls, one, many, limit] = settings.in_turn([
            &mut |n| bare.run(n),
            &mut |n| balls.run(n),
            &mut |n| asking.run(n, 1),
            &mut |n| asking.run(n, 64),
            &mut |n| limit.run(n),
        ]);
        let what = format!("message there and back, {name}");
        table.latency(&what, &balls, "bare TCP", &bare, bar);
        if ends == Ends::OneThread {
            // One thread does all, so that its processor time is what the clock says when nobody else runs.
            let what = format!("{what}, by processor time");
            table.latency(&what, &balls.by_cpu(), "bare TCP", &bare.by_cpu(), bar);
        }
        let what = format!("request and reply, {name}");
        table.latency(&what, &one, "bare TCP", &bare, Bar::None);
        let what = format!("requests, 64 in flight, {name}");
        let sealed = limit.times(4.0);
        table.cpu(&what, &many, "sealing and opening both", &sealed, Bar::None);
        table.rate(&what, &many, "one at a time", &one, Bar::None);
    }
    if let Some(go) = go {
        let balls = Balls::new(Ends::TwoThreads);
        let [ours, theirs] =
            settings.in_turn([&mut |n| balls.run(n), &mut |n| go.run("ping-pong", BALL, n)]);
        let what = "message there and back, on two threads";
        table.latency(what, &ours, "go-ethereum's server", &theirs, Bar::None);
    }
}

/// Where the two ends are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    OneThread,
    /// Wherever the kernel puts the threads, which is often the same core.
    TwoThreads,
    /// Each thread on a core of its own, so that every message wakes another core.
    TwoCores,
}

/// One thread for both ends, or one for each.
struct Threads {
    one: Arc<Runtime>,
    other: Arc<Runtime>,
}

impl Threads {
    fn new(ends: Ends) -> Self {
        let mut builder = match ends {
            Ends::OneThread => tokio::runtime::Builder::new_current_thread(),
            Ends::TwoThreads | Ends::TwoCores => tokio::runtime::Builder::new_multi_thread(),
        };
        builder.worker_threads(1).enable_all();
        let mut runtime = |core: usize| {
            if ends == Ends::TwoCores {
                builder.on_thread_start(move || stay_on(core));
            }
            Arc::new(builder.build().expect("a runtime"))
        };
        let one = runtime(0);
        let other = match ends {
            Ends::OneThread => one.clone(),
            Ends::TwoThreads | Ends::TwoCores => runtime(1),
        };
        Self { one, other }
    }

    /// Does something as a task of the first end.
    fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let task = self.one.spawn(work);
        self.one.block_on(task).expect("not cancelled")
    }

    /// The same of the second end.
    fn run_other<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let task = self.other.spawn(work);
        self.other.block_on(task).expect("not cancelled")
    }

    /// A server on each, and the peer of the first.
    fn pair<P: Protocol>(&self, one: Service<P>, other: Service<P>) -> ([Server; 2], Peer<P>) {
        let one = self.run(serve(one));
        let other = self.run_other(serve(other));
        let dialing = one.clone();
        let dialed = other.clone();
        let peer = self.run(async move { peer(&dialing, &dialed).await });
        ([one, other], peer)
    }
}

/// A stream whose other end sends back what comes.
struct Bare {
    threads: Threads,
    stream: Arc<tokio::sync::Mutex<TcpStream>>,
}

impl Bare {
    fn new(ends: Ends) -> Self {
        let threads = Threads::new(ends);
        let listener = threads
            .run_other(TcpListener::bind("127.0.0.1:0"))
            .expect("bound");
        let address = listener.local_addr().expect("bound");
        let stream = threads.run(TcpStream::connect(address)).expect("connected");
        stream.set_nodelay(true).expect("set");
        threads.other.spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("accepted");
            stream.set_nodelay(true).expect("set");
            let mut ball = [0; BALL];
            while stream.read_exact(&mut ball).await.is_ok() {
                stream.write_all(&ball).await.expect("written");
            }
        });
        let stream = Arc::new(tokio::sync::Mutex::new(stream));
        Self { threads, stream }
    }

    fn run(&self, count: usize) -> Spent {
        let stream = self.stream.clone();
        time(|| {
            self.threads.run(async move {
                let mut stream = stream.lock().await;
                let mut ball = [7; BALL];
                for _ in 0..count {
                    stream.write_all(&ball).await.expect("written");
                    stream.read_exact(&mut ball).await.expect("read");
                }
            });
        })
    }
}

/// Two handlers with a ball.
struct Balls {
    threads: Threads,
    count: Arc<Count>,
    peer: Peer<Message>,
    _servers: [Server; 2],
}

impl Balls {
    fn new(ends: Ends) -> Self {
        let threads = Threads::new(ends);
        let count = Arc::new(Count::default());
        let counter = Message::handled_by(Counter(count.clone()));
        let (servers, peer) = threads.pair(counter, Message::handled_by(Wall));
        Self {
            threads,
            count,
            peer,
            _servers: servers,
        }
    }

    fn run(&self, count: usize) -> Spent {
        self.count.set(count);
        let peer = self.peer.clone();
        let done = self.count.clone();
        let ball = Message::Ball(random(BALL).into());
        time(|| {
            self.threads.run(async move {
                peer.send(ball).await.expect("sent");
                done.done().await;
            });
        })
    }
}

/// One server that asks, and one that answers.
struct Questions {
    threads: Threads,
    peer: Peer<Asking>,
    _servers: [Server; 2],
}

impl Questions {
    fn new(ends: Ends) -> Self {
        let threads = Threads::new(ends);
        // The other end handles as many at once as are in flight.
        let wall = || Asking::handled_by(Wall).max_concurrent(64);
        let (servers, peer) = threads.pair(wall(), wall());
        Self {
            threads,
            peer,
            _servers: servers,
        }
    }

    /// Sends `count` requests, `in_flight` of them at the same time.
    fn run(&self, count: usize, in_flight: usize) -> Spent {
        let peer = self.peer.clone();
        let data = Bytes::from(random(BALL));
        time(|| {
            self.threads.run(async move {
                let tasks = (0..in_flight).map(|i| {
                    let peer = peer.clone();
                    let data = data.clone();
                    let share = count / in_flight + usize::from(i < count % in_flight);
                    tokio::spawn(async move {
                        for _ in 0..share {
                            let echoed = peer.request(Asking::echo(data.clone())).await;
                            assert_eq!(echoed.expect("answered").len(), BALL);
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
}
