//! A node in a process of its own, with its settings in a file.

#![allow(clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use p2p::prelude::*;
use p2p::{ConnectError, DisconnectReason, Enode, NodeKey, Server};
use tests::bounded;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{OnceCell, mpsc};

/// The protocol of `examples/foobar.rs`.
#[derive(Debug, Protocol)]
#[protocol(name = "foobar", version = 1)]
enum Message {
    Text(String),
}

/// Tells the test what it hears.
struct Ear(mpsc::Sender<String>);

#[async_trait]
impl MessageHandler for Ear {
    async fn text(&self, _: &Peer<Message>, text: String) -> p2p::Result {
        self.0.send(text).await?;
        Ok(())
    }
}

/// `examples/foobar.rs`, compiled as it is now.
async fn foobar() -> Command {
    static BUILT: OnceCell<PathBuf> = OnceCell::const_new();
    let build = || async {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args([
                "build",
                "--quiet",
                "--locked",
                "--workspace",
                "--example",
                "foobar",
            ])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .status();
        assert!(status.await.expect("cargo runs").success(), "it compiles");
        // This test is in `target/debug/deps`.
        let test = std::env::current_exe().expect("a path");
        let profile = test.ancestors().nth(2).expect("a folder");
        let program = format!("foobar{}", std::env::consts::EXE_SUFFIX);
        profile
            .with_file_name("debug")
            .join("examples")
            .join(program)
    };
    let mut command = Command::new(BUILT.get_or_init(build).await);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Runs it to its end.
async fn output(args: &[&str]) -> Output {
    let running = foobar().await.args(args).output();
    bounded(running).await.expect("it runs")
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("p2p-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("created");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        text_of(&path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text_of(path: &Path) -> String {
    path.to_str().expect("text").to_owned()
}

/// The URL that a node prints first.
async fn enode(node: &mut Child) -> Enode {
    let stdout = node.stdout.take().expect("piped");
    let mut lines = BufReader::new(stdout).lines();
    let line = bounded(lines.next_line()).await;
    let line = line.expect("readable").expect("a line");
    // Goes on reading, or the node could not print what is said.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    line.parse().expect("an enode URL")
}

async fn server(name: &str) -> (Server, mpsc::Receiver<String>) {
    let (sender, heard) = mpsc::channel(8);
    let server = Server::builder()
        .private_key(NodeKey::random())
        .name(name)
        .protocol(Message::handled_by(Ear(sender)))
        .start();
    (server.await.expect("started"), heard)
}

#[tokio::test]
async fn a_node_follows_its_file_and_flags() {
    let folder = Folder::new("node-runs");
    let key = text_of(&folder.0.join("node.key"));
    let config = folder.write(
        "node.toml",
        &format!(
            "key = {key:?}\nname = \"from the file\"\nmax_peers = 9\nnet_restrict = [\"127.0.0.0/8\"]\n\
             listen = \"127.0.0.1:0\"\n"
        ),
    );
    let mut node = foobar().await;
    node.args(["--config", &config, "--max-peers", "1"]);
    let mut node = node.spawn().expect("started");
    let enode = enode(&mut node).await;
    let kept = NodeKey::load(&key).expect("the key that the file names");
    assert_eq!(enode.public_key(), kept.public_key());

    let (first, mut heard) = server("first").await;
    let peer = bounded(first.connect(&enode)).await.expect("connected");
    assert_eq!(peer.client, "from the file");
    assert_eq!(heard.recv().await.as_deref(), Some("foo"));

    // The flag leaves room for one.
    let (second, _) = server("second").await;
    let refused = second.connect(&enode).await.expect_err("no room");
    assert!(
        matches!(
            refused,
            ConnectError::Disconnected(DisconnectReason::TooManyPeers)
        ),
        "{refused}"
    );

    #[cfg(unix)]
    {
        let id = node.id().expect("running").to_string();
        let killed = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(killed.expect("kill runs").success());
        let status = bounded(node.wait()).await.expect("it ends");
        assert_eq!(status.code(), Some(0));
    }
}

#[tokio::test]
async fn a_bad_file_stops_a_node_with_its_mistakes() {
    let folder = Folder::new("node-bad");
    let key = folder.0.join("node.key");
    let text = format!("max_peer = 5\nkey = {key:?}\nno_dial = 1\n");
    let config = folder.write("node.toml", &text);
    let ended = output(&["--config", &config]).await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stdout.is_empty(), "{ended:?}");
    let told = String::from_utf8_lossy(&ended.stderr).replace(&config, "node.toml");
    assert_eq!(
        told,
        "Error: node.toml has 2 mistakes:\n\
         node.toml:1:1: there is no setting max_peer; did you mean max_peers?\n\
         node.toml:3:11: no_dial takes a truth value, as true; this is a number\n"
    );
    assert!(!key.exists());
}

#[tokio::test]
async fn a_wrong_flag_ends_with_status_two() {
    let ended = output(&["--max-peers", "0"]).await;
    assert_eq!(ended.status.code(), Some(2));
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains("must be at least 1"), "{told}");
}

#[tokio::test]
async fn a_printed_file_prints_itself() {
    let folder = Folder::new("node-prints");
    let first = output(&[
        "--print-config",
        "--max-peers",
        "7",
        "--ping-interval",
        "1m1s",
    ])
    .await;
    let text = String::from_utf8(first.stdout).expect("text");
    assert!(
        text.contains("\nmax_peers = 7\n") && text.contains("\nping_interval = \"1m1s\"\n"),
        "{text}"
    );
    let config = folder.write("node.toml", &text);
    let ended = output(&["--config", &config, "--print-config"]).await;
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stdout), text);
}
