//! Payloads of many sizes, compressible and not, both ways and back.
//!
//! On two threads, because one that is busy for long with a large frame can't ping, and without
//! optimisation on a busy machine that may take longer than go-ethereum waits.

use std::fmt::Write as _;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::node::Node;
use super::process::{Listening, Process, number, text};
use super::text::{Foobar, Text};
use super::tools::Tool;

const KIB: usize = 1024;
pub(crate) const MIB: usize = 1024 * KIB;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_ethereum_and_we_exchange_32_bytes() {
    exchange(Tool::GoServer, 32, &["zero", "random", "rlp"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_ethereum_and_we_exchange_64_kib() {
    exchange(Tool::GoServer, 64 * KIB, &["zero", "random", "rlp"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_ethereum_and_we_exchange_1_mib() {
    exchange(Tool::GoServer, MIB, &["zero", "random", "rlp"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn go_ethereum_and_we_exchange_15_mib() {
    exchange(Tool::GoServer, 15 * MIB, &["zero", "random"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ethereumjs_and_we_exchange_64_kib() {
    exchange(Tool::Js, 64 * KIB, &["zero", "random"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ethereumjs_and_we_exchange_1_mib() {
    exchange(Tool::Js, MIB, &["zero", "random"]).await;
}

/// As much that can't be compressed takes it so long that it misses our pongs meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ethereumjs_and_we_exchange_15_mib() {
    exchange(Tool::Js, 15 * MIB, &["zero"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trinity_and_we_exchange_1_mib() {
    exchange(Tool::Py, MIB, &["zero", "random"]).await;
}

async fn exchange(peer: Tool, size: usize, kinds: &[&str]) {
    let mut ours = Node::start().await;
    let mut theirs = Process::listen(peer, &[]).await;
    ours.connect(&theirs.enode).await.expect("connected");
    ours.served::<Foobar>().await;
    theirs.process.expect("peer", json!({})).await;
    for kind in kinds {
        there_and_back(&mut ours, &mut theirs, &payload(kind, size)).await;
        here_and_back(&mut ours, &mut theirs, kind, size).await;
    }
}

/// We send, and get it back.
async fn there_and_back(ours: &mut Node, theirs: &mut Listening, body: &[u8]) {
    let sent = [b"echo:", body].concat();
    let came = json!({"length": sent.len(), "sha256": sha256(&sent)});
    let echo = Text::<Foobar>::new(sent);
    ours.send(&theirs.id(), echo).await;
    theirs.process.expect("message", came).await;
    let back = ours.message::<Foobar>().await.text;
    assert!(back.as_deref() == Some(body), "another text came back");
}

/// They send, and get it back.
async fn here_and_back(ours: &mut Node, theirs: &mut Listening, kind: &str, size: usize) {
    let send = json!({"cmd": "send-bytes", "size": size, "kind": kind, "prefix": "echo:"});
    theirs.process.tell(send).await;
    let sent = theirs.process.expect("sent", json!({"peers": 1})).await;
    let came = ours.message::<Foobar>().await.text.expect("a text");
    assert_eq!(came.len() as u64, number(&sent, "length"));
    assert_eq!(sha256(&came), text(&sent, "sha256"));
    let back = json!({"length": size, "sha256": sent["body_sha256"]});
    theirs.process.expect("message", back).await;
}

/// As the other peers make it: `zero` compresses to almost nothing, `random` not at all, `rlp` by half.
pub(crate) fn payload(kind: &str, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    let step = match kind {
        "zero" => return bytes,
        "random" => 8,
        "rlp" => 16,
        _ => panic!("unknown kind {kind}"),
    };
    let mut state = 1_u64;
    for chunk in bytes.chunks_mut(step) {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let length = chunk.len().min(8);
        chunk[..length].copy_from_slice(&state.to_be_bytes()[..length]);
    }
    bytes
}

fn sha256(bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
