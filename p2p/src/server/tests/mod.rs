use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::protocol::Service;
use crate::protocol::tests::Text;

/// A service that answers every text with the same text.
fn echo() -> Service<Text> {
    Text::run(|peer, mut inbox| async move {
        while let Ok(message) = inbox.recv().await {
            peer.send(message).await?;
        }
        Ok(())
    })
}

/// A service that does nothing until the connection ends.
fn idle() -> Service<Text> {
    Text::run(|peer, _inbox| async move {
        peer.closed().await;
        Ok(())
    })
}

fn builder() -> Builder {
    Server::builder()
        .private_key(crate::NodeKey::random())
        .listen_addr("127.0.0.1:0")
}

async fn bounded<T>(work: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), work)
        .await
        .expect("within 10 seconds")
}

async fn dropped(events: &mut Events) -> Cause {
    loop {
        if let Event::Dropped { cause, .. } = bounded(events.recv()).await.expect("an event") {
            return cause;
        }
    }
}

#[tokio::test]
async fn a_peer_is_told_that_the_server_stops() {
    let one = builder().protocol(echo()).start().await.expect("started");
    let two = builder().protocol(idle()).start().await.expect("started");
    let mut arrivals = one.events();
    let peer = two.connect(&one.enode()).await.expect("connected");
    assert_eq!(peer.node_id, one.public_key().node_id());
    assert_eq!(two.peer_count(), 1);
    let added = bounded(arrivals.recv()).await.expect("an event");
    assert!(matches!(added, Event::Added { .. }), "{added:?}");
    let mut events = two.events();
    one.shutdown().await;
    let cause = dropped(&mut events).await;
    assert!(
        matches!(cause, Cause::Remote(DisconnectReason::Quitting)),
        "{cause}"
    );
    two.shutdown().await;
}
