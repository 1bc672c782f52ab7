//! The runs of `../transcripts` with go-ethereum itself; with `RECORD_TRANSCRIPTS=1` they are recorded.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use p2p::{Enode, NodeKey};
use serde_json::json;
use tests::LIMIT;
use tests::script::{self, OUR_KEY, PEER_KEY, Wire};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::process::{Listening, Process};
use super::tools::Tool;

#[tokio::test]
async fn the_pure_layers_dial_go_ethereum() {
    let theirs = go_ethereum().await;
    let address = ("127.0.0.1", theirs.enode.tcp_port());
    let stream = TcpStream::connect(address).expect("it listens");
    let recorded = run(theirs, stream, script::we_dial).await;
    keep("we_dial.txt", "We dial go-ethereum", &recorded);
}

#[tokio::test]
async fn go_ethereum_dials_the_pure_layers() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = listener.local_addr().expect("bound");
    let mut theirs = go_ethereum().await;
    let key = NodeKey::from_bytes(&OUR_KEY).expect("a key");
    let enode = Enode::new(*key.public_key(), address).to_string();
    let dial = json!({"cmd": "dial-once", "enode": enode});
    theirs.process.tell(dial).await;
    let accepted = spawn_blocking(move || listener.accept()).await;
    let (stream, _) = accepted.expect("no panic").expect("a connection");
    let recorded = run(theirs, stream, script::peer_dials).await;
    keep("peer_dials.txt", "go-ethereum dials us", &recorded);
}

async fn go_ethereum() -> Listening {
    let key = hex(&PEER_KEY);
    Process::listen(Tool::GoServer, &["--key", &key]).await
}

/// Plays a script with the peer, and gives what went over the wire.
async fn run(
    mut theirs: Listening,
    stream: TcpStream,
    script: impl FnOnce(&mut Recorder) + Send + 'static,
) -> String {
    stream.set_read_timeout(Some(LIMIT)).expect("set");
    let (cues, mut cued) = mpsc::unbounded_channel();
    let mut recorder = Recorder {
        stream,
        cues,
        coming: Vec::new(),
        lines: String::new(),
    };
    let playing = spawn_blocking(move || {
        script(&mut recorder);
        recorder.lines
    });
    theirs.process.expect("peer", json!({})).await;
    // It ends with the script.
    while let Some(command) = cued.recv().await {
        theirs.process.tell(command).await;
    }
    playing.await.expect("the script is kept to")
}

fn keep(file: &str, what: &str, lines: &str) {
    if std::env::var_os("RECORD_TRANSCRIPTS").is_none() {
        return;
    }
    let version = include_str!("go/go.mod")
        .lines()
        .find_map(|line| line.trim().strip_prefix("github.com/ethereum/go-ethereum "))
        .expect("a version");
    let text = format!(
        "# {what} ({version}): recorded by interop/record.rs, replayed by transcripts/main.rs.\n{lines}"
    );
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
    fs::write(folder.join(file), text).expect("written");
}

/// A connection that notes all that goes over it.
struct Recorder {
    stream: TcpStream,
    cues: mpsc::UnboundedSender<serde_json::Value>,
    coming: Vec<u8>,
    lines: String,
}

impl Recorder {
    fn note(&mut self, direction: char, label: &str, bytes: &[u8]) {
        let _ = writeln!(self.lines, "{direction} {label} {}", hex(bytes));
    }
}

impl Wire for Recorder {
    fn send(&mut self, label: &str, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("sent");
        self.note('>', label, bytes);
    }

    fn receive(&mut self, buffer: &mut Vec<u8>, length: usize) {
        let start = buffer.len();
        buffer.resize(length, 0);
        let read = self.stream.read_exact(&mut buffer[start..]);
        read.expect("as much comes as is announced");
        self.coming.extend(&buffer[start..]);
    }

    fn received(&mut self, label: &str) {
        let bytes = std::mem::take(&mut self.coming);
        self.note('<', label, &bytes);
    }

    fn cue(&mut self, command: &str) {
        let command = serde_json::from_str(command).expect("JSON");
        self.cues.send(command).expect("somebody listens");
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
