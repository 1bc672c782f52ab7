//! Typed messages from one server to a handler at another, over loopback TCP.

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;
use p2p::{Peer, ServeExt, Server};
use tokio::runtime::Runtime;

use crate::SIZES;
use crate::bare::{Stream, two_threads};
use crate::go::Go;
use crate::limit::Limit;
use crate::measure::{Settings, Spent, time};
use crate::protocol::{Count, Counter, Message, peer, random, records, serve};
use crate::table::{Bar, Table};

/// Of the limit of sealing: how fast messages of each size should be.
const BARS: [f64; 4] = [0.75, 0.85, 0.92, 0.92];

/// Of go-ethereum's server; the large ones with Keccak by vectors.
const LARGE: f64 = if cfg!(feature = "simd") { 1.65 } else { 1.4 };
const GO_BARS: [f64; 4] = [5.0, 3.0, LARGE, LARGE];

pub(crate) fn run(settings: &Settings, table: &mut Table, go: Option<&Go>) {
    table.part("Typed messages one way, derive to handler, loopback TCP, two threads");
    let link = RefCell::new(Link::new());
    let bare = Stream::new();
    for (i, (size, name)) in SIZES.into_iter().enumerate() {
        let mut limit = Limit::new(size);
        let data = Bytes::from(random(size));
        let frame = 48 + (1 + size).next_multiple_of(16);
        let [limit, tcp, typed] = settings.in_turn([
            &mut |n| limit.run(n),
            &mut |n| bare.run(frame, n),
            &mut |n| link.borrow().send(&data, n),
        ]);
        let what = format!("random, {name}");
        let against = "limit of sealing";
        let all = limit.plus(&tcp);
        let bar = Bar::within(BARS[i], &all.by_busiest(), &limit.by_busiest());
        table.rate(&what, &typed, against, &limit, bar);
        let busiest = format!("{what}, busiest end");
        table.busiest(&busiest, &typed, against, &limit, bar);
        table.busiest(&busiest, &typed, "limit, and bare TCP", &all, Bar::None);
        // 3 where bare sealing and opening cost 2.3.
        let bar = [Bar::AtMost(3.0 / 2.3), Bar::None][i.min(1)];
        let what = format!("{what}, both ends");
        let both = limit.times(2.0);
        table.cpu(&what, &typed, "sealing and opening", &both, bar);
    }
    for (size, name) in SIZES {
        let data = records(size);
        let on_the_wire = p2p::session::compress(&data).expect("it fits").len();
        let mut limit = Limit::new(on_the_wire);
        let data = Bytes::from(data);
        let [limit, typed] =
            settings.in_turn([&mut |n| limit.run(n), &mut |n| link.borrow().send(&data, n)]);
        let what = format!("records, {name}");
        let against = format!("limit of the {on_the_wire} B left by Snappy");
        table.rate(&what, &typed, &against, &limit, Bar::None);
        let against = format!("the same, twice, of {on_the_wire} B");
        let both = limit.times(2.0);
        table.cpu(
            &format!("{what}, both ends"),
            &typed,
            &against,
            &both,
            Bar::None,
        );
    }
    for (size, name) in [SIZES[0], SIZES[2]] {
        let mut limit = Limit::new(size);
        let data = Bytes::from(random(size));
        let [limit, typed] = settings.in_turn([&mut |n| limit.run(n), &mut |n| {
            link.borrow().both_ways(&data, n)
        }]);
        let what = format!("random, {name}, both ways at once");
        table.rate(&what, &typed, "limit of two cores", &limit, Bar::None);
    }
    let Some(go) = go else { return };
    for (i, (size, name)) in SIZES.into_iter().enumerate() {
        let data = Bytes::from(random(size));
        let mut limit = Limit::new(size);
        let frame = 48 + (1 + size).next_multiple_of(16);
        let [limit, tcp, ours, theirs] = settings.in_turn([
            &mut |n| limit.run(n),
            &mut |n| bare.run(frame, n),
            &mut |n| link.borrow().send(&data, n),
            &mut |n| go.run("one-way", size, n),
        ]);
        let what = format!("random, {name}");
        let against = "go-ethereum's server";
        let least = GO_BARS[i];
        let bound = limit.plus(&tcp).by_busiest();
        let bar = Bar::within(least, &bound, &theirs);
        table.rate(&what, &ours, against, &theirs, bar);
        let what_limit = format!("limit and bare TCP, {name}");
        table.rate(&what_limit, &bound, against, &theirs, Bar::None);
        let bound = limit.times(2.0).plus(&tcp).by_cpu();
        let by_cpu = theirs.by_cpu();
        let bar = Bar::within(least, &bound, &by_cpu);
        let what = format!("{what}, by processor time");
        table.cpu_rate(&what, &ours, against, &theirs, bar);
        let what_limit = format!("{what_limit}, both ends, by processor time");
        table.rate(&what_limit, &bound, against, &by_cpu, Bar::None);
    }
}

/// Two servers with one connection, each with a thread.
struct Link {
    runtimes: [Runtime; 2],
    count: Arc<Count>,
    peers: [Peer<Message>; 2],
    _servers: [Server; 2],
}

impl Link {
    fn new() -> Self {
        let runtimes = two_threads();
        let count = Arc::new(Count::default());
        let start = || serve(Message::handled_by(Counter(count.clone())));
        let [one, other] = runtimes.each_ref().map(|runtime| runtime.block_on(start()));
        let there = runtimes[0].block_on(peer(&one, &other));
        let back = loop {
            let peers = other.protocol::<Message>().expect("spoken");
            match peers.list().pop() {
                Some(peer) => break peer,
                None => std::thread::yield_now(),
            }
        };
        Self {
            runtimes,
            count,
            peers: [there, back],
            _servers: [one, other],
        }
    }

    /// Sends `count` messages, and waits until all are handled.
    fn send(&self, data: &Bytes, count: usize) -> Spent {
        self.stream(&self.peers[..1], data, count)
    }

    /// Sends `count` messages in all, half of them each way.
    fn both_ways(&self, data: &Bytes, count: usize) -> Spent {
        self.stream(&self.peers, data, count.next_multiple_of(2))
    }

    fn stream(&self, peers: &[Peer<Message>], data: &Bytes, count: usize) -> Spent {
        self.count.set(count);
        let each = count / peers.len();
        time(|| {
            let senders = self.runtimes.iter().zip(peers).map(|(runtime, peer)| {
                let peer = peer.clone();
                let message = Message::Data(data.clone());
                runtime.spawn(async move {
                    for _ in 0..each {
                        peer.send(message.clone()).await.expect("sent");
                    }
                })
            });
            let senders: Vec<_> = senders.collect();
            self.runtimes[0].block_on(async {
                self.count.done().await;
                for sender in senders {
                    sender.await.expect("not cancelled");
                }
            });
        })
    }
}
