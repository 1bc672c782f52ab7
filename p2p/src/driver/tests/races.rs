//! Causes of a connection's end that come at once.

use std::collections::BTreeSet;

use tokio::task::yield_now;

use super::*;
use crate::serve::tests::recorder;

/// Lets others go first, or not.
async fn pause() {
    let mut byte = [0];
    crate::driver::randomness::fill_random(&mut byte);
    for _ in 0..byte[0] % 8 {
        yield_now().await;
    }
}

fn ask(peer: &Peer<Text>, reason: DisconnectReason) -> JoinHandle<()> {
    let peer = peer.clone();
    tokio::spawn(async move {
        pause().await;
        peer.disconnect(reason);
    })
}

// TestPeerDisconnectRace
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_causes_at_once_end_a_connection_by_one_of_them() {
    let mut seen = BTreeSet::new();
    for round in 0..1000 {
        let gate = Arc::new(Semaphore::new(0));
        let opened = gate.clone();
        let fails = Other::run(move |_, _inbox| {
            let gate = gate.clone();
            async move {
                let _permit = gate.acquire().await;
                pause().await;
                Err("protocol closed".into())
            }
        });
        let (service, calls) = recorder();
        let peers = service.peers();
        let (rig, mut hand) = serving(service).and(fails).start();
        let peer = rig.peer(&peers).await;
        let message = hand.frame(TEXT, &payload("one"));
        let farewell = hand.disconnect(DisconnectReason::Quitting);
        let said = tokio::spawn(async move {
            pause().await;
            // The connection may have ended already. Half of the peers say why they go.
            let _ = hand.stream.write_all(&message).await;
            if round % 2 == 0 {
                let _ = hand.stream.write_all(&farewell).await;
            }
        });
        let one = ask(&peer, DisconnectReason::AlreadyConnected);
        let other = ask(&peer, DisconnectReason::InvalidIdentity);
        opened.add_permits(1);
        let cause = rig.end().await;
        for task in [said, one, other] {
            task.await.expect("no panic");
        }
        let calls = calls.lock().expect("not poisoned").clone();
        let told: Vec<&String> = calls
            .iter()
            .filter(|call| call.starts_with("disconnected"))
            .collect();
        assert_eq!(told, [&format!("disconnected: {cause}")], "{calls:?}");
        seen.insert(cause.to_string());
    }
    assert!(seen.len() >= 4, "{seen:?}");
}
