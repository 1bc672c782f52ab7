//! The README's enum and handler, and the finished node, with the peers of other languages.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;

use p2p::prelude::*;
use p2p::{Cause, DisconnectReason, Enode, NodeKey, Server, Service};
use serde_json::json;
use tests::{LIMIT, bounded};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;

use super::process::Process;
use super::tools::Tool;

#[derive(Debug, Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Text(String),
}

/// The README's handler, which also notes what it is called with.
struct Foobar(UnboundedSender<String>);

#[async_trait]
impl MessageHandler for Foobar {
    async fn connected(&self, peer: &Peer<Message>) -> p2p::Result {
        peer.send(Message::Text("foo".into())).await?;
        Ok(())
    }

    async fn text(&self, peer: &Peer<Message>, text: String) -> p2p::Result {
        if text == "foo" {
            peer.send(Message::Text("bar".into())).await?;
        }
        self.0.send(text)?;
        Ok(())
    }

    async fn disconnected(&self, _: &Peer<Message>, cause: &Cause) {
        let _ = self.0.send(format!("disconnected: {cause}"));
    }
}

/// A protocol that has grown a message.
#[derive(Debug, Protocol)]
#[protocol(name = "foobar", versions = 1..=2)]
enum Grown {
    #[message(code = 0)]
    Text(String),
    #[message(code = 1, since = 2)]
    Count(u64),
}

struct Growing(UnboundedSender<String>);

#[async_trait]
impl GrownHandler for Growing {
    async fn text(&self, peer: &Peer<Grown>, text: String) -> p2p::Result {
        self.0
            .send(format!("{text} in version {}", peer.version()))?;
        Ok(())
    }

    async fn count(&self, _: &Peer<Grown>, _: u64) -> p2p::Result {
        Ok(())
    }
}

async fn serve<P: Protocol>(service: Service<P>) -> Server {
    let builder = Server::builder().private_key(NodeKey::random());
    let builder = builder.listen_addr("127.0.0.1:0").protocol(service);
    builder.start().await.expect("started")
}

async fn hear(heard: &mut UnboundedReceiver<String>) -> String {
    bounded(heard.recv()).await.expect("something")
}

/// Both ends say foo and answer bar; then the peer stops.
async fn exchange(tool: Tool, we_dial: bool) {
    let (sink, mut heard) = mpsc::unbounded_channel();
    let server = serve(Message::handled_by(Foobar(sink))).await;
    let url = server.enode().to_string();
    let mut theirs = match (tool, we_dial) {
        (_, true) => Process::listen(tool, &[]).await,
        (Tool::Js, false) => {
            let at = format!("127.0.0.1:{}", server.enode().tcp_port());
            let key = server.public_key().to_string();
            Process::listen(tool, &["--dial", &at, "--remote", &key]).await
        }
        (_, false) => Process::listen(tool, &["--static", &url]).await,
    };
    if we_dial {
        let connected = bounded(server.connect(&theirs.enode)).await;
        connected.expect("connected");
    }
    theirs.process.expect_text("foo").await;
    assert_eq!(hear(&mut heard).await, "bar");
    theirs.process.send_text("foo").await;
    assert_eq!(hear(&mut heard).await, "foo");
    theirs.process.expect_text("bar").await;
    drop(theirs);
    let end = hear(&mut heard).await;
    assert!(end.starts_with("disconnected: "), "{end}");
}

#[tokio::test]
async fn a_derived_protocol_dials_go_ethereum() {
    exchange(Tool::GoServer, true).await;
}

#[tokio::test]
async fn go_ethereum_dials_a_derived_protocol() {
    exchange(Tool::GoServer, false).await;
}

#[tokio::test]
async fn ethereumjs_talks_to_a_derived_protocol_that_dials() {
    exchange(Tool::Js, true).await;
}

#[tokio::test]
async fn ethereumjs_talks_to_a_derived_protocol_that_listens() {
    exchange(Tool::Js, false).await;
}

#[tokio::test]
async fn the_highest_version_shared_with_go_ethereum_is_spoken() {
    for (offered, spoken) in [
        (&["foobar/1/1"][..], Some(1)),
        (&["foobar/2/2"][..], Some(2)),
        (&["foobar/1/1", "foobar/2/2", "foobar/3/9"][..], Some(2)),
        (&["foobar/3/9"][..], None),
    ] {
        let (sink, mut heard) = mpsc::unbounded_channel();
        let server = serve(Grown::handled_by(Growing(sink))).await;
        let mut flags = Vec::new();
        for protocol in offered {
            flags.extend(["--protocol", protocol]);
        }
        let mut theirs = Process::listen(Tool::GoServer, &flags).await;
        let connected = bounded(server.connect(&theirs.enode)).await;
        let Some(version) = spoken else {
            let error = connected.expect_err("nothing shared").to_string();
            let reason = DisconnectReason::UselessPeer.to_string();
            assert!(
                error.contains(&reason) || error.contains("no protocol is shared"),
                "{error}"
            );
            continue;
        };
        let id = connected.expect("connected").node_id;
        let peers = server.protocol::<Grown>().expect("spoken");
        assert_eq!(peers.find(&id).expect("there").version(), version);
        theirs.process.expect("peer", json!({})).await;
        theirs.process.send_text("foo").await;
        assert_eq!(hear(&mut heard).await, format!("foo in version {version}"));
    }
}

/// The example of the README as a program, started with flags.
#[tokio::test]
async fn the_finished_node_is_dialed_by_go_ethereum() {
    let mut node = std::process::Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--package",
            "examples",
            "--example",
            "foobar",
            "--",
        ])
        .args(["--listen", "127.0.0.1:0", "--name", "finished"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map(Killed)
        .expect("cargo");
    let output = node.0.stdout.take().expect("piped");
    let lines = Arc::new(std::sync::Mutex::new(BufReader::new(output).lines()));
    let line = || {
        let lines = lines.clone();
        let next = move || lines.lock().expect("not poisoned").next();
        async move {
            // It may have to be compiled first.
            let line = timeout(2 * LIMIT, tokio::task::spawn_blocking(next)).await;
            line.expect("in time")
                .expect("joined")
                .expect("a line")
                .expect("text")
        }
    };
    let enode: Enode = line().await.parse().expect("an enode URL");
    let mut theirs = Process::listen(Tool::GoServer, &["--static", &enode.to_string()]).await;
    theirs.process.expect_text("foo").await;
    theirs.process.send_text("foo").await;
    theirs.process.expect_text("bar").await;
    assert!(line().await.contains("connected with"));
}

/// A child that does not outlive its test.
struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
