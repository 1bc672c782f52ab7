//! Public addresses, those of private networks, and what either of us and go-ethereum makes of them.
//!
//! A connection to an address of this machine comes from the same address.

use std::net::SocketAddr;
use std::time::Duration;

use p2p::server::Phase;
use p2p::{Builder, ConnectError, Enode, Network, PublicKey, Refusal};
use serde_json::json;
use tests::{LIMIT, bounded};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::network::{PRIVATE, PUBLIC, in_network};
use super::node::Node;
use super::process::{Listening, Process, text};
use super::tools::Tool;

/// A node of ours at every address.
async fn ours(set_up: impl FnOnce(Builder) -> Builder) -> Node {
    Node::speaking(|builder| set_up(builder.listen_addr("0.0.0.0:0"))).await
}

/// A node of ours there.
fn at(node: &Node, ip: [u8; 4]) -> Enode {
    let port = node.server.listen_addr().expect("listening").port();
    Enode::new(*node.server.public_key(), (ip, port).into())
}

/// A node of go-ethereum at every address.
async fn theirs(flags: &[&str]) -> (Listening, PublicKey, u16) {
    let flags = [&["--listen", "0.0.0.0:0"], flags].concat();
    let mut process = Process::start(Tool::GoServer, &flags).await;
    let event = process.expect("listening", json!({})).await;
    let enode: Enode = text(&event, "enode").parse().expect("an enode URL");
    let address: SocketAddr = text(&event, "addr").parse().expect("an address");
    let key = *enode.public_key();
    (Listening { process, enode }, key, address.port())
}

/// The refusal in a node's last record.
fn turned_away(node: &Node) -> Refusal {
    let record = node.server.records().into_iter().next().expect("a record");
    assert_eq!(record.phase, Phase::Opening);
    match record.outcome {
        p2p::server::Outcome::Refused(ConnectError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn assert_closed(error: &ConnectError) {
    assert!(
        matches!(error, ConnectError::Closed { phase, .. } if *phase == Phase::Handshake),
        "{error}"
    );
}

async fn dialed(theirs: &mut Listening, enode: &Enode) -> serde_json::Value {
    let dial = json!({"cmd": "dial-once", "enode": enode.to_string()});
    theirs.process.tell(dial).await;
    theirs.process.expect("dialed", json!({})).await["error"].take()
}

#[test]
fn only_public_addresses_have_to_wait_between_connections() {
    in_network(
        "addresses::only_public_addresses_have_to_wait_between_connections",
        async {
            let interval = Duration::from_secs(3);
            let node =
                ours(|builder| builder.configure(|config| config.inbound_interval = interval))
                    .await;
            let nodes = [ours(|b| b).await, ours(|b| b).await, ours(|b| b).await];
            let enode = at(&node, PUBLIC[0]);
            nodes[0].connect(&enode).await.expect("the first");
            assert_closed(&nodes[1].connect(&enode).await.expect_err("too soon"));
            let refusal = turned_away(&node);
            let address = PUBLIC[0].into();
            assert_eq!(refusal, Refusal::TooOften { address, interval });
            // Another address is another matter, and so is a private one.
            let other = at(&node, PUBLIC[1]);
            nodes[1].connect(&other).await.expect("another address");
            let lan = at(&node, PRIVATE);
            let mut visitors = Vec::new();
            for _ in 0..3 {
                let visitor = ours(|b| b).await;
                visitor.connect(&lan).await.expect("a neighbour");
                visitors.push(visitor);
            }
            tokio::time::sleep(interval).await;
            nodes[2].connect(&enode).await.expect("after its time");
        },
    );
}

#[test]
fn go_ethereum_has_to_wait_at_public_addresses_only() {
    in_network(
        "addresses::go_ethereum_has_to_wait_at_public_addresses_only",
        async {
            let node = ours(|builder| builder).await;
            for (ip, is_refused) in [(PUBLIC[0], true), (PRIVATE, false)] {
                let enode = at(&node, ip);
                let (mut first, ..) = theirs(&[]).await;
                assert_eq!(dialed(&mut first, &enode).await, json!(null));
                let (mut second, ..) = theirs(&[]).await;
                let error = dialed(&mut second, &enode).await;
                assert_eq!(error.is_string(), is_refused, "{error}");
                if is_refused {
                    let address = ip.into();
                    let interval = Duration::from_secs(30);
                    let expected = Refusal::TooOften { address, interval };
                    assert_eq!(turned_away(&node), expected);
                }
            }
        },
    );
}

#[test]
fn we_have_to_wait_at_public_addresses_only() {
    in_network(
        "addresses::we_have_to_wait_at_public_addresses_only",
        async {
            let (mut geth, key, port) = theirs(&[]).await;
            for (ip, is_refused) in [(PUBLIC[0], true), (PRIVATE, false)] {
                let enode = Enode::new(key, (ip, port).into());
                let [first, second] = [ours(|b| b).await, ours(|b| b).await];
                first.connect(&enode).await.expect("the first");
                let again = second.connect(&enode).await;
                if is_refused {
                    assert_closed(&again.expect_err("too soon"));
                    let refused = json!({"phase": "accept", "error": "too many attempts"});
                    geth.process.expect("refused", refused).await;
                } else {
                    again.expect("a neighbour");
                }
            }
        },
    );
}

/// Connects from an address, and says nothing.
async fn silent(from: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((from, 0).into()).expect("bound");
    socket.connect(to).await.expect("connected")
}

/// Checks that a connection stays open and silent for a moment.
async fn is_open(stream: &mut TcpStream) -> bool {
    let moment = Duration::from_millis(300);
    timeout(moment, stream.read_u8()).await.is_err()
}

#[test]
fn a_public_address_has_a_share_of_pending_handshakes() {
    in_network(
        "addresses::a_public_address_has_a_share_of_pending_handshakes",
        async {
            let node = ours(|builder| {
                let builder = builder.configure(|config| config.inbound_interval = Duration::ZERO);
                builder.configure(|config| {
                    config.max_pending_by_address = 2;
                    config.handshake_timeout = LIMIT;
                })
            })
            .await;
            let port = node.server.listen_addr().expect("listening").port();
            let to = SocketAddr::from((PUBLIC[2], port));
            let mut streams = Vec::new();
            for from in [PUBLIC[0], PUBLIC[0], PUBLIC[1], PRIVATE, PRIVATE, PRIVATE] {
                streams.push(silent(from, to).await);
            }
            let mut third = silent(PUBLIC[0], to).await;
            let read = bounded(third.read_u8()).await;
            read.expect_err("nothing is said");
            let network = Network::around(PUBLIC[0].into(), 32);
            let limit = 2;
            let expected = Refusal::TooManyPending { network, limit };
            assert_eq!(turned_away(&node), expected);
            for stream in &mut streams {
                assert!(is_open(stream).await);
            }
        },
    );
}

#[test]
fn either_side_can_restrict_itself_to_a_network() {
    in_network(
        "addresses::either_side_can_restrict_itself_to_a_network",
        async {
            let network: Network = "203.0.113.0/24".parse().expect("a network");
            let node =
                ours(|builder| builder.configure(|config| config.net_restrict = vec![network]))
                    .await;
            let (mut geth, key, port) = theirs(&["--net-restrict", "203.0.113.0/24"]).await;
            let visitor = ours(|builder| builder).await;
            for outside in [PUBLIC[2], PRIVATE] {
                let outside_of_ours = at(&node, outside);
                let error = dialed(&mut geth, &outside_of_ours).await;
                assert!(error.is_string(), "{error}");
                let address = outside.into();
                assert_eq!(turned_away(&node), Refusal::Restricted { address });

                let enode = Enode::new(key, (outside, port).into());
                assert_closed(&visitor.connect(&enode).await.expect_err("outside"));
                let refused = json!({"phase": "accept", "error": "not in netrestrict list"});
                geth.process.expect("refused", refused).await;
                let error = node.connect(&enode).await.expect_err("not dialed");
                let restricted = Refusal::Restricted { address };
                assert!(
                    matches!(&error, ConnectError::Refused(refusal) if *refusal == restricted),
                    "{error}"
                );
            }
            let enode = Enode::new(key, (PUBLIC[0], port).into());
            node.connect(&enode).await.expect("inside");
            let inside = at(&node, PUBLIC[1]);
            visitor.connect(&inside).await.expect("inside");
        },
    );
}
