//! Dials: which nodes, and how often.

use tokio::net::TcpListener;

use super::*;
use crate::Enode;
use crate::driver::establish::{Stream, respond};
use crate::driver::timing::Timing;
use crate::server::tcp;

#[tokio::test]
async fn a_static_node_is_redialed_when_disconnected() {
    let one = start(builder().protocol(idle())).await;
    let two = start(builder().protocol(idle()).static_nodes([one.enode()])).await;
    let mut events = two.events();
    for round in 0..3 {
        bounded(async {
            while one.peer_count() == 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        // When it is dropped, its next dial may or may not be due already.
        tokio::time::sleep(Duration::from_millis(80 * round)).await;
        let id = two.public_key().node_id();
        one.disconnect(&id, DisconnectReason::TooManyPeers);
        let cause = dropped(&mut events).await;
        assert!(matches!(
            cause,
            Cause::Remote(DisconnectReason::TooManyPeers)
        ));
    }
}

#[tokio::test]
async fn an_absent_node_is_redialed_until_it_appears() {
    // A port that was free a moment ago.
    let port = start(builder().protocol(idle())).await;
    let address = port.listen_addr().expect("listening");
    bounded(port.shutdown()).await;
    drop(port);
    let late = key(7);
    let enode = Enode::new(*late.public_key(), address);
    let dialer = start(builder().protocol(idle()).static_nodes([enode])).await;
    let mut events = dialer.events();
    for _ in 0..2 {
        let (_, direction, error) = refused(&mut events).await;
        assert_eq!(direction, Direction::Outbound);
        assert!(matches!(error, ConnectError::Dial { .. }), "{error}");
    }
    let settings = builder().private_key(late).protocol(idle());
    let _late = start(settings.listen_addr(address)).await;
    added(&mut events).await;
}

// TestServerRemovePeerDisconnect
#[tokio::test]
async fn static_peers_can_be_added_and_removed() {
    let one = start(builder().protocol(idle())).await;
    let two = start(builder().protocol(idle())).await;
    let mut events = two.events();
    let mut others = one.events();
    two.add_peer(one.enode());
    added(&mut events).await;
    added(&mut others).await;
    two.remove_peer(one.public_key());
    let cause = dropped(&mut others).await;
    assert!(matches!(cause, Cause::Remote(DisconnectReason::Requested)));
    dropped(&mut events).await;
    // Five times the interval.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!((one.peer_count(), two.peer_count()), (0, 0));
}

#[tokio::test]
async fn mutual_dials_leave_one_connection() {
    for _ in 0..5 {
        let one = start(builder().protocol(idle())).await;
        let two = start(builder().protocol(idle())).await;
        one.add_peer(two.enode());
        two.add_peer(one.enode());
        bounded(async {
            loop {
                if let ([of_one], [of_two]) = (&one.peers()[..], &two.peers()[..])
                    && of_one.local_addr == of_two.remote_addr
                    && of_one.remote_addr == of_two.local_addr
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        // Both have the same one, so that neither has a reason to end it.
        let mut events = one.events();
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!((one.peer_count(), two.peer_count()), (1, 1));
        let quiet = timeout(Duration::ZERO, dropped(&mut events)).await;
        assert!(quiet.is_err(), "{quiet:?}");
    }
}

#[tokio::test]
async fn closing_in_the_handshake_suggests_a_wrong_key() {
    let one = start(builder().protocol(idle())).await;
    let two = start(builder().protocol(idle())).await;
    let address = one.listen_addr().expect("listening");
    let enode = Enode::new(*key(7).public_key(), address);
    let error = two.connect(&enode).await.expect_err("not this key");
    assert_eq!(error.to_string(), "closed during the handshake: wrong key?");
}

#[tokio::test]
async fn a_refused_dial_has_the_peers_reason() {
    let one = start(builder().protocol(idle()).max_peers(1)).await;
    let mut events = one.events();
    let _hand = join(&one, key(2)).await;
    added(&mut events).await;
    let two = start(builder().protocol(idle())).await;
    let error = two.connect(&one.enode()).await.expect_err("no room");
    assert!(
        matches!(
            error,
            ConnectError::Disconnected(DisconnectReason::TooManyPeers)
        ),
        "{error}"
    );
}

// TestDialSchedDNSHostname
#[tokio::test]
async fn host_names_are_resolved_when_dialed() {
    let one = start(builder().protocol(idle())).await;
    let two = start(builder().protocol(idle())).await;
    let url = one.enode().to_string().replace("127.0.0.1", "localhost");
    let enode: Enode = url.parse().expect("a URL");
    bounded(two.connect(&enode)).await.expect("connected");
    let url = url.replace("localhost", "no-such-host.invalid");
    let enode: Enode = url.parse().expect("a URL");
    let error = two
        .connect(&enode)
        .await
        .expect_err("connected to it or no such host");
    assert!(
        matches!(error, ConnectError::Refused(Refusal::AlreadyConnected)),
        "{error}"
    );
}

#[tokio::test]
async fn a_dialer_whose_interval_never_ends_dials_once() {
    let one = start(builder().protocol(idle())).await;
    let settings = builder().protocol(idle()).static_nodes([one.enode()]);
    let two = start(settings.configure(|config| config.redial_interval = Duration::MAX)).await;
    let mut events = one.events();
    if one.peer_count() == 0 {
        added(&mut events).await;
    }
    one.disconnect(&two.public_key().node_id(), DisconnectReason::Requested);
    dropped(&mut events).await;
    // Another node is dialed all the same.
    let three = start(builder().protocol(idle())).await;
    let mut events = three.events();
    two.add_peer(three.enode());
    added(&mut events).await;
    assert_eq!(one.peer_count(), 0);
}

#[tokio::test]
async fn a_node_that_left_early_is_dialed() {
    let one = start(builder().protocol(idle())).await;
    let two = start(builder().private_key(key(5)).protocol(idle())).await;
    let mut events = one.events();
    let knocking = knock(&one, key(5)).await;
    one.add_peer(two.enode());
    drop(knocking);
    let peer = added(&mut events).await;
    assert_eq!(peer.direction, Direction::Outbound);
}

#[tokio::test]
async fn a_node_removed_during_its_dial_is_dropped() {
    let one = start(builder().protocol(idle())).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("bound");
    let remote = key(5);
    one.add_peer(Enode::new(*remote.public_key(), address));
    let (stream, _) = bounded(listener.accept()).await.expect("dialed");
    one.remove_peer(remote.public_key());
    let mut hand = accept(stream, &remote).await;
    assert_eq!(hand.hear().await, Err(DisconnectReason::Requested));
}

/// Plays the node that is dialed, up to the session.
async fn accept(stream: TcpStream, key: &NodeKey) -> Hand {
    let (reader, writer) = stream.into_split();
    let stream = Stream {
        reader,
        writer,
        direction: Direction::Inbound,
    };
    let timing = Timing::default();
    let encrypted = respond(stream, key, &timing).await.expect("keys");
    let (ours, offers) = hello(key, "foobar");
    let greeted = encrypted.greet(&ours, &offers, &timing).await;
    let mut established = greeted.map_err(|failed| failed.error).expect("Hello");
    let Stream { reader, writer, .. } = established.stream;
    Hand {
        stream: reader.reunite(writer).expect("both halves"),
        session: established.session,
        buffer: established.buffer.filled().to_vec(),
    }
}

#[tokio::test]
async fn an_unresolvable_name_is_in_the_error() {
    let server = start(builder().protocol(idle())).await;
    let url = format!("enode://{}@no-such-host.invalid:30303", key(7).public_key());
    let error = server.connect(&url.parse().expect("an enode")).await;
    match error.expect_err("no such host") {
        ConnectError::Resolve { host, .. } => assert_eq!(host, "no-such-host.invalid"),
        error => panic!("{error:?}"),
    }
}

// TestDialDNSAddressUpdates: nothing of a name is kept from one dial to the next
#[tokio::test]
async fn every_address_of_a_name_is_tried() {
    let server = start(builder().protocol(idle())).await;
    let nobody = {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        taken.local_addr().expect("bound")
    };
    let listening = server.listen_addr().expect("it listens");
    let mut reached = None;
    let opened = tcp::open(server.core(), &[nobody, listening], &mut reached).await;
    assert_eq!(opened.expect("the second").1, listening);
    let failed = tcp::open(server.core(), &[nobody], &mut reached).await;
    match failed.expect_err("nobody") {
        ConnectError::Dial { address, .. } => assert_eq!(address, nobody),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn inbound_peers_leave_room_for_a_static_node() {
    let other = start(builder().protocol(idle())).await;
    let server = start(builder().protocol(idle()).max_peers(3)).await;
    let mut events = server.events();
    let mut hands = vec![join(&server, key(2)).await, join(&server, key(3)).await];
    let limit = Refusal::TooManyInbound { limit: 2 };
    let reason = knock(&server, key(4)).await.reason().await;
    assert_eq!(reason, DisconnectReason::TooManyPeers);
    let (_, _, error) = refused(&mut events).await;
    assert!(
        matches!(&error, ConnectError::Refused(refusal) if *refusal == limit),
        "{error}"
    );
    server.add_peer(other.enode());
    assert_eq!(
        added(&mut events).await.node_id,
        other.public_key().node_id()
    );
    // No peer leaves, so there is no room.
    let late = start(builder().protocol(idle())).await;
    let id = late.public_key().node_id();
    server.add_peer(late.enode());
    let why = server.why(&id);
    assert_eq!(why.waits_for_room, Some(3));
    let text = why.to_string();
    let waits = "is a static node that waits for room: 3 peers are connected; no other";
    assert!(text.contains(waits), "{text}");
    assert_eq!(
        server.why(&key(9).public_key().node_id()).waits_for_room,
        None
    );
    hands.pop();
    assert_eq!(added(&mut events).await.node_id, id);
    assert_eq!(server.why(&id).waits_for_room, None);
}
