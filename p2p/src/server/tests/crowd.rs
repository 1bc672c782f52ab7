//! Many connections, one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Handle as Runtime;

use super::*;

fn tasks() -> usize {
    Runtime::current().metrics().num_alive_tasks()
}

#[tokio::test]
async fn a_thousand_connections_leave_nothing_behind() {
    let server = start(builder().protocol(echo()).max_peers(100)).await;
    let before = tasks();
    let mut seed = 0_u16;
    for round in 0..20 {
        let mut hands = Vec::new();
        for _ in 0..50 {
            seed += 1;
            let mut bytes = [1; 32];
            bytes[..2].copy_from_slice(&seed.to_be_bytes());
            let key = NodeKey::from_bytes(&bytes).expect("a key");
            hands.push(join(&server, key).await);
        }
        for hand in &mut hands {
            hand.send("hello").await;
            assert_eq!(hand.hear().await, Ok("hello".to_owned()));
        }
        assert_eq!(server.peer_count(), 50);
        if round % 2 == 0 {
            for peer in server.peers() {
                server.disconnect(&peer.node_id, DisconnectReason::Requested);
            }
            for hand in &mut hands {
                assert_eq!(hand.hear().await, Err(DisconnectReason::Requested));
            }
        }
        drop(hands);
        bounded(async {
            while server.peer_count() > 0 || tasks() > before {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        assert!(server.protocol::<Text>().expect("spoken").is_empty());
    }
}

/// All on one thread, which the handshakes share with the peer that is there already.
#[tokio::test]
async fn a_handshake_flood_leaves_peers_their_turns() {
    const AT_ONCE: usize = 32;
    const EACH: usize = 8;
    let settings = builder().protocol(echo()).max_peers(1000);
    let server = start(settings.configure(|config| config.max_pending_by_address = AT_ONCE)).await;
    let mut hand = join(&server, NodeKey::random()).await;
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..AT_ONCE {
        let server = server.clone();
        let done = done.clone();
        tokio::spawn(async move {
            let mut hands = Vec::new();
            for _ in 0..EACH {
                hands.push(join(&server, NodeKey::random()).await);
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let mut before = 0;
    let mut most = 0;
    while before < AT_ONCE * EACH {
        hand.send("hello").await;
        assert_eq!(hand.hear().await, Ok("hello".to_owned()));
        let now = done.load(Ordering::Relaxed);
        (before, most) = (now, most.max(now - before));
    }
    // Each that is under way goes a few steps while a message goes there and back, and the others wait: far from
    // all are done meanwhile.
    assert!(most <= 6 * AT_ONCE, "{most} handshakes during one echo");
}
