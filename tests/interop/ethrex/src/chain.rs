//! The chain that ethrex serves: of the same files as geth's.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ethrex_blockchain::Blockchain;
use ethrex_blockchain::fork_choice::apply_fork_choice;
use ethrex_common::types::Block;
use ethrex_rlp::decode::RLPDecode;
use ethrex_storage::{EngineType, Store};
use serde_json::{Value, json};

use super::Result;

/// Reads `genesis.json` and imports the blocks of `chain.rlp` up to this one.
pub(crate) async fn import(folder: &Path, head: u64) -> Result<(Store, Arc<Blockchain>)> {
    let genesis = serde_json::from_slice(&fs::read(folder.join("genesis.json"))?)?;
    let mut store = Store::new("", EngineType::InMemory)?;
    store.add_initial_state(genesis).await?;
    let blockchain = Arc::new(Blockchain::default_with_store(store.clone()));

    let encoded = fs::read(folder.join("chain.rlp"))?;
    let mut rest = &encoded[..];
    let mut last = None;
    while !rest.is_empty() {
        let (block, after) = Block::decode_unfinished(rest)?;
        rest = after;
        let number = block.header.number;
        if number > head {
            break;
        }
        last = Some(block.hash());
        let imported = blockchain.add_block(block);
        imported.map_err(|error| format!("block {number}: {error}"))?;
    }
    if let Some(hash) = last {
        apply_fork_choice(&store, hash, hash, hash, None).await?;
    }
    // Only then it takes and sends transactions.
    blockchain.set_synced();
    Ok((store, blockchain))
}

/// What a peer needs to be let in, in the words of geth's event.
pub(crate) async fn facts(store: &Store) -> Result<Value> {
    let number = store.get_latest_block_number().await?;
    let genesis = store.get_block_header(0)?.ok_or("no genesis")?;
    let head = store.get_block_header(number)?.ok_or("no head")?;
    let fork = store.get_fork_id().await?;
    let config = store.get_chain_config();
    let (by_block, by_time) = config.gather_forks(genesis.clone());
    Ok(json!({
        "network": config.chain_id,
        "genesis": hex::encode(genesis.hash()),
        "genesis_time": genesis.timestamp,
        "forks_by_block": by_block,
        "forks_by_time": by_time,
        "head": number,
        "head_hash": hex::encode(head.hash()),
        "fork_hash": hex::encode(fork.fork_hash),
        "fork_next": fork.fork_next,
    }))
}
