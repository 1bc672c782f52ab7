//! Runs the node under callgrind, and its peers.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use p2p::{Enode, NodeKey};
use serde_json::Value;
use tests::bounded;
use tests::hand::{self, FIRST_ID, Hand};

/// The ids of the message whose method returns, and of the one whose method does not.
const RETURNED: u64 = FIRST_ID;
const COUNTED: u64 = FIRST_ID + 1;

/// A list of 32 bytes.
const PAYLOAD: [u8; 34] = {
    let mut payload = [7; 34];
    payload[0] = 0xe1;
    payload[1] = 0xa0;
    payload
};

/// Messages that a peer sends first. They take long enough for all to be done that a new peer brings with it.
const WARM: usize = 8;

/// Builds the node without optimisation, so that no function is put into another, and gives its program.
pub(crate) fn build() -> Result<PathBuf, String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--package", "tests", "--bin", "path-node"])
        .args(["--config", "profile.dev.package.p2p.opt-level=0"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit());
    let output = cargo.output().map_err(|error| format!("cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let mut programs =
        messages.filter_map(|message: Value| Some(message["executable"].as_str()?.into()));
    programs
        .next()
        .ok_or_else(|| "the node can't be built".to_owned())
}

/// Runs the node with peers that send it messages, and gives what callgrind writes.
pub(crate) fn run(node: &Path, peers: u64) -> Result<String, String> {
    let counts = node.with_extension("callgrind");
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--zero-before=*start_counting*"])
        .args(["--compress-strings=no", "--compress-pos=no"])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(node)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = valgrind
        .spawn()
        .map_err(|error| format!("calls are counted by Valgrind: {error}; install valgrind"))?;
    let mut input = child.stdin.take().ok_or("the node has no input")?;
    let output = child.stdout.take().ok_or("the node has no output")?;
    let sent = send(&mut input, &mut BufReader::new(output), peers);
    // The node ends with its input.
    drop(input);
    let mut said = String::new();
    if let Some(mut errors) = child.stderr.take() {
        let _ = errors.read_to_string(&mut said);
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if sent.is_err() || !status.success() {
        return Err(format!("{sent:?}, {status}: {said}"));
    }
    std::fs::read_to_string(&counts).map_err(|error| format!("{}: {error}", counts.display()))
}

/// Sends to a node, one message at a time.
fn send(
    input: &mut ChildStdin,
    output: &mut BufReader<ChildStdout>,
    peers: u64,
) -> Result<(), String> {
    let node = line(output)?;
    let node: Enode = node.parse().map_err(|error| format!("{node}: {error}"))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let address = ([127, 0, 0, 1], node.tcp_port()).into();
    let mut hands: Vec<Hand> = Vec::new();
    for _ in 0..peers {
        let key = NodeKey::random();
        let dialed = hand::dial(&key, address, *node.public_key());
        let mut hand = runtime.block_on(bounded(dialed));
        for _ in 0..WARM {
            runtime.block_on(hand.send(RETURNED, &PAYLOAD));
            expect(output, "handled")?;
        }
        hands.push(hand);
    }
    writeln!(input, "count").map_err(|error| error.to_string())?;
    expect(output, "counting")?;
    for hand in &mut hands {
        runtime.block_on(hand.send(COUNTED, &PAYLOAD));
        expect(output, "handled")?;
    }
    Ok(())
}

fn expect(output: &mut BufReader<ChildStdout>, expected: &str) -> Result<(), String> {
    let said = line(output)?;
    if said == expected {
        Ok(())
    } else {
        Err(format!("the node says {said:?}, expected {expected:?}"))
    }
}

fn line(output: &mut BufReader<ChildStdout>) -> Result<String, String> {
    let mut line = String::new();
    output
        .read_line(&mut line)
        .map_err(|error| error.to_string())?;
    Ok(line.trim_end().to_owned())
}
