//! A server's information about itself and its peers, in the JSON that go-ethereum's consoles read.

#![allow(clippy::expect_used)]

use std::time::Duration;

use p2p::serve::Accepted;
use p2p::{Event, NodeKey, Protocol, ServeExt, Server};
use serde_json::{Value, json, to_value};
use tests::bounded;

#[derive(Debug, Protocol)]
#[protocol(name = "foobar", versions = 1..=2)]
enum Message {
    #[message(code = 0, since = 1)]
    Text(String),
}

/// A server with this key, and settings of its own.
async fn start(key: u8, set_up: impl FnOnce(p2p::Builder) -> p2p::Builder) -> Server {
    let builder = Server::builder()
        .private_key(NodeKey::from_bytes(&[key; 32]).expect("valid"))
        .name(format!("node/{key}"))
        .listen_addr("127.0.0.1:0")
        .protocol(Message::run(|_, mut inbox| async move {
            while inbox.recv().await.is_ok() {}
            Ok(())
        }));
    set_up(builder).start().await.expect("started")
}

async fn added(events: &mut p2p::Events) {
    let wait = async { while !matches!(events.recv().await, Ok(Event::Added { .. })) {} };
    bounded(wait).await;
}

#[tokio::test]
async fn node_info_has_the_shape_of_go_ethereums() {
    let server = start(1, |builder| builder).await;
    let address = server.listen_addr().expect("listening");
    assert_eq!(
        to_value(server.node_info()).expect("JSON"),
        json!({
            "id": server.public_key().node_id().to_string(),
            "name": "node/1",
            "enode": server.enode().to_string(),
            "ip": "127.0.0.1",
            "ports": { "discovery": 0, "listener": address.port() },
            "listenAddr": address.to_string(),
            "protocols": { "foobar": { "versions": [1, 2] } },
        })
    );
}

#[tokio::test]
async fn peers_are_told_as_go_ethereum_tells_them() {
    let one = start(1, |builder| builder).await;
    let enode = one.enode();
    let mut events = one.events();
    let two = start(2, |builder| {
        builder
            .trusted_nodes([*enode.public_key()])
            .static_nodes([enode.clone()])
    })
    .await;
    let mut others = two.events();
    added(&mut events).await;
    if two.peer_count() == 0 {
        added(&mut others).await;
    }
    let network = |of: &Server| -> Value {
        let told = to_value(of.peers_info()).expect("JSON");
        told[0]["network"].clone()
    };
    let inbound = network(&one);
    let local = one.listen_addr().expect("listening").to_string();
    let remote = inbound["remoteAddress"].as_str().expect("an address");
    assert_eq!(
        to_value(one.peers_info()).expect("JSON"),
        json!([{
            "enode": format!("enode://{}@{remote}", two.public_key()),
            "id": two.public_key().node_id().to_string(),
            "name": "node/2",
            "caps": ["foobar/1", "foobar/2"],
            "network": {
                "localAddress": local,
                "remoteAddress": remote,
                "inbound": true,
                "trusted": false,
                "static": false,
            },
            "protocols": { "foobar": { "version": 2 } },
        }])
    );
    let outbound = network(&two);
    assert_eq!(outbound["remoteAddress"], *local);
    assert_eq!(outbound["localAddress"], *remote);
    for (key, value) in [("inbound", false), ("trusted", true), ("static", true)] {
        assert_eq!(outbound[key], value, "{key}");
    }
}

#[derive(Debug, Protocol)]
#[protocol(name = "chain", version = 68)]
enum Chain {
    Head(u64),
}

#[tokio::test]
async fn a_program_describes_its_protocol_and_each_peer() {
    let service = || {
        Chain::accepting(|peer, mut inbox| async move {
            peer.send(Chain::Head(7)).await?;
            let Chain::Head(_) = inbox.recv().await?;
            Ok(Accepted::running(Box::pin(async move {
                while inbox.recv().await.is_ok() {}
                Ok(())
            })))
        })
    };
    let genesis = "0xd4e5";
    let eth = json!({ "network": 1, "difficulty": 17, "genesis": genesis, "head": genesis });
    let told = eth.clone();
    let one =
        start(1, |builder| {
            builder.protocol(service().node_info(move || told.clone()).peer_info(
                |peer| json!({ "version": peer.version(), "head": peer.id().to_string() }),
            ))
        })
        .await;
    let two = start(2, |builder| {
        let none = service().node_info(|| None::<u64>);
        builder.protocol(none.peer_info(|_| -> u64 { panic!("on purpose") }))
    })
    .await;
    let mut events = one.events();
    two.connect(&one.enode()).await.expect("connected");
    added(&mut events).await;
    let mut accepted = one.protocol::<Chain>().expect("spoken");
    while accepted.is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        accepted = one.protocol::<Chain>().expect("spoken");
    }
    let protocols = |value: Value| value["protocols"].clone();
    let of_node = |of: &Server| protocols(to_value(of.node_info()).expect("JSON"));
    let of_peer = |of: &Server| protocols(to_value(&of.peers_info()[0]).expect("JSON"));
    assert_eq!(
        of_node(&one),
        json!({ "foobar": { "versions": [1, 2] }, "chain": eth })
    );
    assert_eq!(one.node_info().protocols["chain"].versions, [68]);
    let id = two.public_key().node_id().to_string();
    assert_eq!(
        of_peer(&one),
        json!({ "foobar": { "version": 2 }, "chain": { "version": 68, "head": id } })
    );
    // Information that is null, or whose function panics, is left out.
    assert_eq!(
        of_node(&two),
        json!({ "foobar": { "versions": [1, 2] }, "chain": { "versions": [68] } })
    );
    assert_eq!(
        of_peer(&two),
        json!({ "foobar": { "version": 2 }, "chain": { "version": 68 } })
    );
}

#[derive(Debug, Protocol)]
#[protocol(name = "chain", version = 69)]
enum Later {
    Head(u64),
}

#[tokio::test]
async fn versions_with_services_of_their_own_are_one_protocol() {
    let versions = |builder: p2p::Builder| {
        let old = Chain::run(|_, mut inbox| async move {
            while inbox.recv().await.is_ok() {}
            Ok(())
        });
        let new = Later::run(|_, _inbox| std::future::pending());
        let new = new.node_info(|| None::<u64>).peer_info(|_| "new");
        builder
            .protocol(old.node_info(|| "old").peer_info(|_| "old"))
            .protocol(new)
    };
    let one = start(1, versions).await;
    let two = start(2, |builder| {
        builder.protocol(Chain::run(|_, mut inbox| async move {
            while inbox.recv().await.is_ok() {}
            Ok(())
        }))
    })
    .await;
    two.connect(&one.enode()).await.expect("connected");
    while one.protocol::<Chain>().expect("spoken").is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let told = one.node_info().protocols["chain"].clone();
    assert_eq!(told.versions, [68, 69]);
    assert_eq!(to_value(told).expect("JSON"), json!("old"));
    let told = to_value(&one.peers_info()[0].protocols["chain"]);
    assert_eq!(told.expect("JSON"), json!("old"));
    for server in [two, one] {
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_connected_peer_has_a_lifetime() {
    let one = start(1, |builder| builder).await;
    let two = start(2, |builder| builder).await;
    let id = one.public_key().node_id();
    assert_eq!(two.lifetime(&id), None);
    two.connect(&one.enode()).await.expect("connected");
    let first = two.lifetime(&id).expect("a peer");
    let then = two.peers_info()[0].lifetime;
    assert!(first <= then && then <= two.lifetime(&id).expect("a peer"));
}
