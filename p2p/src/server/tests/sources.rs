//! Nodes that sources name, and the networks that are allowed.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::Enode;
use crate::nodes::list::NodeList;
use crate::server::limits::PeerLimits;
use crate::server::stream::Dialer;

/// A source that names these nodes again and again.
fn list(nodes: impl IntoIterator<Item = Enode>) -> NodeList {
    NodeList::new(nodes).pause(Duration::from_millis(10))
}

fn limits(settings: Builder) -> PeerLimits {
    settings.protocol(idle()).limits()
}

#[tokio::test]
async fn peers_are_split_into_inbound_and_dialed() {
    let dials = |peers: usize| builder().max_peers(peers).dial_candidates(list([]));
    for (settings, inbound, dialed) in [
        (builder().max_peers(30), 20, 0),
        (
            builder()
                .max_peers(30)
                .configure(|config| config.no_dial = true),
            30,
            0,
        ),
        (dials(30).configure(|config| config.no_dial = true), 30, 0),
        (dials(30), 20, 10),
        (dials(30).configure(|config| config.dial_ratio = 2), 15, 15),
        (dials(30).configure(|config| config.dial_ratio = 1), 1, 30),
        (dials(2), 1, 1),
        (dials(1), 1, 1),
        (
            dials(30).configure(|config| config.max_inbound = Some(7)),
            7,
            10,
        ),
    ] {
        let found = limits(settings);
        assert_eq!((found.inbound, found.dialed), (inbound, dialed));
    }
    let server = start(dials(9).protocol(idle())).await;
    let found = server.limits();
    assert_eq!((found.peers, found.inbound, found.dialed), (9, 6, 3));
}

#[tokio::test]
async fn candidates_are_dialed_up_to_their_share() {
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(start(builder().protocol(idle())).await);
    }
    let enodes: Vec<Enode> = others.iter().map(Server::enode).collect();
    let settings = builder().protocol(idle()).max_peers(6);
    let sources = settings
        .dial_candidates(list(enodes[..2].to_vec()))
        .dial_candidates(list(enodes[2..].to_vec()));
    // One at a time, so that no dial beyond the share is under way.
    let server = start(sources.configure(|config| config.max_pending_peers = 1)).await;
    let mut events = server.events();
    bounded(async {
        while server.peer_count() < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // The place of one that goes is taken by another, or by itself.
    let id = server.peers()[0].node_id;
    server.disconnect(&id, DisconnectReason::Requested);
    dropped(&mut events).await;
    added(&mut events).await;
    assert_eq!(server.peer_count(), 2);
    // Those that are asked for are not of that share.
    for other in &others {
        let connected = server.connect(&other.enode()).await;
        let known = matches!(
            connected,
            Ok(_) | Err(ConnectError::Refused(Refusal::AlreadyConnected))
        );
        assert!(known, "{connected:?}");
    }
    assert_eq!(server.peer_count(), 4);
}

/// Dials that wait for each other, so that all have begun before one succeeds.
#[derive(Debug)]
struct Together(tokio::sync::Barrier);

#[crate::async_trait]
impl Dialer for Together {
    type Stream = TcpStream;

    async fn dial(&self, node: &Enode) -> std::io::Result<TcpStream> {
        self.0.wait().await;
        TcpStream::connect(format!("{}:{}", node.host(), node.tcp_port())).await
    }
}

#[tokio::test]
async fn simultaneous_dials_are_all_kept() {
    let mut enodes = Vec::new();
    let mut others = Vec::new();
    for _ in 0..4 {
        let other = start(builder().protocol(idle())).await;
        enodes.push(other.enode());
        others.push(other);
    }
    let together = Together(tokio::sync::Barrier::new(4));
    let settings = builder().protocol(idle()).max_peers(6).dialer(together);
    let server = start(settings.dial_candidates(list(enodes))).await;
    bounded(async {
        while server.peer_count() < 4 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!((server.limits().dialed, server.peer_count()), (2, 4));
    assert!(server.records().is_empty(), "{:?}", server.records());
    drop(others);
}

#[tokio::test]
async fn a_protocol_brings_its_own_source_of_nodes() {
    let other = start(builder().protocol(idle())).await;
    let service = idle().dial_candidates(list([other.enode()]));
    let found = limits(builder().max_peers(30));
    assert_eq!((found.inbound, found.dialed), (20, 0));
    let server = start(builder().max_peers(30).protocol(service)).await;
    let mut events = server.events();
    assert_eq!((server.limits().inbound, server.limits().dialed), (20, 10));
    if server.peer_count() == 0 {
        added(&mut events).await;
    }
    assert_eq!(server.peers()[0].node_id, other.public_key().node_id());
}

#[tokio::test]
async fn a_source_finds_a_moved_static_node() {
    let old = start(builder().protocol(idle())).await;
    let nobody = old.listen_addr().expect("listening");
    bounded(old.shutdown()).await;
    drop(old);
    let other = start(builder().private_key(key(7)).protocol(idle())).await;
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.redial_interval = Duration::MAX)
        .static_nodes([Enode::new(*key(7).public_key(), nobody)]);
    // Its share is full, so that it only resolves.
    let full = settings
        .max_peers(1)
        .configure(|config| config.max_inbound = Some(1));
    let _server = start(full.dial_candidates(Elsewhere(other.enode()))).await;
    let mut events = other.events();
    if other.peer_count() == 0 {
        added(&mut events).await;
    }
}

/// A source that names no node, and knows where one is.
#[derive(Debug)]
struct Elsewhere(Enode);

#[crate::async_trait]
impl crate::NodeSource for Elsewhere {
    async fn next(&self) -> Option<Enode> {
        None
    }

    async fn resolve(&self, node: &Enode) -> Option<Enode> {
        (node.public_key() == self.0.public_key()).then(|| self.0.clone())
    }
}

/// A source that notes whether it was asked.
#[derive(Debug, Clone, Default)]
struct Noting(Arc<AtomicBool>);

#[crate::async_trait]
impl crate::NodeSource for Noting {
    async fn next(&self) -> Option<Enode> {
        self.0.store(true, Ordering::Relaxed);
        None
    }
}

#[tokio::test]
async fn a_server_that_dials_nobody_connects_when_asked() {
    let other = start(builder().protocol(idle())).await;
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.no_dial = true);
    let dialing = settings.static_nodes([other.enode()]);
    let noting = Noting::default();
    let sources = dialing.dial_candidates(list([other.enode()]));
    let server = start(sources.dial_candidates(noting.clone())).await;
    let plan = server.core().dial_plan(std::time::Instant::now());
    assert!(plan.statics.is_empty() && !plan.wants_candidate);
    bounded(server.connect(&other.enode()))
        .await
        .expect("asked");
    assert!(!noting.0.load(Ordering::Relaxed), "nor asks sources");
}

#[tokio::test]
async fn net_restrict_applies_in_both_directions() {
    let network = "127.0.0.2/32".parse().expect("a network");
    let other = start(builder().protocol(idle())).await;
    let settings = builder()
        .protocol(idle())
        .configure(|config| config.net_restrict = vec![network]);
    let server = start(settings.listen_addr("0.0.0.0:0")).await;
    let error = server.connect(&other.enode()).await;
    assert_eq!(
        error.expect_err("not allowed").to_string(),
        "refused: 127.0.0.1 is in none of the networks that net_restrict allows"
    );
    let url = other.enode().to_string().replace("127.0.0.1", "localhost");
    let named = server.connect(&url.parse().expect("an enode")).await;
    assert!(matches!(
        named,
        Err(ConnectError::Refused(Refusal::Restricted { .. }))
    ));
    let error = other.connect(&server.enode()).await;
    assert!(
        matches!(error, Err(ConnectError::Closed { .. })),
        "{error:?}"
    );
    let [record, ..] = &server.records()[..] else {
        panic!("nothing is remembered");
    };
    assert_eq!(
        (record.node, record.phase),
        (None, crate::server::Phase::Opening)
    );
    let text = record.to_string();
    assert!(text.contains("from 127.0.0.1") && text.contains("net_restrict"));
}

// TestServerAtCap, TestServerPeerLimits
#[tokio::test]
async fn trust_can_be_given_and_taken_back() {
    let server = start(builder().protocol(echo()).max_peers(1)).await;
    let mut events = server.events();
    let _first = join(&server, key(2)).await;
    added(&mut events).await;
    let full = DisconnectReason::TooManyPeers;
    assert_eq!(knock(&server, key(3)).await.reason().await, full);
    server.add_trusted_peer(key(3).public_key());
    let mut hand = join(&server, key(3)).await;
    hand.send("in").await;
    assert_eq!(hand.hear().await, Ok("in".to_owned()));
    let id = key(3).public_key().node_id();
    let trusted = || {
        let mut peers = server.peers_info().into_iter();
        peers
            .find(|peer| peer.id == id)
            .map(|peer| peer.network.trusted)
    };
    assert_eq!(trusted(), Some(true));
    server.remove_trusted_peer(key(3).public_key());
    assert_eq!(trusted(), Some(false));
    server.add_trusted_peer(key(3).public_key());
    assert_eq!(trusted(), Some(true));
    server.remove_trusted_peer(key(3).public_key());
    hand.send("still").await;
    assert_eq!(hand.hear().await, Ok("still".to_owned()));
    drop(hand);
    dropped(&mut events).await;
    assert_eq!(knock(&server, key(3)).await.reason().await, full);
}

/// A source that names no node, and panics when it is asked where one is.
#[derive(Debug)]
struct Broken;

#[crate::async_trait]
impl crate::NodeSource for Broken {
    async fn next(&self) -> Option<Enode> {
        None
    }

    async fn resolve(&self, _: &Enode) -> Option<Enode> {
        panic!("on purpose");
    }
}

#[tokio::test]
async fn a_panicking_source_does_not_end_dialing() {
    let old = start(builder().protocol(idle())).await;
    let address = old.listen_addr().expect("listening");
    bounded(old.shutdown()).await;
    drop(old);
    let settings = builder().protocol(idle()).dial_candidates(Broken);
    let enode = Enode::new(*key(7).public_key(), address);
    let server = start(settings.static_nodes([enode])).await;
    let mut events = server.events();
    for _ in 0..2 {
        refused(&mut events).await;
    }
    let late = builder().private_key(key(7)).protocol(idle());
    let _late = start(late.listen_addr(address)).await;
    added(&mut events).await;
}
