//! Nodes that are busy at once, as a model: their queues, accounts and waits are the real ones, and a model checker
//! tries the orders in which tasks can go on. It finds a deadlock, a wake that is lost, and room that is given back
//! twice.
//!
//! ```text
//! RUSTFLAGS="--cfg shuttle" cargo test -p p2p --lib --target-dir target/models models
//! ```

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, Stream};
use shuttle::future::{JoinHandle, block_on, spawn};
use tokio::sync::oneshot;

use super::account::{Account, Charge, Class, MemoryLimits, ServerMemory};
use super::batch::{Batch, Cost, Long, Payload, Route};
use super::pressure::{Driven, Pressure, Sending, room_to_receive, room_to_send};
use super::queue::{NoRoom, OVERHEAD, Queue};
use crate::budget::Budget;
use crate::future::BoxFuture;
use crate::protocol::numbers::Code;
use crate::sync::modelled::{Mutex, lock};

/// Bytes of each message.
const PIECE: usize = 100;

/// A queue has room for one message, and so has a link.
const QUEUE: u32 = (PIECE + OVERHEAD) as u32;

/// Messages that each sends.
const PIECES: usize = 5;

/// Orders that are tried of each case, and by each way of choosing them.
const ORDERS: usize = 1000;

/// Only counted.
const COUNTED: Code = Code(0);
/// Answered with one that is only counted.
const BALL: Code = Code(1);
/// Passed on to another peer.
const PASS: Code = Code(2);
/// Makes its receiver ask the peer.
const ASK: Code = Code(3);
const QUESTION: Code = Code(4);
const ANSWER: Code = Code(5);
/// A question which its receiver also answers with one that is only counted.
const NOTIFY: Code = Code(6);

/// What is said of a message that waits.
const SENDING: Sending = Sending {
    protocol: "model",
    message: "piece",
};

/// One end of a connection.
struct End {
    inbox: Queue,
    outbox: Queue,
    account: Arc<Account>,
    pressure: Arc<Pressure>,
    /// Those who wait for answers, which come in the order of the questions.
    asking: Mutex<VecDeque<oneshot::Sender<()>>>,
    /// Counts what has arrived, at all ends.
    arrived: Arc<Budget>,
    /// Set once the end is to be passed to.
    next: Mutex<Option<Arc<End>>>,
}

impl End {
    fn new(memory: &Arc<ServerMemory>, arrived: &Arc<Budget>) -> Arc<Self> {
        Arc::new(Self {
            inbox: Queue::new(QUEUE),
            outbox: Queue::new(QUEUE),
            account: Arc::new(Account::new(memory.clone(), PIECE)),
            pressure: Arc::default(),
            asking: Mutex::default(),
            arrived: arrived.clone(),
            next: Mutex::default(),
        })
    }

    async fn send(&self, code: Code) {
        let charge = None;
        self.send_charged(code, charge).await;
    }

    async fn send_charged(&self, code: Code, charge: Option<Charge>) {
        let size = (PIECE, code == ANSWER);
        let room = room_to_send(&self.outbox, &self.account, size, charge, SENDING).await;
        let (room, charge) = room.expect("open");
        let payload = Payload::from(&[0; PIECE][..]).charged(charge);
        self.outbox
            .push_long(room, route(code), Long::Owned(payload, false));
    }

    async fn ask(&self, code: Code) {
        let (answer, answered) = oneshot::channel();
        lock(&self.asking).push_back(answer);
        self.send(code).await;
        let _awaiting = self.pressure.awaiting();
        answered.await.expect("answered");
    }

    /// What a handler does with a message.
    async fn handle(&self, code: Code) {
        match code {
            COUNTED => self.arrived.give(1),
            BALL => self.send(COUNTED).await,
            PASS => {
                let next = lock(&self.next).clone();
                next.expect("in a ring").send(COUNTED).await;
            }
            ASK => {
                self.ask(QUESTION).await;
                self.arrived.give(1);
            }
            _ => {
                let charge = self.account.take(Class::Reply, PIECE).await;
                if code == NOTIFY {
                    self.send(COUNTED).await;
                }
                self.send_charged(ANSWER, Some(charge)).await;
            }
        }
    }

    /// Handles what comes: notifications one after the other, questions beside them.
    async fn serve(&self, start: Code, pieces: usize) {
        let mut turn: Option<BoxFuture<'_, ()>> = Some(Box::pin(async move {
            for _ in 0..pieces {
                self.send(start).await;
            }
        }));
        let mut waiting: VecDeque<(Code, Cost)> = VecDeque::new();
        let mut answers = FuturesUnordered::new();
        let mut batch = Batch::default();
        loop {
            if turn.is_none()
                && let Some((code, cost)) = waiting.pop_front()
            {
                self.inbox.release(cost);
                turn = Some(Box::pin(self.handle(code)));
            }
            let came = poll_fn(|cx| {
                while let Poll::Ready(Some(())) = Pin::new(&mut answers).poll_next(cx) {}
                if let Some(method) = &mut turn
                    && method.as_mut().poll(cx).is_ready()
                {
                    turn = None;
                    return Poll::Ready(None);
                }
                self.inbox.poll_take(cx, &mut batch).map(Some)
            });
            match came.await {
                None => continue,
                Some(Err(_)) => return,
                Some(Ok(())) => {}
            }
            while let Some(queued) = batch.pop() {
                let (code, cost) = (queued.route.code, queued.cost);
                if code == QUESTION || code == NOTIFY {
                    self.inbox.release(cost);
                    answers.push(self.handle(code));
                } else {
                    // It keeps its room.
                    waiting.push_back((code, cost));
                }
            }
        }
    }

    /// The writer.
    async fn write(&self, link: &Queue) {
        let mut batch = Batch::default();
        while self.outbox.take(&mut batch).await.is_ok() {
            while let Some(queued) = batch.pop() {
                let Ok(room) = link.reserve(PIECE, false).await else {
                    return;
                };
                let payload = Payload::from(queued.payload.bytes());
                link.push_long(room, queued.route, Long::Owned(payload, false));
                let cost = queued.cost;
                drop(queued);
                self.outbox.release(cost);
            }
        }
    }

    /// The reader.
    async fn read(&self, link: &Queue) {
        let mut batch = Batch::default();
        while link.take(&mut batch).await.is_ok() {
            while let Some(queued) = batch.pop() {
                let (route, cost) = (queued.route, queued.cost);
                drop(queued);
                link.release(cost);
                if route.code == ANSWER {
                    let asking = lock(&self.asking).pop_front();
                    asking.expect("asked").send(()).expect("awaited");
                    continue;
                }
                let room = match self.inbox.try_reserve(PIECE, false) {
                    Ok(room) => Ok((room, None)),
                    Err(NoRoom::Closed) => return,
                    Err(NoRoom::Full) => {
                        self.pressure.set_reader_waits(true);
                        let (account, pressure) = (&self.account, &self.pressure);
                        let room = room_to_receive(&self.inbox, account, pressure, PIECE).await;
                        self.pressure.set_reader_waits(false);
                        room
                    }
                };
                let Ok((room, charge)) = room else { return };
                let payload = Payload::from(&[0; PIECE][..]).charged(charge);
                self.inbox
                    .push_long(room, route, Long::Owned(payload, false));
            }
        }
    }

    fn assert_empty(&self) {
        assert_eq!((self.inbox.taken(), self.outbox.taken()), (0, 0));
        let classes = Class::ALL.into_iter();
        let taken: usize = classes.map(|class| self.account.taken(class)).sum();
        assert_eq!(taken, 0);
    }
}

fn route(code: Code) -> Route {
    Route { channel: 0, code }
}

/// Nodes, by the ends of their connections.
struct Model {
    arrived: Arc<Budget>,
    ends: Vec<Arc<End>>,
    links: Vec<Arc<Queue>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Model {
    /// A model that ends when `expected` messages were counted.
    fn new(expected: usize) -> Self {
        let arrived = Arc::new(Budget::new(expected));
        arrived.try_take(expected).expect("all");
        Self {
            arrived,
            ends: Vec::new(),
            links: Vec::new(),
            tasks: Vec::new(),
        }
    }

    /// Two ends that are connected, of nodes with this memory.
    fn connect(&mut self, memories: [&Arc<ServerMemory>; 2]) -> [Arc<End>; 2] {
        let ends = memories.map(|memory| End::new(memory, &self.arrived));
        let links = [(); 2].map(|()| Arc::new(Queue::new(QUEUE)));
        for (from, to, link) in [(0, 1, &links[0]), (1, 0, &links[1])] {
            let (end, out) = (ends[from].clone(), link.clone());
            self.tasks.push(spawn(async move { end.write(&out).await }));
            let (end, into) = (ends[to].clone(), link.clone());
            self.tasks.push(spawn(async move { end.read(&into).await }));
        }
        self.ends.extend(ends.clone());
        self.links.extend(links);
        ends
    }

    /// Serves an end, whose handler first sends some messages.
    fn serve(&mut self, end: &Arc<End>, start: Code, pieces: usize) {
        let end = end.clone();
        self.tasks.push(spawn(async move {
            let serving = Box::pin(end.serve(start, pieces));
            Driven::new(end.pressure.clone(), serving).await;
        }));
    }

    /// Waits until all has arrived, and ends everything.
    fn run(self, expected: usize) {
        block_on(async {
            self.arrived.take(expected).await.expect("open");
            for end in &self.ends {
                end.outbox.close();
                end.inbox.close();
            }
            for link in &self.links {
                link.close();
            }
            for ended in join_all(self.tasks).await {
                ended.expect("no panic");
            }
        });
        self.ends.iter().for_each(|end| end.assert_empty());
    }
}

fn memory() -> Arc<ServerMemory> {
    Arc::new(ServerMemory::new(MemoryLimits::default()))
}

/// Two nodes whose handlers begin with this message.
fn two(start: Code) {
    let expected = 2 * PIECES;
    let mut model = Model::new(expected);
    let ends = model.connect([&memory(), &memory()]);
    for end in &ends {
        model.serve(end, start, PIECES);
    }
    model.run(expected);
}

/// Tries many orders, chosen at random, and those with few switches between tasks.
fn check(model: fn()) {
    shuttle::check_random(model, ORDERS);
    shuttle::check_pct(model, ORDERS, 3);
}

#[test]
fn both_send_when_connected() {
    check(|| two(COUNTED));
}

#[test]
fn notifications_answer_notifications() {
    check(|| two(BALL));
}

#[test]
fn handlers_ask_each_other() {
    check(|| two(ASK));
}

#[test]
fn request_handlers_notify_too() {
    check(|| {
        // What is sent, and the answers.
        let expected = 2 * 2 * PIECES;
        let mut model = Model::new(expected);
        let ends = model.connect([&memory(), &memory()]);
        for end in &ends {
            model.serve(end, COUNTED, 0);
            for _ in 0..PIECES {
                let end = end.clone();
                model.tasks.push(spawn(async move {
                    end.ask(NOTIFY).await;
                    end.arrived.give(1);
                }));
            }
        }
        model.run(expected);
    });
}

#[test]
fn three_nodes_in_a_ring() {
    check(|| {
        let expected = 3 * PIECES;
        let mut model = Model::new(expected);
        let memories = [memory(), memory(), memory()];
        // Of each connection, the end at the node before and at the one after.
        let ring = [(0, 1), (1, 2), (2, 0)]
            .map(|(before, after)| model.connect([&memories[before], &memories[after]]));
        for (number, [to_next, from_before]) in ring.iter().enumerate() {
            // It came from the node before, and goes to the one after.
            let [next, _] = &ring[(number + 1) % 3];
            *lock(&from_before.next) = Some(next.clone());
            model.serve(from_before, COUNTED, 0);
            model.serve(to_next, COUNTED, 0);
            let to_next = to_next.clone();
            model.tasks.push(spawn(async move {
                for _ in 0..PIECES {
                    to_next.send(PASS).await;
                }
            }));
        }
        model.run(expected);
        for [to_next, from_before] in &ring {
            // Else the ends would hold each other.
            drop((lock(&to_next.next).take(), lock(&from_before.next).take()));
        }
    });
}

/// Two connections for which each node has memory for one message beyond all queues.
#[test]
fn who_waits_for_memory_gets_it_after_another() {
    check(|| {
        let expected = 4 * PIECES;
        let mut model = Model::new(expected);
        let limits = MemoryLimits {
            floor: 0,
            server: 64 * (PIECE + OVERHEAD).div_ceil(12),
            ..MemoryLimits::default()
        };
        let memories = [(); 2].map(|()| Arc::new(ServerMemory::new(limits)));
        for _ in 0..2 {
            let ends = model.connect(memories.each_ref());
            for end in &ends {
                model.serve(end, COUNTED, PIECES);
            }
        }
        model.run(expected);
    });
}

/// Takes, waits, gives up and is given, in every order.
#[test]
fn a_budget_loses_and_makes_nothing() {
    check(|| {
        let budget = Arc::new(Budget::new(3));
        let given = Arc::new(AtomicUsize::new(0));
        let tasks = [(2, false), (3, true), (1, false), (2, true), (3, false)];
        let tasks = tasks.map(|(amount, gives_up)| {
            let (budget, given) = (budget.clone(), given.clone());
            spawn(async move {
                let mut take = Box::pin(budget.take(amount));
                if gives_up {
                    // It may have been served meanwhile, and does not know.
                    let polled = poll_fn(|cx| Poll::Ready(take.as_mut().poll(cx))).await;
                    shuttle::future::yield_now().await;
                    if polled.is_pending() {
                        return;
                    }
                } else {
                    take.await.expect("open");
                }
                given.fetch_add(1, Ordering::Relaxed);
                shuttle::future::yield_now().await;
                budget.give(amount);
            })
        });
        block_on(async {
            for task in tasks {
                task.await.expect("no panic");
            }
        });
        assert_eq!((budget.taken(), budget.is_short()), (0, false));
        assert!(given.load(Ordering::Relaxed) >= 3);
    });
}

/// Whoever waits is told of the end.
#[test]
fn a_budget_that_closes_leaves_nobody_waiting() {
    check(|| {
        let budget = Arc::new(Budget::new(1));
        let tasks = [(); 3].map(|()| {
            let budget = budget.clone();
            spawn(async move {
                if budget.take(1).await.is_ok() {
                    shuttle::future::yield_now().await;
                    budget.give(1);
                }
            })
        });
        let closing = budget.clone();
        let closes = spawn(async move { closing.close() });
        block_on(async {
            for task in tasks {
                task.await.expect("no panic");
            }
            closes.await.expect("no panic");
        });
        assert_eq!(budget.taken(), 0);
    });
}
