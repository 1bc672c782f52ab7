//! A peer in a process of its own: commands in, events out, a JSON object a line.

use std::process::Stdio;

use p2p::{Enode, NodeId, PublicKey};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

use super::tools::{self, Tool};
use super::watch::Watch;

/// A running peer, which is killed when it is dropped.
pub(crate) struct Process {
    _child: Child,
    stdin: ChildStdin,
    events: Watch<Value>,
}

/// A peer that listens.
pub(crate) struct Listening {
    pub(crate) process: Process,
    pub(crate) enode: Enode,
}

impl Process {
    /// Starts a peer, and builds or installs it before if no test has done so yet.
    pub(crate) async fn start(tool: Tool, arguments: &[&str]) -> Self {
        let mut command = Command::from(tools::command(tool).await);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} could not be started: {error}"));
        let stdin = child.stdin.take().expect("piped");
        let stdout = child.stdout.take().expect("piped");
        let (sender, events) = Watch::new(&format!("{tool:?} {}", arguments.join(" ")));
        tokio::spawn(async move {
            let mut lines = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let event = serde_json::from_str(&line)
                    .unwrap_or_else(|error| panic!("no JSON: {line:?}: {error}"));
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        Self {
            _child: child,
            stdin,
            events,
        }
    }

    /// Starts a peer that listens.
    pub(crate) async fn listen(tool: Tool, arguments: &[&str]) -> Listening {
        let mut process = Self::start(tool, arguments).await;
        let event = process.expect("listening", json!({})).await;
        let enode = text(&event, "enode").parse().expect("an enode URL");
        Listening { process, enode }
    }

    /// Sends a command.
    pub(crate) async fn tell(&mut self, command: Value) {
        let line = format!("{command}\n");
        let written = self.stdin.write_all(line.as_bytes()).await;
        written.expect("the peer reads commands");
    }

    /// Waits for an event with these fields, and perhaps others, and gives it whole.
    pub(crate) async fn expect(&mut self, event: &str, fields: Value) -> Value {
        let fields = fields.as_object().expect("an object").clone();
        let what = format!("{event} {fields:?}");
        let wanted = |came: &Value| {
            let same =
                came["event"] == event && fields.iter().all(|(name, value)| came[name] == *value);
            same.then(|| came.clone())
        };
        self.events.expect(what, wanted).await
    }

    /// How many of these events have come that nobody has waited for.
    pub(crate) fn count(&mut self, event: &str) -> usize {
        self.events.count(|came| came["event"] == event)
    }

    /// Waits for this text of the protocol foobar.
    pub(crate) async fn expect_text(&mut self, text: &str) {
        let fields = json!({"protocol": "foobar", "code": 0, "text": text});
        self.expect("message", fields).await;
    }

    /// Sends this text to all peers with which the protocol foobar is spoken: one.
    pub(crate) async fn send_text(&mut self, text: &str) {
        self.tell(json!({"cmd": "send", "protocol": "foobar", "text": text}))
            .await;
        self.expect("sent", json!({"text": text, "peers": 1})).await;
    }
}

impl Listening {
    pub(crate) fn key(&self) -> &PublicKey {
        self.enode.public_key()
    }

    pub(crate) fn id(&self) -> NodeId {
        self.key().node_id()
    }
}

/// A field of an event that is text.
pub(crate) fn text<'a>(event: &'a Value, field: &str) -> &'a str {
    event[field]
        .as_str()
        .unwrap_or_else(|| panic!("no text {field} in {event}"))
}

/// A field of an event that is a number.
pub(crate) fn number(event: &Value, field: &str) -> u64 {
    event[field]
        .as_u64()
        .unwrap_or_else(|| panic!("no number {field} in {event}"))
}
