//! A thousand servers that start and stop.

use std::net::SocketAddr;

use p2p::{Enode, Event, NodeKey, Protocol, ServeExt, Server};
use tests::{bounded, hand};
use tokio::net::{TcpListener, TcpStream};

use crate::held::Held;
use crate::{alone, tasks, wait_for_tasks};

#[derive(Debug, Protocol)]
#[protocol(name = "bench", version = 1)]
enum Message {
    Text(String),
}

const WARM_UP: usize = 100;
const CYCLES: usize = 1000;

/// A server with a handler that answers.
async fn start(static_nodes: impl IntoIterator<Item = Enode>) -> Server {
    let builder = Server::builder()
        .private_key(NodeKey::random())
        .listen_addr("127.0.0.1:0")
        .static_nodes(static_nodes)
        .protocol(Message::run(|peer, mut inbox| async move {
            while let Ok(message) = inbox.recv().await {
                peer.send(message).await?;
            }
            Ok(())
        }));
    bounded(builder.start()).await.expect("started")
}

/// Two servers that are connected.
async fn pair() -> [Server; 2] {
    let one = start([]).await;
    let mut events = one.events();
    let other = start([]).await;
    bounded(other.connect(&one.enode()))
        .await
        .expect("connected");
    bounded(async { while !matches!(events.recv().await, Ok(Event::Added { .. })) {} }).await;
    [one, other]
}

/// The life of a server, of one of six sorts.
async fn live(sort: usize) {
    match sort {
        // Alone.
        0 => bounded(start([]).await.shutdown()).await,
        // With a peer that stops at the same time, and then once more.
        1 => {
            let [one, other] = pair().await;
            bounded(async { tokio::join!(one.shutdown(), other.shutdown()) }).await;
            bounded(one.shutdown()).await;
        }
        // With a peer, and without a shutdown.
        2 => drop(pair().await),
        // While it dials a node that does not answer.
        3 => {
            let silent = TcpListener::bind("127.0.0.1:0").await.expect("bound");
            let address = silent.local_addr().expect("bound");
            let enode = Enode::new(*NodeKey::random().public_key(), address);
            let server = start([enode.clone()]).await;
            let asking = server.clone();
            let asked = tokio::spawn(async move { asking.connect(&enode).await });
            let _dialed = bounded(silent.accept()).await.expect("dialed");
            bounded(server.shutdown()).await;
            let asked = bounded(asked).await.expect("not cancelled");
            asked.expect_err("it never answered");
        }
        // While others are about to become peers.
        4 => {
            let server = start([]).await;
            let address: SocketAddr = server.listen_addr().expect("listening");
            let _open = TcpStream::connect(address).await.expect("connected");
            let key = NodeKey::random();
            let _keys = hand::knock(&key, address, *server.public_key()).await;
            bounded(server.shutdown()).await;
        }
        // While a program holds a peer and reads events.
        _ => {
            let [one, other] = pair().await;
            let peers = one.protocol::<Message>().expect("spoken");
            let peer = bounded(async {
                loop {
                    if let Some(peer) = peers.find(&other.public_key().node_id()) {
                        return peer;
                    }
                    tokio::task::yield_now().await;
                }
            })
            .await;
            let mut events = one.events();
            drop((one, other));
            bounded(peer.closed()).await;
            while bounded(events.recv()).await.is_ok() {}
        }
    }
}

async fn live_all(cycles: usize) {
    for cycle in 0..cycles {
        live(cycle % 6).await;
        if cycle % 50 == 49 {
            wait_for_tasks(0).await;
        }
    }
    wait_for_tasks(0).await;
}

#[test]
fn a_thousand_servers_leave_nothing_behind() {
    alone(async {
        live_all(WARM_UP).await;
        let held = Held::now();
        live_all(CYCLES).await;
        assert_eq!(tasks(), 0);
        held.assert_flat();
    });
}
