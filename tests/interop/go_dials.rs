//! go-ethereum: who dials, and what is shared then.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use p2p::protocol::Version;
use p2p::{Direction, Enode, Event, ServeExt};
use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

use super::node::Node;
use super::process::Process;
use super::text::{Foobar, Kind, Text, answering, version};
use super::tools::Tool;

#[tokio::test]
async fn go_ethereum_dials_us() {
    let mut ours = Node::start().await;
    let mut theirs = Process::listen(Tool::GoServer, &["--static", &ours.url()]).await;
    let (info, protocols) = ours.added().await;
    assert_eq!(info.direction, Direction::Inbound);
    assert_eq!(info.public_key, *theirs.key());
    assert_eq!((&info.client[..], info.p2p_version), ("go-peer", 5));
    assert_eq!(protocols, ["foobar/1"]);
    let peer =
        json!({"name": "interop/v1", "caps": ["foobar/1"], "inbound": false, "static": true});
    theirs.process.expect("peer", peer).await;
    ours.exchange_with(&mut theirs).await;
}

#[tokio::test]
async fn we_dial_go_ethereum() {
    let mut ours = Node::start().await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    let info = ours.connect(&theirs.enode).await.expect("connected");
    assert_eq!(info.direction, Direction::Outbound);
    assert_eq!((&info.client[..], info.p2p_version), ("go-peer", 5));
    let peer = json!({"name": "interop/v1", "caps": ["foobar/1"], "inbound": true});
    theirs.process.expect("peer", peer).await;
    ours.exchange_with(&mut theirs).await;
}

/// Each side may refuse the other's connection, and so lose both: then they dial again.
#[tokio::test]
async fn dials_that_cross_end_in_one_connection() {
    let mut ours = Node::start_with(|builder, sink| {
        let sink = sink.clone();
        // A peer that answers "foo" has kept this connection too.
        let ask = Text::<Foobar>::run(move |peer, mut inbox| {
            let sink = sink.clone();
            async move {
                peer.send(Text::new("foo")).await?;
                while let Ok(message) = inbox.recv().await {
                    let _ = sink.send(message.seen(&peer));
                }
                Ok(())
            }
        });
        builder.protocol(ask).configure(|config| {
            config.redial_interval = Duration::from_secs(1);
            config.redial_jitter = Duration::from_secs(1);
        })
    })
    .await;
    let mut theirs = Process::listen(Tool::GoServer, &["--dial"]).await;
    let our_address = ours.server.listen_addr().expect("it listens");
    let [to_us, to_them] = gate([our_address, address(&theirs.enode)]).await;
    let us = Enode::new(*ours.server.public_key(), to_us);
    let dial = json!({"cmd": "dial", "enode": us.to_string()});
    theirs.process.tell(dial).await;
    ours.server.add_peer(Enode::new(*theirs.key(), to_them));

    ours.text::<Foobar>("bar").await;
    for wanted in [Direction::Inbound, Direction::Outbound] {
        let decided = |event: &Event| match event {
            Event::Added { peer, .. } => (peer.direction == wanted).then_some(()),
            Event::Refused { direction, .. } => (*direction == wanted).then_some(()),
            _ => None,
        };
        ours.events.expect("an outcome", decided).await;
    }
    assert_eq!(ours.server.peer_count(), 1);
    theirs.process.tell(json!({"cmd": "peers"})).await;
    theirs.process.expect("peers", json!({"count": 1})).await;
    theirs.process.send_text("hello").await;
    ours.text::<Foobar>("hello").await;
    assert_eq!(ours.server.peer_count(), 1);
}

fn address(enode: &Enode) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], enode.tcp_port()))
}

/// Forwards to two addresses, and holds the first connection to either until that to the other is
/// there too.
async fn gate(targets: [SocketAddr; 2]) -> [SocketAddr; 2] {
    let both = Arc::new(Barrier::new(2));
    let mut addresses = targets;
    for (target, address) in targets.into_iter().zip(&mut addresses) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        *address = listener.local_addr().expect("bound");
        let mut first = Some(both.clone());
        tokio::spawn(async move {
            while let Ok((mut one, _)) = listener.accept().await {
                let first = first.take();
                tokio::spawn(async move {
                    if let Some(both) = first {
                        both.wait().await;
                    }
                    let mut other = TcpStream::connect(target).await?;
                    copy_bidirectional(&mut one, &mut other).await
                });
            }
        });
    }
    addresses
}

/// Comes before foobar in the alphabet.
struct Alpha;

impl Kind for Alpha {
    const NAME: &'static str = "alpha";
    const VERSIONS: &'static [Version] = &[version(1, 3)];
}

struct TwoVersions;

impl Kind for TwoVersions {
    const NAME: &'static str = "foobar";
    const VERSIONS: &'static [Version] = &[version(1, 1), version(2, 200)];
}

/// Comes between the others, and is not shared.
struct Lonely;

impl Kind for Lonely {
    const NAME: &'static str = "lonely";
    const VERSIONS: &'static [Version] = &[version(1, 50)];
}

struct Zulu;

impl Kind for Zulu {
    const NAME: &'static str = "zulu";
    const VERSIONS: &'static [Version] = &[version(1, 2)];
}

#[tokio::test]
async fn each_shared_protocol_gets_its_own_messages() {
    let mut ours = Node::start_with(|builder, sink| {
        builder
            .protocol(answering::<Zulu>(sink))
            .protocol(answering::<Lonely>(sink))
            .protocol(answering::<TwoVersions>(sink))
            .protocol(answering::<Alpha>(sink))
    })
    .await;
    let protocols = "zulu/1/2 foobar/2/200 beta/1/40 foobar/1/1 alpha/1/3 foobar/3/9";
    let arguments: Vec<&str> = protocols
        .split(' ')
        .flat_map(|protocol| ["--protocol", protocol])
        .collect();
    let mut theirs = Process::listen(Tool::GoServer, &arguments).await;
    let id = theirs.id();
    ours.connect(&theirs.enode).await.expect("connected");
    let (_, shared) = ours.added().await;
    assert_eq!(shared, ["alpha/1", "foobar/2", "zulu/1"]);
    ours.served::<Alpha>().await;
    ours.served::<TwoVersions>().await;
    ours.served::<Zulu>().await;

    // The last code of each: with the base protocol's 16 they are the ids 18, 218 and 220.
    ours.send(&id, Text::<Alpha>::with_code(2, "a")).await;
    ours.send(&id, Text::<TwoVersions>::with_code(199, "b"))
        .await;
    ours.send(&id, Text::<Zulu>::with_code(1, "c")).await;
    for message in [
        json!({"protocol": "alpha", "version": 1, "code": 2, "text": "a"}),
        json!({"protocol": "foobar", "version": 2, "code": 199, "text": "b"}),
        json!({"protocol": "zulu", "version": 1, "code": 1, "text": "c"}),
    ] {
        theirs.process.expect("message", message).await;
    }
    for protocol in ["zulu", "alpha", "foobar"] {
        let send = json!({"cmd": "send", "protocol": protocol, "text": format!("echo:{protocol}")});
        theirs.process.tell(send).await;
        let answer = json!({"protocol": protocol, "text": protocol});
        theirs.process.expect("message", answer).await;
    }
    ours.text::<Alpha>("echo:alpha").await;
    let seen = ours.text::<TwoVersions>("echo:foobar").await;
    assert_eq!((seen.version, seen.code), (2, 0));
    ours.text::<Zulu>("echo:zulu").await;
}
