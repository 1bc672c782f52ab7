//! Servers without sockets: they meet over streams in memory, by a dialer and by hand.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex as StdMutex;

use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc::unbounded_channel;

use super::*;
use crate::server::stream::Dialer;
use crate::{Enode, PublicKey};

/// A network in memory: a dialed server gets the other end of the stream. It keeps its servers
/// until it is cleared.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory(Arc<StdMutex<HashMap<PublicKey, Server>>>);

impl Memory {
    /// A server of this network with the key of this byte.
    pub(super) async fn start(&self, n: u8, settings: Builder) -> Server {
        let settings = settings.private_key(key(n)).dialer(self.clone());
        let server = start(settings).await;
        let mut servers = self.0.lock().expect("no panic");
        servers.insert(*server.public_key(), server.clone());
        server
    }

    pub(super) async fn shutdown(&self) {
        let servers = std::mem::take(&mut *self.0.lock().expect("no panic"));
        for server in servers.values() {
            server.shutdown().await;
        }
    }
}

#[crate::async_trait]
impl Dialer for Memory {
    type Stream = DuplexStream;

    async fn dial(&self, node: &Enode) -> io::Result<DuplexStream> {
        let found = self
            .0
            .lock()
            .expect("no panic")
            .get(node.public_key())
            .cloned();
        let server = found.ok_or(io::ErrorKind::ConnectionRefused)?;
        let (ours, theirs) = duplex(64 * 1024);
        tokio::spawn(async move { server.accept(theirs, None).await });
        Ok(ours)
    }
}

/// Where the node with the key of this byte would be.
pub(super) fn node(n: u8) -> Enode {
    Enode::new(*key(n).public_key(), ([10, 0, 0, n], 30303).into())
}

#[tokio::test]
async fn servers_meet_by_a_dialer_without_sockets() {
    let network = Memory::default();
    let (heard, mut hearing) = unbounded_channel();
    let hello = Text::run(move |peer, mut inbox| {
        let heard = heard.clone();
        async move {
            peer.send(text("hello")).await?;
            while let Ok(Text(words)) = inbox.recv().await {
                let _ = heard.send(words);
            }
            Ok(())
        }
    });
    let one = network.start(1, Server::builder().protocol(hello)).await;
    let two = network.start(2, Server::builder().protocol(echo())).await;
    let peer = bounded(one.connect(&node(2))).await.expect("connected");
    assert_eq!(peer.public_key, *two.public_key());
    assert_eq!(peer.remote_addr, Some(([10, 0, 0, 2], 30303).into()));
    assert_eq!(bounded(hearing.recv()).await, Some("hello".to_owned()));
    let status = &two.peers_info()[0];
    assert_eq!(
        (status.id, status.network.inbound),
        (one.public_key().node_id(), true)
    );
    assert_eq!(status.network.remote_address, None);
    let mut events = two.events();
    one.disconnect(&two.public_key().node_id(), DisconnectReason::Requested);
    let cause = dropped(&mut events).await;
    assert!(matches!(cause, Cause::Remote(DisconnectReason::Requested)));
    bounded(network.shutdown()).await;
}

#[tokio::test(start_paused = true)]
async fn a_dialer_dials_and_redials_server_urls() {
    let network = Memory::default();
    let one = network.start(1, Server::builder().protocol(idle())).await;
    let two = network.start(2, Server::builder().protocol(idle())).await;
    assert_eq!(two.enode().tcp_port(), 0);
    let mut events = one.events();
    one.add_peer(two.enode());
    let hour = Duration::from_secs(3600);
    for _ in 0..2 {
        let event = timeout(hour, events.recv()).await.expect("in time");
        assert!(matches!(event, Ok(Event::Added { .. })), "{event:?}");
        one.disconnect(&two.public_key().node_id(), DisconnectReason::Requested);
        let event = timeout(hour, events.recv()).await.expect("in time");
        assert!(matches!(event, Ok(Event::Dropped { .. })), "{event:?}");
    }
    network.shutdown().await;
}

/// Two servers that are no peers yet.
async fn pair() -> (Server, Server) {
    let server = |n| start(Server::builder().private_key(key(n)).protocol(idle()));
    (server(1).await, server(2).await)
}

// TestServerSetupConn
#[tokio::test]
async fn streams_of_the_program_become_peers() {
    let (one, two) = pair().await;
    let (ours, theirs) = duplex(1024);
    let to = ([192, 0, 2, 2], 7).into();
    let (dialed, accepted) = bounded(async {
        tokio::join!(
            one.connect_over(ours, two.public_key(), Some(to)),
            two.accept(theirs, None)
        )
    })
    .await;
    let dialed = dialed.expect("a peer");
    let accepted = accepted.expect("a peer");
    assert_eq!(dialed.node_id, two.public_key().node_id());
    assert_eq!(
        (dialed.direction, dialed.remote_addr),
        (Direction::Outbound, Some(to))
    );
    assert_eq!(accepted.node_id, one.public_key().node_id());
    assert_eq!(
        (accepted.direction, accepted.remote_addr),
        (Direction::Inbound, None)
    );
}

#[tokio::test]
async fn passed_streams_follow_the_admission_rules() {
    let (one, _) = pair().await;
    let settings = Server::builder().private_key(key(3)).protocol(idle());
    let network = "192.0.2.0/24".parse().expect("a network");
    let full = start(
        settings
            .max_peers(1)
            .configure(|config| config.net_restrict = vec![network]),
    )
    .await;
    let from = |text: &str| Some(text.parse().expect("an address"));
    let knock = async |server: &Server, address: Option<SocketAddr>| {
        let (ours, theirs) = duplex(1024);
        let (dialed, accepted) = bounded(async {
            tokio::join!(
                server.connect_over(ours, full.public_key(), None),
                full.accept(theirs, address)
            )
        })
        .await;
        (dialed.map(|_| ()), accepted.map(|_| ()))
    };
    let (_, accepted) = knock(&one, from("198.51.100.1:1")).await;
    let refusal = accepted.expect_err("another network");
    assert!(refusal.to_string().contains("net_restrict"), "{refusal}");
    let (_, accepted) = knock(&one, from("192.0.2.1:1")).await;
    accepted.expect("a peer");
    let (dialed, accepted) = knock(&one, from("192.0.2.1:2")).await;
    let refusal = accepted.expect_err("too soon");
    assert!(
        matches!(refusal, ConnectError::Refused(Refusal::TooOften { .. })),
        "{refusal}"
    );
    let known = dialed.expect_err("a peer already");
    assert!(
        matches!(known, ConnectError::Refused(Refusal::AlreadyConnected)),
        "{known}"
    );
    let other = start(Server::builder().private_key(key(4)).protocol(idle())).await;
    let (dialed, accepted) = knock(&other, from("192.0.2.4:1")).await;
    let refusal = accepted.expect_err("no room");
    let limit = Refusal::TooManyPeers { limit: 1 };
    assert!(
        matches!(&refusal, ConnectError::Refused(found) if *found == limit),
        "{refusal}"
    );
    let told = dialed.expect_err("no room");
    let reason = DisconnectReason::TooManyPeers;
    assert!(
        matches!(told, ConnectError::Disconnected(found) if found == reason),
        "{told}"
    );
    let why = full.why(&other.public_key().node_id());
    assert_eq!(why.records.len(), 1, "{why}");
}

#[tokio::test]
async fn an_idle_listener_takes_no_slot() {
    let (one, _) = pair().await;
    let settings = builder().private_key(key(3)).protocol(idle());
    let listening = start(settings.configure(|config| config.max_pending_peers = 1)).await;
    // The listener waits by then.
    tokio::task::yield_now().await;
    let (ours, theirs) = duplex(1024);
    let (dialed, accepted) = bounded(async {
        tokio::join!(
            one.connect_over(ours, listening.public_key(), None),
            listening.accept(theirs, None)
        )
    })
    .await;
    assert!(dialed.is_ok() && accepted.is_ok());
}

#[tokio::test]
async fn a_stream_to_another_node_fails_the_handshake() {
    let (one, two) = pair().await;
    let (ours, theirs) = duplex(1024);
    let meant = *key(9).public_key();
    let (dialed, _) = bounded(async {
        tokio::join!(
            one.connect_over(ours, &meant, None),
            two.accept(theirs, None)
        )
    })
    .await;
    let error = dialed.expect_err("another key").to_string();
    assert_eq!(error, "closed during the handshake: wrong key?");
}

/// A dialer that gives no stream, in a way that the port says.
#[derive(Debug)]
struct Broken;

#[crate::async_trait]
impl Dialer for Broken {
    type Stream = DuplexStream;

    async fn dial(&self, node: &Enode) -> io::Result<DuplexStream> {
        match node.tcp_port() {
            1 => Err(io::Error::other("the proxy is down")),
            2 => panic!("on purpose"),
            _ => std::future::pending().await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn dialer_errors_panics_and_timeouts_are_reported() {
    let network = "10.0.0.0/8".parse().expect("a network");
    let settings = Server::builder().private_key(key(1)).protocol(idle());
    let server = start(
        settings
            .dialer(Broken)
            .configure(|config| config.net_restrict = vec![network]),
    )
    .await;
    let error = async |url: &str| {
        let url = format!("enode://{}@{url}", key(2).public_key());
        let connected = server.connect(&url.parse().expect("an enode")).await;
        connected.expect_err("no stream").to_string()
    };
    assert_eq!(
        error("10.0.0.2:1").await,
        "10.0.0.2:1 could not be reached: the proxy is down"
    );
    assert_eq!(
        error("10.0.0.2:2").await,
        "10.0.0.2:2 could not be reached: it panicked: on purpose"
    );
    assert_eq!(
        error("a.name:3").await,
        "a.name:3 could not be reached: timed out"
    );
    let restricted = error("192.0.2.2:1").await;
    assert!(restricted.contains("net_restrict"), "{restricted}");
    assert_eq!(server.why(&key(2).public_key().node_id()).records.len(), 4);
}
