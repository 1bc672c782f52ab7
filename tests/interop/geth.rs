//! geth: the example's client downloads its chain in every version, and hears of its transactions.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use alloy_eips::BlockHashOrNumber;
use alloy_primitives::{B256, keccak256};
use eth::client::News;
use eth::download::{DownloadError, Progress, download};
use eth::eth::Eth;
use eth::snap::Snap;
use eth::types::GetBlockHeaders;
use p2p::{DisconnectReason, ServeExt};
use serde_json::{Value, json};
use tests::assert_ended_by_peer;

use super::clients::{Client, hash, listening, met, on_another_chain};
use super::node::Node;
use super::process::{number, text};
use super::tools::Tool;

/// The headers of geth's blocks from this one on.
async fn blocks(geth: &mut Client, first: u64, count: u64) -> Vec<Value> {
    let ask = json!({"cmd": "block", "number": first, "count": count});
    geth.process.tell(ask).await;
    let mut blocks = Vec::new();
    for number in first..first + count {
        let wanted = json!({"number": number});
        blocks.push(geth.process.expect("block", wanted).await);
    }
    blocks
}

#[tokio::test]
async fn each_version_downloads_all_of_geths_chain() {
    let mut geth = Client::start(Tool::Geth, &[]).await;
    let all = blocks(&mut geth, 0, 601).await;
    let sum = |field| all.iter().filter_map(|block| block[field].as_u64()).sum();
    let expected = Progress {
        headers: 601,
        bodies: 601,
        transactions: sum("transactions"),
        withdrawals: sum("withdrawals"),
    };
    assert!(expected.transactions > 500 && expected.withdrawals > 0);
    for version in 69..=72 {
        let met = geth.meet(&[version]).await;
        assert_eq!(met.peer.version(), version);
        assert_eq!(met.status.latest_block_hash, hash(&geth.facts, "head_hash"));
        let head = (met.status.latest_block, met.status.latest_block_hash);
        let mut seen = Vec::new();
        let done = download(&met.peer, head, 0, |progress| seen.push(progress)).await;
        assert_eq!(done.expect("all is as asked"), expected, "eth/{version}");
        assert!(seen.len() > 1, "progress is told");
        assert_eq!(seen.last(), Some(&expected));
        met.node.server.shutdown().await;
    }
    // Of all versions the highest is spoken.
    assert_eq!(geth.meet(&[69, 70, 71, 72]).await.peer.version(), 72);
}

#[tokio::test]
async fn geth_hashes_the_bytes_of_its_headers() {
    let mut geth = Client::start(Tool::Geth, &[]).await;
    let block = blocks(&mut geth, 100, 1).await.remove(0);
    let met = geth.meet(&[72]).await;
    let headers = met.peer.request(GetBlockHeaders {
        start: BlockHashOrNumber::Number(100),
        amount: 3,
        skip: 9,
        reverse: false,
    });
    let headers = headers.await.expect("answered");
    let numbers: Vec<u64> = headers.iter().map(|header| header.number).collect();
    assert_eq!(numbers, [100, 110, 120]);
    assert_eq!(headers[0].hash_slow(), hash(&block, "hash"));
    let bytes = alloy_rlp::encode(&headers[0]);
    assert_eq!(alloy_primitives::hex::encode(bytes), text(&block, "header"));
}

#[tokio::test]
async fn a_header_not_asked_for_ends_the_download() {
    let geth = Client::start(Tool::Geth, &[]).await;
    let met = geth.meet(&[69]).await;
    // The right hash under a wrong number, and one that nobody has.
    let head = met.status.latest_block_hash;
    let error = download(&met.peer, (601, head), 0, |_| ()).await;
    assert!(
        matches!(error, Err(DownloadError::OtherHeader { number: 600, .. })),
        "{error:?}"
    );
    let error = download(&met.peer, (600, B256::repeat_byte(1)), 0, |_| ()).await;
    assert!(
        matches!(error, Err(DownloadError::Headers { found: 0, .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn receipts_come_in_parts_if_the_version_can() {
    /// Its receipts take 10 MiB.
    const LARGE: u64 = 14;
    let mut geth = Client::start(Tool::Geth, &[]).await;
    let block = blocks(&mut geth, LARGE, 1).await.remove(0);
    let hash = hash(&block, "hash");
    let expected = number(&block, "receipts");

    let met = geth.meet(&[69]).await;
    let receipts = met.peer.request(Eth::get_receipts69(vec![hash])).await;
    let [whole] = &receipts.expect("answered")[..] else {
        panic!("one block was asked for");
    };
    assert_eq!(whole.len() as u64, expected);

    let met = geth.meet(&[70]).await;
    let mut parts = Vec::new();
    let mut asked = 0;
    loop {
        let first = parts.len() as u64;
        let call = Eth::get_receipts(first, vec![hash]);
        let (incomplete, mut blocks) = met.peer.request(call).await.expect("answered");
        parts.append(&mut blocks.remove(0));
        asked += 1;
        if !incomplete {
            break;
        }
    }
    assert!(asked > 1, "all came at once");
    assert_eq!(&parts, whole);
}

#[tokio::test]
async fn old_transactions_are_announced_and_new_ones_sent() {
    for version in [71, 72] {
        let mut geth = Client::start(Tool::Geth, &[]).await;
        geth.process.tell(json!({"cmd": "submit"})).await;
        let before = geth.process.expect("submitted", json!({})).await;
        let mut met = geth.meet(&[version]).await;
        let announced = |news: &News| match news {
            News::Announced(hashes, fetched) => Some((hashes.clone(), *fetched)),
            _ => None,
        };
        let heard = met.news.expect("an announcement", announced).await;
        assert_eq!(heard, (vec![hash(&before, "hash")], 1), "eth/{version}");

        geth.process.tell(json!({"cmd": "submit"})).await;
        let later = geth.process.expect("submitted", json!({})).await;
        let sent = |news: &News| match news {
            News::Sent(hashes) => Some(hashes.clone()),
            _ => None,
        };
        let heard = met.news.expect("a transaction", sent).await;
        assert_eq!(heard, [hash(&later, "hash")], "eth/{version}");

        // One that is too large to be sent to everybody.
        let submit = json!({"cmd": "submit", "size": 8000});
        geth.process.tell(submit).await;
        let large = geth.process.expect("submitted", json!({})).await;
        let heard = met.news.expect("an announcement", announced).await;
        assert_eq!(heard, (vec![hash(&large, "hash")], 1), "eth/{version}");
    }
}

#[tokio::test]
async fn new_blocks_change_the_range_that_geth_tells() {
    let mut geth = Client::start(Tool::Geth, &["--head", "500"]).await;
    let mut met = geth.meet(&[70]).await;
    geth.process
        .tell(json!({"cmd": "extend", "number": 600}))
        .await;
    let extended = geth.process.expect("extended", json!({})).await;
    let range = |news: &News| match news {
        News::Range(first, last, hash) => Some((*first, *last, *hash)),
        _ => None,
    };
    let heard = met.news.expect("a range", range).await;
    assert_eq!(heard, (0, 600, hash(&extended, "head_hash")));
}

#[tokio::test]
async fn geth_and_we_refuse_each_others_chain() {
    let mut geth = Client::start(Tool::Geth, &[]).await;
    let (service, _news) = listening(Some(eth::chain::Chain::mainnet()));
    let node = Node::start_with(|builder, _| builder.protocol(service)).await;
    let refused = node
        .connect(&geth.enode())
        .await
        .expect_err("another chain");
    let refused = refused.to_string();
    // It depends on who reads the other's Status first.
    let expected = ["the peer is on network", "the peer disconnected"];
    assert!(
        expected.iter().any(|text| refused.contains(text)),
        "{refused}"
    );
    geth.process.expect("drop", json!({})).await;

    // A Status of another chain from a peer that does not read geth's.
    let foreign = on_another_chain(geth.chain().status(72));
    let mut node = Node::start_with(|builder, _| builder.protocol(foreign)).await;
    node.connect(&geth.enode()).await.expect("connected");
    let dropped = geth.process.expect("drop", json!({"requested": false}));
    let error = text(&dropped.await, "error").to_owned();
    assert!(error.starts_with("genesis mismatch"), "{error}");
    let cause = node.dropped().await;
    assert_ended_by_peer(&cause, DisconnectReason::ProtocolError);
}

/// `snap` beside `eth` on one connection, in each of its versions.
#[tokio::test]
async fn accounts_and_codes_come_over_snap_beside_eth() {
    let geth = Client::start(Tool::Geth, &[]).await;
    for version in 1..=2 {
        let (service, mut news) = listening(Some(geth.chain()));
        let snap = Snap::run(|_, mut inbox| async move {
            while inbox.recv().await.is_ok() {}
            Ok(())
        });
        let snap = snap.versions([version]);
        let node = Node::start_with(|builder, _| builder.protocol(service).protocol(snap)).await;
        node.connect(&geth.enode()).await.expect("connected");
        let (peer, status) = met(&mut news).await;
        let headers = peer.request(GetBlockHeaders {
            start: status.latest_block_hash.into(),
            amount: 1,
            skip: 0,
            reverse: false,
        });
        let root = headers.await.expect("answered")[0].state_root;
        let snap = peer.protocol::<Snap>().expect("spoken");
        assert_eq!(snap.version(), version);
        let all = Snap::get_account_range(root, B256::ZERO, B256::repeat_byte(0xff), 1 << 20);
        let (accounts, _proof) = snap.request(all).await.expect("answered");
        assert!(!accounts.is_empty(), "snap/{version}: no accounts");
        assert!(accounts.is_sorted_by_key(|account| account.hash));
        let codes = accounts.iter().map(|account| &account.body.code_hash);
        let codes: Vec<B256> = codes
            .filter(|hash| !hash.is_empty())
            .map(|hash| B256::from_slice(hash))
            .take(5)
            .collect();
        assert!(!codes.is_empty());
        let call = Snap::get_byte_codes(codes.clone(), 1 << 20);
        let found = snap.request(call).await.expect("answered");
        let found: Vec<B256> = found.iter().map(keccak256).collect();
        assert_eq!(found, codes);
        node.server.shutdown().await;
    }
}

/// The example as a program, started with flags.
#[tokio::test(flavor = "multi_thread")]
async fn the_example_downloads_the_chain_as_a_program() {
    let geth = Client::start(Tool::Geth, &["--head", "500"]).await;
    let facts = &geth.facts;
    let mut program = std::process::Command::new(env!("CARGO"));
    program
        .args(["run", "--quiet", "--package", "example-eth"])
        .args(["--example", "eth", "--", "--exit", "--blocks", "400"])
        .args(["--peer", &geth.enode().to_string()])
        .args(["--genesis", text(facts, "genesis")])
        .args(["--network", &number(facts, "network").to_string()]);
    for time in facts["forks_by_time"].as_array().expect("a list") {
        program.args(["--fork-time", &time.to_string()]);
    }
    program
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped());
    let ran = tokio::task::spawn_blocking(move || {
        let mut child = program.spawn().expect("cargo");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let lines: Vec<String> = output.lines().map(|line| line.expect("text")).collect();
        (child.wait().expect("it ends"), lines)
    });
    let (status, lines) = ran.await.expect("joined");
    assert!(status.success(), "{lines:#?}");
    assert!(
        lines[0].contains(" speaks eth/72 on network "),
        "{lines:#?}"
    );
    let head = text(facts, "head_hash");
    assert_eq!(lines[1], format!("has blocks 0 to 500, 0x{head}"));
    let last = lines.last().expect("lines");
    let expected = "400 headers and 400 bodies from 500 down to 101, all as asked, with ";
    assert!(last.starts_with(expected), "{lines:#?}");
}
