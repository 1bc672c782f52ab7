//! Ten thousand requests over one connection.

use std::collections::BTreeMap;
use std::sync::Arc;

use p2p::{Protocol, ServeExt, Service};
use tests::bounded;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{Message, Range, range, silent, start};

const REQUESTS: u64 = 10_000;

/// The same wire with ids as fields, so that replies can be sent in any order and to nobody.
#[derive(Debug, Protocol)]
#[protocol(name = "blocks", version = 1, length = 7)]
enum Forged {
    #[message(code = 1)]
    GetBlocks {
        id: u64,
        range: Range,
    },
    Blocks {
        id: u64,
        blocks: Vec<u64>,
    },
}

/// A small generator of pseudo-random numbers: splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// Gathers requests and answers them in disorder, with replies among them that nobody asked for.
fn shuffling() -> Service<Forged> {
    Forged::run(|peer, mut inbox| async move {
        let mut random = Random(1);
        let mut waiting = Vec::new();
        let mut answered = 0;
        while let Ok(message) = inbox.recv().await {
            let Forged::GetBlocks { id, range } = message else {
                Err("only requests come here")?
            };
            waiting.push((id, range.first));
            let last = answered + waiting.len() as u64 == REQUESTS;
            while waiting.len() >= 500 || last && !waiting.is_empty() {
                let pick = random.below(waiting.len() as u64) as usize;
                let (id, block) = waiting.swap_remove(pick);
                if random.below(4) == 0 {
                    let id = id + 1_000_000;
                    let blocks = vec![0];
                    peer.send(Forged::Blocks { id, blocks }).await?;
                }
                let blocks = vec![block];
                peer.send(Forged::Blocks { id, blocks }).await?;
                answered += 1;
            }
        }
        Ok(())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_ten_thousand_requests_is_answered_once() {
    let other = start(shuffling()).await;
    let one = start(silent().max_in_flight(1000)).await;
    bounded(one.connect(&other.enode())).await.unwrap();
    let peers = one.protocol::<Message>().unwrap();
    let peer = peers.find(&other.enode().public_key().node_id()).unwrap();
    let (sender, mut answers) = mpsc::channel(100);
    let sender = Arc::new(sender);
    let mut tasks = JoinSet::new();
    for number in 0..REQUESTS {
        let peer = peer.clone();
        let sender = sender.clone();
        tasks.spawn(async move {
            let blocks = peer.request(range(number, 1)).await.unwrap();
            sender.send((number, blocks)).await.unwrap();
        });
    }
    drop(sender);
    let mut seen = BTreeMap::new();
    while let Some((number, blocks)) = bounded(answers.recv()).await {
        assert_eq!(blocks, [number], "the answer of another");
        assert_eq!(seen.insert(number, ()), None, "a second answer");
    }
    assert_eq!(seen.len() as u64, REQUESTS);
    while let Some(ended) = bounded(tasks.join_next()).await {
        ended.unwrap();
    }
    let counts = peer.request_counts();
    assert_eq!((counts.in_flight, counts.late), (0, 0));
    assert!(counts.unsolicited > 1000, "{counts:?}");
    assert!(!peer.is_closed());
}
