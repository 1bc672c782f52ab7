//! go-ethereum: what either tells of itself and its peers, in JSON.

use p2p::Direction;
use serde_json::{Value, json, to_value};

use super::node::Node;
use super::process::{Listening, Process};
use super::text::Foobar;
use super::tools::Tool;

/// Ours and theirs have the same keys with the same types, but for those that this names by their path.
fn assert_same_shape(ours: &Value, theirs: &Value, but: &[&str]) {
    let mut found = Vec::new();
    compare("", ours, theirs, &mut found);
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, but, "ours: {ours:#}\ntheirs: {theirs:#}");
}

fn compare(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let more = ours.keys().filter(|key| !theirs.contains_key(*key));
            let names: Vec<&String> = theirs.keys().chain(more).collect();
            for name in names {
                let path = format!("{path}/{name}");
                match (ours.get(name), theirs.get(name)) {
                    (Some(ours), Some(theirs)) => compare(&path, ours, theirs, found),
                    _ => found.push(path),
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                compare(&format!("{path}/{index}"), ours, theirs, found);
            }
        }
        (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_)) => {}
        _ => found.push(path.to_owned()),
    }
}

async fn info(theirs: &mut Listening) -> Value {
    theirs.process.tell(json!({"cmd": "info"})).await;
    theirs.process.expect("info", json!({})).await
}

/// go-ethereum has a node record, and what a protocol tells of itself: nothing, here.
#[tokio::test]
async fn both_tell_of_themselves_in_the_same_way() {
    let ours = Node::start().await;
    let mut theirs = Process::listen(Tool::GoServer, &[]).await;
    let of_theirs = info(&mut theirs).await["node"].take();
    let of_ours = to_value(ours.server.node_info()).expect("JSON");
    let but = ["/enr", "/protocols/foobar"];
    assert_same_shape(&of_ours, &of_theirs, &but);
    assert_eq!(of_theirs["protocols"]["foobar"], "unknown");
    assert_eq!(of_ours["protocols"]["foobar"], json!({"versions": [1]}));
    assert_eq!(of_ours["ip"], of_theirs["ip"]);
    // Neither has a UDP port without discovery.
    assert_eq!(of_theirs["ports"]["discovery"], 0);
    assert_eq!(of_ours["ports"]["discovery"], 0);
    for (info, enode) in [
        (&of_ours, ours.server.enode()),
        (&of_theirs, theirs.enode.clone()),
    ] {
        assert_eq!(info["id"], enode.public_key().node_id().to_string());
        assert_eq!(info["enode"], enode.to_string());
        assert_eq!(info["ports"]["listener"], enode.tcp_port());
        let address = format!("127.0.0.1:{}", enode.tcp_port());
        assert_eq!(info["listenAddr"], address);
    }
}

/// Checks that both describe the same connection, seen from either end.
fn assert_mirrored(ours: &Value, theirs: &Value) {
    assert_eq!(ours["caps"], theirs["caps"]);
    for (local, remote) in [
        ("localAddress", "remoteAddress"),
        ("remoteAddress", "localAddress"),
    ] {
        assert_eq!(ours["network"][local], theirs["network"][remote]);
    }
    assert_ne!(ours["network"]["inbound"], theirs["network"]["inbound"]);
}

/// Each tells of the other what it would tell of another of its own: the flags, one after the other.
#[tokio::test]
async fn both_describe_their_peers_in_the_same_way() {
    for (direction, flags) in [
        (Direction::Outbound, [false, false]),
        (Direction::Inbound, [true, true]),
    ] {
        let mut ours = Node::start().await;
        let url = ours.url();
        let arguments: &[&str] = match direction {
            Direction::Outbound => &[],
            Direction::Inbound => &["--static", &url, "--trusted", &url],
        };
        let mut theirs = Process::listen(Tool::GoServer, arguments).await;
        if direction == Direction::Outbound {
            ours.server.add_trusted_peer(theirs.key());
            ours.server.add_peer(theirs.enode.clone());
        }
        ours.added().await;
        ours.served::<Foobar>().await;
        theirs.process.expect("peer", json!({})).await;

        let of_theirs = to_value(ours.server.peers_info()).expect("JSON");
        let of_ours = info(&mut theirs).await["peers"].take();
        // This protocol has nothing to say about a peer.
        let but = ["/0/protocols/foobar"];
        assert_same_shape(&of_theirs, &of_ours, &but);
        let of_theirs = &of_theirs[0];
        let of_ours = &of_ours[0];
        assert_mirrored(of_theirs, of_ours);
        assert_eq!(of_theirs["protocols"]["foobar"], json!({"version": 1}));
        assert_eq!(of_theirs["id"], theirs.id().to_string());
        assert_eq!(
            of_ours["id"],
            ours.server.public_key().node_id().to_string()
        );
        assert_eq!(
            (&of_theirs["name"], &of_ours["name"]),
            (&json!("go-peer"), &json!("interop/v1"))
        );
        for (flag, value) in ["trusted", "static"].into_iter().zip(flags) {
            assert_eq!(of_ours["network"][flag], value, "{flag}");
            assert_eq!(of_theirs["network"][flag], !value, "{flag}");
        }
        // The URL has the address of the connection. Only a go-ethereum that has dialed gives the URL that it
        // was given, which may have a host name and a UDP port.
        for (peer, key) in [
            (of_theirs, theirs.key()),
            (of_ours, ours.server.public_key()),
        ] {
            let remote = &peer["network"]["remoteAddress"];
            let remote = remote.as_str().expect("an address");
            assert_eq!(peer["enode"], format!("enode://{key}@{remote}"));
        }
    }
}
