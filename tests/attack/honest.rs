//! The honest peers, in a process of their own: they make paced requests, and tell how these went when asked.

use std::io::BufRead;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use p2p::prelude::*;
use p2p::{Enode, Server};
use tokio::time::MissedTickBehavior;

use crate::protocol::{Handler, Message};

/// Their number.
const PEERS: usize = 4;

/// Requests a second, of all together.
const RATE: u32 = 2000;

/// Bytes of a request.
const SIZE: usize = 64;

/// How the requests went since it was last told.
#[derive(Debug, Default)]
struct Tally {
    /// The time that each answered request took.
    times: Vec<Duration>,
    /// Requests that were not answered.
    failed: u64,
}

/// Connects, says `ready`, and tells the tally at each line of the input, until that ends.
pub(crate) async fn run(node: &Enode) {
    let tally = Arc::new(Mutex::new(Tally::default()));
    let mut servers = Vec::new();
    for _ in 0..PEERS {
        let server = Server::builder()
            .private_key(NodeKey::random())
            .name("honest")
            .protocol(Message::handled_by(Handler));
        let server = server.start().await.expect("started");
        server.connect(node).await.expect("connected");
        let peers = server.protocol::<Message>().expect("spoken");
        let peer = peers.list().pop().expect("connected");
        tokio::spawn(ask(peer, tally.clone()));
        servers.push(server);
    }
    println!("ready");
    let told = tokio::task::spawn_blocking(move || {
        for _ in std::io::stdin().lock().lines() {
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            println!("{}", std::mem::take(&mut *tally).tell());
        }
    });
    let _ = told.await;
}

/// Makes one request after the other. Those whose time passes while another waits are left out.
async fn ask(peer: Peer<Message>, tally: Arc<Mutex<Tally>>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1) * PEERS as u32 / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        let asked = Instant::now();
        let answer = peer.request(Message::echo(vec![7; SIZE])).await;
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(_) => tally.times.push(asked.elapsed()),
            Err(_) => tally.failed += 1,
        }
    }
}

impl Tally {
    /// The number of answers, the median and the 99th percentile of their times in microseconds, and the failures.
    fn tell(mut self) -> String {
        self.times.sort_unstable();
        let answers = self.times.len();
        let part = |hundredths: usize| {
            let time = self.times.get(answers * hundredths / 100);
            time.map_or(0, Duration::as_micros)
        };
        format!("{answers} {} {} {}", part(50), part(99), self.failed)
    }
}
