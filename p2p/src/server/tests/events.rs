//! Events of a server, and the ends of connections on real sockets.

use super::*;

// TestServerListen, TestServerDial
#[tokio::test]
async fn events_report_peers_added_and_dropped() {
    let server = start(builder().protocol(idle())).await;
    let other = start(builder().protocol(idle()).name("other/v1")).await;
    let mut events = server.events();
    let mut others = other.events();
    server.connect(&other.enode()).await.expect("dialed");
    match bounded(events.recv()).await.expect("an event") {
        Event::Added { peer, protocols } => {
            assert_eq!(peer.public_key, *other.public_key());
            assert_eq!(peer.client, "other/v1");
            assert_eq!(peer.direction, Direction::Outbound);
            assert_eq!(peer.remote_addr, other.listen_addr());
            assert_eq!(protocols, [Capability::new("foobar", 1).expect("a name")]);
        }
        event => panic!("{event:?}"),
    }
    added(&mut others).await;
    assert!(server.disconnect(&other.public_key().node_id(), DisconnectReason::UselessPeer));
    let cause = dropped(&mut others).await;
    assert!(matches!(
        cause,
        Cause::Remote(DisconnectReason::UselessPeer)
    ));
    assert_eq!(cause.reason(), DisconnectReason::UselessPeer);
    let cause = dropped(&mut events).await;
    assert!(matches!(
        cause,
        Cause::Requested(DisconnectReason::UselessPeer)
    ));
    assert_eq!((server.peer_count(), other.peer_count()), (0, 0));
    assert!(!server.disconnect(&other.public_key().node_id(), DisconnectReason::UselessPeer));
}

#[tokio::test]
async fn a_slow_subscriber_learns_its_losses() {
    let server = start(
        builder()
            .protocol(idle())
            .configure(|config| config.event_capacity = 2),
    )
    .await;
    let mut events = server.events();
    for _ in 0..5 {
        let dialed = server.connect(&server.enode()).await;
        dialed.expect_err("not itself");
    }
    assert_eq!(
        events.recv().await.err(),
        Some(EventError::Lagged { lost: 3 })
    );
    refused(&mut events).await;
    refused(&mut events).await;
}

#[tokio::test]
async fn events_end_with_the_shutdown() {
    let server = start(builder().protocol(idle())).await;
    let mut events = server.events();
    server.shutdown().await;
    assert_eq!(bounded(events.recv()).await.err(), Some(EventError::Closed));
    let mut late = server.events();
    assert_eq!(bounded(late.recv()).await.err(), Some(EventError::Closed));
}

#[tokio::test]
async fn connect_waits_until_protocols_accept() {
    let picky = Text::accepting(|peer, mut inbox| async move {
        if inbox.recv().await?.0 != "let me in" {
            Err(DisconnectReason::UselessPeer)?;
        }
        peer.send(text("welcome")).await?;
        Ok(Accepted::running(Box::pin(std::future::pending())))
    });
    let saying = |words: &'static str| {
        Text::accepting(move |peer, mut inbox| async move {
            peer.send(text(words)).await?;
            inbox.recv().await?;
            Ok(Accepted::running(Box::pin(std::future::pending())))
        })
    };
    let server = start(builder().protocol(picky)).await;
    let welcome = start(builder().protocol(saying("let me in"))).await;
    let peer = welcome.connect(&server.enode()).await.expect("accepted");
    let peers = welcome.protocol::<Text>().expect("spoken");
    assert!(peers.find(&peer.node_id).is_some());
    let unwelcome = start(builder().protocol(saying("hm"))).await;
    let error = unwelcome.connect(&server.enode()).await;
    assert_eq!(
        error.expect_err("refused").to_string(),
        "not accepted: the peer disconnected: useless peer (0x03)"
    );
}

#[tokio::test]
async fn a_reset_counts_as_a_network_error() {
    let server = start(builder().protocol(idle())).await;
    let mut events = server.events();
    let hand = join(&server, key(2)).await;
    added(&mut events).await;
    hand.stream.set_zero_linger().expect("set");
    drop(hand);
    let cause = dropped(&mut events).await;
    assert!(matches!(cause, Cause::Io(_)), "{cause:?}");
    assert_eq!(cause.reason(), DisconnectReason::NetworkError);
}

#[tokio::test]
async fn a_flooding_peer_can_read_the_reason() {
    let server = start(builder().protocol(idle())).await;
    let mut events = server.events();
    let mut hand = join(&server, key(2)).await;
    added(&mut events).await;
    let mut noise = vec![0; 100_000];
    crate::driver::randomness::fill_random(&mut noise);
    let words: String = noise.iter().map(|byte| char::from(byte & 0x7f)).collect();
    for round in 0..30 {
        if round == 10 {
            let id = key(2).public_key().node_id();
            assert!(server.disconnect(&id, DisconnectReason::TooManyPeers));
        }
        hand.send(&words).await;
    }
    assert_eq!(hand.hear().await, Err(DisconnectReason::TooManyPeers));
    assert_eq!(hand.stream.read(&mut [0; 16]).await.ok(), Some(0));
    // The server still reads what it sends.
    for _ in 0..5 {
        hand.send(&words).await;
    }
}

#[tokio::test]
async fn a_peer_that_never_closes_is_let_go() {
    let server = start(builder().protocol(idle())).await;
    let mut events = server.events();
    let mut hand = join(&server, key(2)).await;
    added(&mut events).await;
    let id = key(2).public_key().node_id();
    server.disconnect(&id, DisconnectReason::Requested);
    assert_eq!(hand.hear().await, Err(DisconnectReason::Requested));
    // The place is free already, while the stream lingers.
    dropped(&mut events).await;
    let _again = join(&server, key(2)).await;
    added(&mut events).await;
    assert_eq!(bounded(hand.stream.read(&mut [0; 16])).await.ok(), Some(0));
    bounded(async {
        // Until the server has closed, this is taken.
        while hand.stream.write_all(&[0; 16]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn capabilities_of_a_peer_are_sorted() {
    let server = start(builder().protocol(idle())).await;
    let mut events = server.events();
    let knocking = knock(&server, key(2)).await;
    let (mut hello, _) = hello(&knocking.key, "foobar");
    hello
        .capabilities
        .push(Capability::new("a", 1).expect("a name"));
    let _greeting = knocking.say(&hello).await;
    added(&mut events).await;
    let caps: Vec<String> = server.peers_info()[0]
        .caps
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(caps, ["a/1", "foobar/1"]);
}
