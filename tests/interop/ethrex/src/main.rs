//! An ethrex node's p2p over a chain in memory, driven over stdin; it reports over stdout, one JSON
//! object a line in both directions.

mod chain;

use std::collections::BTreeMap;
use std::error::Error;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ethrex_blockchain::Blockchain;
use ethrex_common::types::Transaction;
use ethrex_common::{H256, H512};
use ethrex_p2p::network::P2PContext;
use ethrex_p2p::peer_table::{PeerTable, PeerTableServer, PeerTableServerProtocol as _};
use ethrex_p2p::rlpx::connection::server::PeerConnection;
use ethrex_p2p::types::{NetworkConfig, Node};
use ethrex_p2p::utils::{node_id, public_key_from_signing_key};
use secp256k1::SecretKey;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

type Result<T, E = Box<dyn Error>> = std::result::Result<T, E>;

/// Most peers at a time.
const PEERS: usize = 10;

/// How often the table of peers is looked at: ethrex tells of no changes to it.
const LOOK: Duration = Duration::from_millis(20);

#[tokio::main]
async fn main() {
    if let Err(error) = run().await {
        emit(json!({"event": "error", "error": error.to_string()}));
        std::process::exit(1);
    }
}

async fn run() -> Result<()> {
    let mut folder = None;
    let mut head = u64::MAX;
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or(format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--chain" => folder = Some(PathBuf::from(value)),
            "--head" => head = value.parse()?,
            _ => return Err(format!("unknown flag {flag}: there are --chain, --head").into()),
        }
    }
    let folder = folder.ok_or("--chain FOLDER is missing")?;
    let (store, blockchain) = chain::import(&folder, head).await?;
    let mut first = chain::facts(&store).await?;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let signer = SecretKey::new(&mut secp256k1::rand::rngs::OsRng);
    let public = public_key_from_signing_key(&signer);
    let node = Node::new(address.ip(), address.port(), address.port(), public);
    let table = PeerTableServer::spawn(node_id(&public), PEERS, store.clone());
    let context = P2PContext::new(
        node.clone(),
        NetworkConfig::from_node(&node),
        TaskTracker::new(),
        signer,
        table.clone(),
        store,
        blockchain.clone(),
        "ethrex-peer".to_owned(),
        None,
        100,
        1000.0,
    )?;
    first["event"] = "listening".into();
    first["enode"] = node.enode_url().into();
    first["addr"] = address.to_string().into();
    first["id"] = hex::encode(public).into();
    emit(first);

    tokio::spawn(watch(table.clone()));
    tokio::spawn(accept(listener, context.clone()));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match obey(&line, &context, &blockchain).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => emit(json!({"event": "bad-command", "error": error.to_string()})),
        }
    }
    emit(json!({"event": "stopped"}));
    std::process::exit(0); // its actors have no other end
}

fn emit(event: Value) {
    println!("{event}");
}

/// Takes connections as ethrex's own listener does, which also opens a UDP socket and can't tell its port.
async fn accept(listener: TcpListener, context: P2PContext) {
    let slots = Arc::new(Semaphore::new(2 * PEERS));
    while let Ok((stream, peer)) = listener.accept().await {
        if let Ok(slot) = slots.clone().try_acquire_owned() {
            PeerConnection::spawn_as_receiver(context.clone(), peer, stream, slot);
        }
    }
}

/// Tells who is a peer and who is none any more.
async fn watch(table: PeerTable) {
    let mut known: BTreeMap<H256, H512> = BTreeMap::new();
    loop {
        tokio::time::sleep(LOOK).await;
        let Ok(all) = table.get_peers_data().await else {
            return;
        };
        known.retain(|id, key| {
            let stays = all.iter().any(|peer| peer.node.node_id() == *id);
            if !stays {
                emit(json!({"event": "drop", "id": hex::encode(key)}));
            }
            stays
        });
        for peer in all {
            let key = peer.node.public_key;
            if known.insert(peer.node.node_id(), key).is_none() {
                let caps = peer.supported_capabilities.iter();
                let caps = caps.map(|cap| format!("{}/{}", cap.protocol(), cap.version));
                emit(json!({
                    "event": "peer",
                    "id": hex::encode(key),
                    "name": peer.node.version,
                    "caps": caps.collect::<Vec<_>>(),
                    "inbound": peer.is_connection_inbound,
                }));
            }
        }
    }
}

/// Executes a command and tells whether to go on.
async fn obey(line: &str, context: &P2PContext, blockchain: &Blockchain) -> Result<bool> {
    let command: Value = serde_json::from_str(line)?;
    let text = |field: &str| {
        let missing = format!("{field} is missing: {line}");
        command[field].as_str().ok_or(missing)
    };
    match text("cmd")? {
        "dial" => {
            let node = Node::from_enode_url(text("enode")?)?;
            PeerConnection::spawn_as_initiator(context.clone(), &node);
        }
        "submit" => {
            let raw = hex::decode(text("payload")?)?;
            let transaction = Transaction::decode_canonical(&raw)?;
            let hash = blockchain.add_transaction_to_pool(transaction).await?;
            emit(json!({"event": "submitted", "hash": hex::encode(hash)}));
        }
        "peers" => {
            let count = context.table.peer_count().await?;
            emit(json!({"event": "peers", "count": count}));
        }
        "stop" => return Ok(false),
        other => return Err(format!("unknown command {other:?}").into()),
    }
    Ok(true)
}
