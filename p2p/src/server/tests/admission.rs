//! Refusals: at which check, and with which reason.

use std::net::SocketAddr;

use super::*;
use crate::Enode;
use crate::server::admission::Origin;
use crate::server::tcp;

/// Checks the event of the next refusal.
async fn assert_refused(events: &mut Events, key: &NodeKey, refusal: Refusal) {
    let (node, direction, error) = refused(events).await;
    assert_eq!(node, Some(key.public_key().node_id()));
    assert_eq!(direction, Direction::Inbound);
    assert!(
        matches!(&error, ConnectError::Refused(found) if *found == refusal),
        "{error}"
    );
}

// TestServerPeerLimits
#[tokio::test]
async fn too_many_peers_is_sent_before_hello() {
    let server = start(builder().protocol(idle()).max_peers(1)).await;
    let mut events = server.events();
    let _first = join(&server, key(2)).await;
    added(&mut events).await;
    let reason = knock(&server, key(3)).await.reason().await;
    assert_eq!(reason, DisconnectReason::TooManyPeers);
    let limit = Refusal::TooManyPeers { limit: 1 };
    assert_refused(&mut events, &key(3), limit).await;
    assert_eq!(server.peer_count(), 1);
}

#[tokio::test]
async fn inbound_peers_have_a_limit_of_their_own() {
    let server = start(
        builder()
            .protocol(idle())
            .max_peers(5)
            .configure(|config| config.max_inbound = Some(1)),
    )
    .await;
    let other = start(builder().protocol(idle())).await;
    let mut events = server.events();
    let _first = join(&server, key(2)).await;
    added(&mut events).await;
    let reason = knock(&server, key(3)).await.reason().await;
    assert_eq!(reason, DisconnectReason::TooManyPeers);
    let limit = Refusal::TooManyInbound { limit: 1 };
    assert_refused(&mut events, &key(3), limit).await;
    server.connect(&other.enode()).await.expect("dialed");
    assert_eq!(server.peer_count(), 2);
}

#[tokio::test]
async fn second_connections_are_refused_before_hello() {
    let server = start(builder().protocol(echo())).await;
    let mut events = server.events();
    let mut first = join(&server, key(2)).await;
    added(&mut events).await;
    let reason = knock(&server, key(2)).await.reason().await;
    assert_eq!(reason, DisconnectReason::AlreadyConnected);
    assert_refused(&mut events, &key(2), Refusal::AlreadyConnected).await;
    first.send("still here").await;
    assert_eq!(first.hear().await, Ok("still here".to_owned()));
}

// TestServerSetupConn, with the next
#[tokio::test]
async fn a_node_with_our_key_is_refused() {
    let server = start(builder().private_key(key(1)).protocol(idle())).await;
    let mut events = server.events();
    let reason = knock(&server, key(1)).await.reason().await;
    assert_eq!(reason, DisconnectReason::ConnectedToSelf);
    assert_refused(&mut events, &key(1), Refusal::ConnectedToSelf).await;
    let dialed = server.connect(&server.enode()).await;
    assert!(matches!(
        dialed,
        Err(ConnectError::Refused(Refusal::ConnectedToSelf))
    ));
}

#[tokio::test]
async fn a_lack_of_protocols_is_sent_after_hello() {
    let server = start(builder().protocol(idle())).await;
    let mut events = server.events();
    let mut hand = knock(&server, key(2)).await.greet("stranger").await;
    assert_eq!(hand.hear().await, Err(DisconnectReason::UselessPeer));
    drop(hand);
    let offered = |name| vec![Capability::new(name, 1).expect("a name")].into();
    let refusal = Refusal::NothingShared {
        ours: offered("foobar"),
        theirs: offered("stranger"),
        more: 0,
    };
    let text = "no protocol is shared: this node offers foobar/1, the peer stranger/1";
    assert_eq!(refusal.to_string(), text);
    assert_refused(&mut events, &key(2), refusal).await;
}

#[tokio::test]
async fn rules_are_checked_again_after_hello() {
    let settings = builder()
        .protocol(idle())
        .max_peers(2)
        .configure(|config| config.max_inbound = Some(2));
    let server = start(settings).await;
    let mut events = server.events();
    let [one, again, late] = [
        knock(&server, key(2)).await,
        knock(&server, key(2)).await,
        knock(&server, key(3)).await,
    ];
    let _one = one.greet("foobar").await;
    added(&mut events).await;
    let mut again = again.greet("foobar").await;
    assert_eq!(again.hear().await, Err(DisconnectReason::AlreadyConnected));
    drop(again);
    assert_refused(&mut events, &key(2), Refusal::AlreadyConnected).await;
    let _two = join(&server, key(4)).await;
    added(&mut events).await;
    let mut late = late.greet("foobar").await;
    assert_eq!(late.hear().await, Err(DisconnectReason::TooManyPeers));
    drop(late);
    let limit = Refusal::TooManyPeers { limit: 2 };
    assert_refused(&mut events, &key(3), limit).await;
}

// TestServerAtCap
#[tokio::test]
async fn a_trusted_node_is_admitted_above_every_limit() {
    let trusted = *key(9).public_key();
    let settings = builder().protocol(echo()).max_peers(1);
    let server = start(settings.trusted_nodes([trusted])).await;
    let mut events = server.events();
    let _first = join(&server, key(2)).await;
    added(&mut events).await;
    let mut hand = join(&server, key(9)).await;
    hand.send("hello").await;
    assert_eq!(hand.hear().await, Ok("hello".to_owned()));
    assert_eq!(server.peer_count(), 2);
}

#[tokio::test]
async fn half_open_connections_are_limited_by_slots() {
    let settings = builder()
        .protocol(echo())
        .configure(|config| config.max_pending_peers = 2);
    let server =
        start(settings.configure(|config| config.handshake_timeout = Duration::from_secs(60)))
            .await;
    let address = server.listen_addr().expect("listening");
    let silent = TcpStream::connect(address).await.expect("connected");
    let slow = knock(&server, key(2)).await;
    let joining = join(&server, key(3));
    tokio::pin!(joining);
    let waits = timeout(Duration::from_millis(200), &mut joining).await;
    assert!(waits.is_err(), "there is no slot");
    drop(silent);
    let mut third = bounded(joining).await;
    third.send("in").await;
    assert_eq!(third.hear().await, Ok("in".to_owned()));
    // A peer takes up no slot.
    let mut fourth = bounded(join(&server, key(4))).await;
    fourth.send("in").await;
    assert_eq!(fourth.hear().await, Ok("in".to_owned()));
    drop(slow);
}

#[tokio::test]
async fn slow_handshakes_give_their_slots_back() {
    let settings = builder()
        .protocol(echo())
        .configure(|config| config.max_pending_peers = 1);
    let server =
        start(settings.configure(|config| config.handshake_timeout = Duration::from_millis(500)))
            .await;
    let address = server.listen_addr().expect("listening");
    let mut events = server.events();
    let _silent = TcpStream::connect(address).await.expect("connected");
    let (node, _, error) = refused(&mut events).await;
    assert_eq!(node, None);
    assert!(
        matches!(
            error,
            ConnectError::Timeout(crate::server::Phase::Handshake)
        ),
        "{error}"
    );
    let _slow = knock(&server, key(2)).await;
    let (node, _, error) = refused(&mut events).await;
    assert_eq!(node, Some(key(2).public_key().node_id()));
    assert!(
        matches!(error, ConnectError::Timeout(crate::server::Phase::Hello)),
        "{error}"
    );
    bounded(join(&server, key(3))).await;
}

#[tokio::test]
async fn peers_per_address_are_limited() {
    let other = start(builder().protocol(idle())).await;
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.limit_local_addresses = true);
    let trusted = settings.trusted_nodes([*key(9).public_key()]);
    let server = start(trusted.configure(|config| config.max_peers_by_address = 1)).await;
    assert_eq!(server.limits().addresses.peers_by_address, 1);
    let mut events = server.events();
    let first = join(&server, key(2)).await;
    added(&mut events).await;
    let reason = knock(&server, key(3)).await.reason().await;
    assert_eq!(reason, DisconnectReason::TooManyPeers);
    let network = "127.0.0.1/32".parse().expect("a network");
    let refusal = Refusal::TooManyNear { network, limit: 1 };
    assert_refused(&mut events, &key(3), refusal).await;
    let why = server.why(&key(3).public_key().node_id()).to_string();
    let said = "1 peers are at addresses of 127.0.0.1/32, and no more are allowed";
    assert!(why.contains(said), "{why}");
    // Trusted nodes and those asked for are still admitted.
    let _trusted = join(&server, key(9)).await;
    added(&mut events).await;
    server.connect(&other.enode()).await.expect("asked for");
    added(&mut events).await;
    assert_eq!(server.peer_count(), 3);
    drop(first);
}

#[tokio::test]
async fn only_addresses_that_are_not_crowded_are_dialed() {
    let other = start(builder().protocol(idle())).await;
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.limit_local_addresses = true);
    let dialing = settings.dial_candidates(crate::NodeList::new([]));
    let server = start(dialing.configure(|config| config.max_peers_by_subnet = 1)).await;
    server.connect(&other.enode()).await.expect("asked for");
    let id = key(3).public_key().node_id();
    let [near, far] = ["127.0.0.7:1", "127.0.1.7:1"].map(|text| text.parse().expect("an address"));
    let allowed = |addresses| tcp::allowed(server.core(), &id, Origin::Candidate, addresses);
    assert_eq!(allowed(vec![near, far]), Ok(vec![far]));
    let network = "127.0.0.0/24".parse().expect("a network");
    let refusal = Refusal::TooManyNear { network, limit: 1 };
    assert_eq!(allowed(vec![near]), Err(refusal));
}

#[tokio::test]
async fn dual_stack_listeners_report_ipv4_peers() {
    if std::net::TcpListener::bind("[::]:0").is_err() {
        // There is no IPv6 here.
        return;
    }
    let server = start(builder().listen_addr("[::]:0").protocol(idle())).await;
    let mut events = server.events();
    let port = server.listen_addr().expect("listening").port();
    let other = start(builder().protocol(idle())).await;
    let here = SocketAddr::from(([127, 0, 0, 1], port));
    let dialed = other.connect(&Enode::new(*server.public_key(), here)).await;
    let dialed = dialed.expect("connected");
    let peer = added(&mut events).await;
    assert_eq!(peer.local_addr, Some(here));
    assert_eq!(peer.remote_addr, dialed.local_addr);
    server.disconnect(&peer.node_id, DisconnectReason::Requested);
    dropped(&mut events).await;
    let record = &server.records()[0];
    assert_eq!(record.address, dialed.local_addr);
}

#[tokio::test]
async fn mapped_addresses_of_streams_become_ipv4() {
    let server = start(builder().protocol(idle())).await;
    let (ours, theirs) = tokio::io::duplex(4096);
    let other = start(builder().protocol(idle())).await;
    let mapped: SocketAddr = "[::ffff:127.0.0.1]:9".parse().expect("an address");
    let plain: SocketAddr = "127.0.0.1:9".parse().expect("an address");
    let (accepted, opened) = tokio::join!(
        server.accept(ours, Some(mapped)),
        other.connect_over(theirs, server.public_key(), Some(mapped)),
    );
    assert_eq!(accepted.expect("accepted").remote_addr, Some(plain));
    assert_eq!(opened.expect("opened").remote_addr, Some(plain));
}
