//! The attackers, in a process of their own. They speak with the state machines of the library, and so can send
//! whatever they like.

use std::io::BufRead;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use p2p::session::{Egress, MessageId};
use p2p::{DisconnectReason, Enode, NodeKey, Protocol};
use tests::hand::{self, FIRST_ID, Hand};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::attacks::{Attack, Plan};
use crate::protocol::Message;

/// How long an attacker waits that was not let in.
const REFUSED: Duration = Duration::from_millis(100);

/// What attackers have done.
#[derive(Debug, Default)]
struct Tally {
    /// Connections that became peers.
    connections: AtomicU64,
    /// Connections that did not.
    refused: AtomicU64,
    /// Bytes that were written.
    bytes: AtomicU64,
}

/// Prepares an attack and says `ready`. The first line of the input starts it, each further one asks for the tally,
/// and the end of the input ends it.
pub(crate) async fn run(attack: &Attack, node: &Enode) {
    let plan = Arc::new(attack.plan());
    let tally = Arc::new(Tally::default());
    println!("ready");
    let (sender, mut lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines();
        for line in lines.map_while(Result::ok) {
            let _ = sender.blocking_send(line);
        }
    });
    if lines.recv().await.is_none() {
        return;
    }
    for number in 0..attack.peers {
        // Paced attackers take turns.
        let turn = plan.interval().mul_f64(number as f64 / attack.peers as f64);
        let due = Instant::now() + turn;
        tokio::spawn(come(node.clone(), plan.clone(), tally.clone(), due));
    }
    while lines.recv().await.is_some() {
        let counts = [&tally.connections, &tally.refused, &tally.bytes];
        let [connections, refused, bytes] = counts.map(|count| count.load(Ordering::Relaxed));
        println!("{connections} {refused} {bytes}");
    }
}

/// Attacks, and comes again as another node whenever the connection has ended.
async fn come(node: Enode, plan: Arc<Plan>, tally: Arc<Tally>, mut due: Instant) {
    loop {
        // Whatever goes wrong ends the task with a panic, as the node may be at its end.
        let connected = tokio::spawn(connect(node.clone())).await;
        let Ok(Ok(hand)) = connected else {
            tally.refused.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(REFUSED).await;
            continue;
        };
        tally.connections.fetch_add(1, Ordering::Relaxed);
        let Hand {
            stream, session, ..
        } = hand;
        let (reader, mut writer) = stream.into_split();
        let sending = send(session.egress, &mut writer, &plan, &tally, &mut due);
        if plan.reads {
            tokio::select! {
                () = sending => {}
                () = discard(reader) => {}
            }
        } else {
            // The other half stays open, though nothing is read from it. Whether the node closes is not seen.
            sending.await;
            drop(reader);
        }
    }
}

async fn connect(node: Enode) -> Result<Hand, Option<DisconnectReason>> {
    let key = NodeKey::random();
    let address = SocketAddr::from(([127, 0, 0, 1], node.tcp_port()));
    let keyed = hand::knock(&key, address, *node.public_key()).await;
    keyed.greet(&key, Message::NAME).await
}

/// Sends what is planned, until nothing more can be written. If that is paced, the next message is due then.
async fn send(
    mut egress: Egress,
    writer: &mut OwnedWriteHalf,
    plan: &Plan,
    tally: &Tally,
    due: &mut Instant,
) {
    let id = MessageId(FIRST_ID + plan.code);
    let mut out = Vec::new();
    loop {
        for payload in &plan.payloads {
            out.clear();
            for _ in 0..plan.burst {
                let sealed = egress.message(id, payload, true, &mut out);
                sealed.expect("it fits");
            }
            if plan.pace.is_some() {
                tokio::time::sleep_until(*due).await;
                // What a full connection has held up is not made up for.
                *due = (*due).max(Instant::now() - plan.interval()) + plan.interval();
            }
            if writer.write_all(&out).await.is_err() {
                return;
            }
            tally.bytes.fetch_add(out.len() as u64, Ordering::Relaxed);
        }
        if plan.once {
            std::future::pending::<()>().await;
        }
    }
}

/// Reads until the node closes.
async fn discard(mut reader: impl AsyncRead + Unpin) {
    let mut space = vec![0; 64 * 1024];
    while reader.read(&mut space).await.is_ok_and(|read| read != 0) {}
}
