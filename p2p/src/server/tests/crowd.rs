//! Many connections, one after the other.

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
