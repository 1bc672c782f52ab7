//! Explanations of why a node is not a peer: bans, rules and records.

use super::*;
use crate::driver::error::Phase;
use crate::driver::rejection::Rejection;
use crate::enode::Enode;
use crate::server::records::Outcome;
use crate::server::records::WireReason;

/// The phase and the reason on the wire of a node's last record, and the whole explanation.
fn last(server: &Server, key: &NodeKey) -> (Phase, WireReason, String) {
    let why = server.why(&key.public_key().node_id());
    let record = why.records.first().expect("a record");
    (record.phase, record.wire_reason(), why.to_string())
}

#[tokio::test]
async fn refusals_and_drops_can_be_explained() {
    use DisconnectReason as R;
    let server = start(builder().protocol(idle()).max_peers(1)).await;
    let mut events = server.events();
    let id = key(2).public_key().node_id();
    let unknown = server.why(&id);
    assert!(unknown.connected.is_none() && unknown.records.is_empty());

    let mut hand = knock(&server, key(2)).await.greet("stranger").await;
    assert_eq!(hand.hear().await, Err(R::UselessPeer));
    refused(&mut events).await;
    let (phase, reason, text) = last(&server, &key(2));
    assert_eq!(
        (phase, reason),
        (Phase::Hello, WireReason::Sent(R::UselessPeer))
    );
    assert!(text.contains("no protocol is shared"), "{text}");

    let joined = join(&server, key(2)).await;
    added(&mut events).await;
    assert!(server.why(&id).connected.is_some());
    knock(&server, key(3)).await.reason().await;
    refused(&mut events).await;
    let (phase, reason, text) = last(&server, &key(3));
    assert_eq!(phase, Phase::Handshake);
    assert_eq!(reason, WireReason::Sent(R::TooManyPeers));
    assert!(text.contains("1 peers are connected"), "{text}");

    drop(joined);
    dropped(&mut events).await;
    let (phase, reason, text) = last(&server, &key(2));
    assert_eq!((phase, reason), (Phase::Connected, WireReason::Nothing));
    assert!(
        text.contains("closed the connection without a reason"),
        "{text}"
    );
    assert!(text.ends_with("(and 1 earlier)"), "{text}");
    let why = server.why(&id);
    assert!(why.connected.is_none());
    assert!(matches!(why.records[0].outcome, Outcome::Dropped { .. }));
    let all = server.records();
    assert_eq!(all.len(), 3);
    assert!(all.is_sorted_by(|one, other| one.time >= other.time));
}

#[tokio::test]
async fn long_offers_of_strangers_are_cut() {
    let server = start(builder().protocol(idle())).await;
    let mut events = server.events();
    let knocking = knock(&server, key(2)).await;
    let (mut hello, _) = hello(&knocking.key, "x");
    let many = (0..300).map(|version| Capability::new("x", version).expect("a name"));
    hello.capabilities = many.collect();
    let _greeting = knocking.say(&hello).await;
    let (_, _, error) = refused(&mut events).await;
    let ConnectError::Refused(Refusal::NothingShared { theirs, .. }) = &error else {
        panic!("{error}");
    };
    assert_eq!(theirs.len(), 16);
    let text = error.to_string();
    assert!(text.ends_with("x/14, x/15 and 284 more"), "{text}");
}

#[tokio::test]
async fn without_a_lingering_slot_no_reason_is_sent() {
    let server = start(builder().protocol(idle())).await;
    let mut events = server.events();
    let places = server.core().lingering.clone();
    let all = u32::try_from(places.available_permits()).expect("few");
    let taken = places.try_acquire_many_owned(all).expect("free");
    let _hand = knock(&server, key(2)).await.greet("stranger").await;
    refused(&mut events).await;
    let (phase, reason, text) = last(&server, &key(2));
    assert_eq!((phase, reason), (Phase::Hello, WireReason::Nothing));
    assert!(text.ends_with("; nothing was said"), "{text}");
    drop(taken);
}

#[tokio::test]
async fn a_lingering_breach_keeps_no_slot() {
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.max_pending_peers = 1);
    let server =
        start(settings.configure(|config| config.linger_timeout = Duration::from_secs(3600))).await;
    let mut events = server.events();
    let mut knocking = knock(&server, key(2)).await;
    knocking.stream.write_all(&[7; 64]).await.expect("written");
    let _hand = bounded(join(&server, key(3))).await;
    refused(&mut events).await;
    let (phase, sent, _) = last(&server, &key(2));
    let reason = DisconnectReason::ProtocolBreach;
    assert_eq!((phase, sent), (Phase::Hello, WireReason::Sent(reason)));
}

#[tokio::test]
async fn a_failed_dial_is_recorded_with_its_address() {
    let server = start(builder().protocol(idle())).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = nobody.local_addr().expect("bound");
    drop(nobody);
    let enode = Enode::new(*key(7).public_key(), address);
    server.connect(&enode).await.expect_err("nobody");
    let why = server.why(&key(7).public_key().node_id());
    let record = why.records.first().expect("a record");
    assert_eq!(
        (record.phase, record.address),
        (Phase::Opening, Some(address))
    );
    assert_eq!(record.direction, Direction::Outbound);
    assert_eq!(record.wire_reason(), WireReason::Nothing);
}

#[tokio::test]
async fn the_reason_of_the_peer_is_recorded() {
    let full = start(builder().protocol(idle()).max_peers(1)).await;
    let mut events = full.events();
    let _first = join(&full, key(2)).await;
    added(&mut events).await;
    let server = start(builder().protocol(idle())).await;
    server.connect(&full.enode()).await.expect_err("no room");
    let why = server.why(&full.public_key().node_id());
    let reason = why.records.first().expect("a record").wire_reason();
    assert_eq!(reason, WireReason::Received(DisconnectReason::TooManyPeers));
}

#[tokio::test]
async fn a_rule_has_its_own_text_and_reason() {
    let settings = builder().protocol(echo()).admit(|peer| {
        assert_eq!(peer.client, "hand");
        if peer.public_key == *key(2).public_key() {
            let rejection = Rejection::from("not this one");
            return Err(rejection.with_reason(DisconnectReason::IncompatibleVersion));
        }
        Ok(())
    });
    let server = start(settings.trusted_nodes([*key(2).public_key()])).await;
    let mut events = server.events();
    let mut hand = join(&server, key(2)).await;
    let reason = DisconnectReason::IncompatibleVersion;
    assert_eq!(hand.hear().await, Err(reason));
    let (_, _, error) = refused(&mut events).await;
    assert_eq!(error.to_string(), "refused by a rule: not this one");
    let (phase, sent, _) = last(&server, &key(2));
    assert_eq!((phase, sent), (Phase::Hello, WireReason::Sent(reason)));
    let mut hand = join(&server, key(3)).await;
    hand.send("in").await;
    assert_eq!(hand.hear().await, Ok("in".to_owned()));
}

#[tokio::test]
async fn a_ban_drops_and_refuses_the_node() {
    let server = start(builder().protocol(idle())).await;
    let mut events = server.events();
    let id = key(2).public_key().node_id();
    let mut hand = join(&server, key(2)).await;
    added(&mut events).await;
    server.ban(&id, Duration::MAX);
    assert_eq!(hand.hear().await, Err(DisconnectReason::UselessPeer));
    dropped(&mut events).await;
    let reason = knock(&server, key(2)).await.reason().await;
    assert_eq!(reason, DisconnectReason::UselessPeer);
    let (_, _, error) = refused(&mut events).await;
    assert!(
        matches!(error, ConnectError::Refused(Refusal::Banned)),
        "{error}"
    );
    let why = server.why(&id);
    assert!(why.banned.is_some() && why.to_string().contains("banned for another"));
    assert!(server.unban(&id) && !server.unban(&id));
    let _hand = join(&server, key(2)).await;
    added(&mut events).await;
}

#[tokio::test]
async fn a_static_node_is_dialed_after_its_ban() {
    let other = start(builder().protocol(idle())).await;
    let mut others = other.events();
    let server = start(builder().protocol(idle())).await;
    server.ban(&other.public_key().node_id(), Duration::from_millis(300));
    server.add_peer(other.enode());
    let early = timeout(Duration::from_millis(150), added(&mut others)).await;
    assert!(early.is_err(), "{early:?}");
    added(&mut others).await;
}

#[tokio::test]
async fn a_panicking_rule_refuses_only_that_node() {
    let settings = builder().protocol(echo()).admit(|peer| {
        assert_ne!(peer.public_key, *key(2).public_key(), "on purpose");
        Ok(())
    });
    let server = start(settings).await;
    let mut events = server.events();
    let mut hand = join(&server, key(2)).await;
    assert_eq!(hand.hear().await, Err(DisconnectReason::UselessPeer));
    let (_, _, error) = refused(&mut events).await;
    assert_eq!(error.to_string(), "refused by a rule: the rule panicked");
    let mut hand = join(&server, key(3)).await;
    hand.send("in").await;
    assert_eq!(hand.hear().await, Ok("in".to_owned()));
}

#[tokio::test]
async fn an_undialable_static_node_is_reported() {
    let server = start(builder().private_key(key(1)).protocol(idle())).await;
    let mut events = server.events();
    server.add_peer(server.enode());
    let (node, direction, error) = refused(&mut events).await;
    assert_eq!(node, Some(key(1).public_key().node_id()));
    assert_eq!(direction, Direction::Outbound);
    assert_eq!(error.to_string(), "refused: connected to self");
    let silent = Enode::new(*key(2).public_key(), ([127, 0, 0, 1], 0).into());
    server.add_peer(silent);
    let (node, _, error) = refused(&mut events).await;
    assert_eq!(node, Some(key(2).public_key().node_id()));
    assert!(error.to_string().contains("port 0"), "{error}");
    let why = server.why(&key(2).public_key().node_id()).to_string();
    assert!(why.contains("its URL has port 0"), "{why}");
}
