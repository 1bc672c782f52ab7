//! Static nodes that are named by their host.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Mutex;

use super::*;
use crate::Enode;
use crate::sync::lock;

/// The addresses to which a name resolves, one answer per lookup. After the last one, lookups fail.
#[derive(Debug, Clone)]
pub(in crate::server) struct Names(Arc<Mutex<VecDeque<Vec<SocketAddr>>>>);

impl Names {
    fn new(answers: impl IntoIterator<Item = Vec<SocketAddr>>) -> Self {
        Self(Arc::new(Mutex::new(answers.into_iter().collect())))
    }

    fn answer(&self, addresses: Vec<SocketAddr>) {
        let mut answers = lock(&self.0);
        answers.push_back(addresses);
    }

    pub(in crate::server) fn look_up(&self, name: &str, _port: u16) -> io::Result<Vec<SocketAddr>> {
        assert_eq!(name, "node.example");
        let mut answers = lock(&self.0);
        answers
            .pop_front()
            .ok_or_else(|| ErrorKind::TimedOut.into())
    }
}

/// The node with this key, at a name.
fn named(key: &NodeKey) -> Enode {
    let url = format!("enode://{}@node.example:30303", key.public_key());
    url.parse().expect("a URL")
}

async fn node(byte: u8) -> (Server, SocketAddr) {
    let server = start(builder().private_key(key(byte)).protocol(idle())).await;
    let address = server.listen_addr().expect("listening");
    (server, address)
}

/// A server with that static node.
async fn dialer(names: &Names) -> Server {
    let mut settings = builder().protocol(idle()).static_nodes([named(&key(7))]);
    settings.parts.names = Some(names.clone());
    start(settings).await
}

/// Has this node end the connection with a server, once it has it too.
async fn disconnect(node: &Server, server: &Server) {
    bounded(async {
        while node.peer_count() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    node.disconnect(&server.public_key().node_id(), DisconnectReason::Requested);
}

/// Waits until the server has this peer at this address.
async fn connected(server: &Server, address: SocketAddr) {
    bounded(async {
        while !matches!(&server.peers()[..], [peer] if peer.remote_addr == Some(address)) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

// TestDialSchedDNSHostname, TestDialDNSAddressUpdates
#[tokio::test]
async fn a_static_name_is_resolved_at_each_dial() {
    let (one, there) = node(7).await;
    let names = Names::new([vec![there]]);
    let server = dialer(&names).await;
    connected(&server, there).await;
    // It moves, and a dial of its old address would not find it.
    let (moved, elsewhere) = node(7).await;
    names.answer(vec![elsewhere]);
    bounded(one.shutdown()).await;
    connected(&server, elsewhere).await;
    drop(moved);
}

// TestDialDNSAddressUpdates
#[tokio::test]
async fn unresolved_static_nodes_use_their_last_addresses() {
    let (one, there) = node(7).await;
    for failing in [None, Some(Vec::new())] {
        let names = Names::new([vec![there]]);
        if let Some(answer) = failing {
            names.answer(answer);
        }
        let server = dialer(&names).await;
        let mut events = server.events();
        for _ in 0..3 {
            connected(&server, there).await;
            disconnect(&one, &server).await;
            dropped(&mut events).await;
        }
        bounded(server.shutdown()).await;
    }
    // If the last address does not answer either, the lookup's error is reported.
    let names = Names::new([vec![there]]);
    let server = dialer(&names).await;
    connected(&server, there).await;
    let mut events = server.events();
    bounded(one.shutdown()).await;
    // While it shuts down, it may still listen.
    bounded(async {
        loop {
            if let (_, _, ConnectError::Resolve { .. }) = refused(&mut events).await {
                return;
            }
        }
    })
    .await;
    assert_eq!(server.records()[0].address, Some(there));
}

#[tokio::test]
async fn a_new_url_forgets_old_addresses() {
    let (one, there) = node(7).await;
    let server = dialer(&Names::new([vec![there]])).await;
    connected(&server, there).await;
    let mut events = server.events();
    let other = named(&key(7)).to_string().replace("30303", "30304");
    server.add_peer(other.parse().expect("a URL"));
    disconnect(&one, &server).await;
    let (_, _, error) = refused(&mut events).await;
    assert!(matches!(error, ConnectError::Resolve { .. }), "{error}");
    assert_eq!(server.records()[0].address, None);
}
