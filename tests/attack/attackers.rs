//! The attackers. They speak with the state machines of the library, and so can send whatever they like.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use p2p::session::{Egress, MessageId};
use p2p::{DisconnectReason, Enode, NodeKey, Protocol};
use tests::hand::{self, FIRST_ID, Hand};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use crate::attacks::Plan;
use crate::protocol::Message;

/// How long an attacker waits that was not let in.
const REFUSED: Duration = Duration::from_millis(100);

/// What attackers have done.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Connections that became peers.
    pub(crate) connections: AtomicU64,
    /// Connections that did not.
    pub(crate) refused: AtomicU64,
    /// Bytes that were written.
    pub(crate) bytes: AtomicU64,
}

/// Attackers at work, until it is dropped.
#[derive(Debug)]
pub(crate) struct Attackers {
    runtime: Option<Runtime>,
    pub(crate) tally: Arc<Tally>,
}

impl Attackers {
    /// Sends this many attackers to a node.
    pub(crate) fn start(plan: Option<Plan>, peers: usize, node: &Enode) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let tally = Arc::new(Tally::default());
        if let Some(plan) = plan {
            let plan = Arc::new(plan);
            for _ in 0..peers {
                runtime.spawn(attack(node.clone(), plan.clone(), tally.clone()));
            }
        }
        Self {
            runtime: Some(runtime),
            tally,
        }
    }
}

impl Drop for Attackers {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

/// Attacks, and comes again as another node whenever the connection has ended.
async fn attack(node: Enode, plan: Arc<Plan>, tally: Arc<Tally>) {
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
        let sending = send(session.egress, &mut writer, &plan, &tally);
        if plan.reads {
            tokio::select! {
                () = sending => {}
                () = discard(reader) => {}
            }
        } else {
            // The other half stays open, though nothing is read from it.
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

/// Sends what is planned, until nothing more can be written.
async fn send(mut egress: Egress, writer: &mut OwnedWriteHalf, plan: &Plan, tally: &Tally) {
    let id = MessageId(FIRST_ID + plan.code);
    let mut out = Vec::new();
    let mut due = Instant::now();
    loop {
        for payload in &plan.payloads {
            out.clear();
            for _ in 0..plan.burst {
                let sealed = egress.message(id, payload, true, &mut out);
                sealed.expect("it fits");
            }
            if writer.write_all(&out).await.is_err() {
                return;
            }
            tally.bytes.fetch_add(out.len() as u64, Ordering::Relaxed);
            if let Some(pace) = plan.pace {
                // What a full connection has held up is not made up for.
                due = due.max(Instant::now() - Duration::from_millis(100));
                due += Duration::from_secs_f64(out.len() as f64 / pace);
                tokio::time::sleep_until(due).await;
            }
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
