//! What the messages of `eth` consist of, as far as alloy has no type for it.
//!
//! Source: devp2p, `caps/eth.md`.

use alloy_consensus::{EthereumTxEnvelope, Header, TxEip4844, TxEip4844WithSidecar};
use alloy_eips::BlockHashOrNumber;
use alloy_eips::eip4895::Withdrawal;
use alloy_eips::eip7594::BlobTransactionSidecarVariant;
use alloy_primitives::{B128, B256, Log};
use p2p::Rlp;

use crate::fork_id::ForkId;

/// A transaction as it stands in a block: without blobs.
pub type Transaction = EthereumTxEnvelope<TxEip4844>;

/// A transaction as it comes from a pool: a blob transaction has its sidecar, EIP-4844's or EIP-7594's.
pub type PooledTransaction =
    EthereumTxEnvelope<TxEip4844WithSidecar<BlobTransactionSidecarVariant>>;

/// A cell of an extended blob (EIP-7594): a 128th of it.
pub type Cell = [u8; 2048];

/// A set of cells. Cell `i` is bit `i % 8`, from the lowest, of byte `i / 8`.
pub type CellMask = B128;

/// How a node introduces itself.
#[derive(Debug, Clone, PartialEq, Rlp)]
pub struct Status {
    /// The version of `eth` that is spoken.
    pub version: u64,
    /// The network: 1 is mainnet.
    pub network_id: u64,
    /// The hash of the genesis block.
    pub genesis: B256,
    /// The forks that are passed and the next one.
    pub fork_id: ForkId,
    /// The number of the first block with body and receipts.
    pub earliest_block: u64,
    /// The number of the last one.
    pub latest_block: u64,
    /// The hash of the last one.
    pub latest_block_hash: B256,
}

/// A block's hash and number.
#[derive(Debug, Clone, PartialEq, Rlp)]
pub struct BlockNumber {
    /// The block's hash.
    pub hash: B256,
    /// The block's number.
    pub number: u64,
}

/// Which headers are wanted.
#[derive(Debug, Clone, PartialEq, Rlp)]
pub struct GetBlockHeaders {
    /// The first block, by its number or its hash.
    pub start: BlockHashOrNumber,
    /// The most headers to send. Any number may be asked for, and who serves sends fewer.
    pub amount: u64,
    /// Blocks to leave out between two headers.
    pub skip: u64,
    /// Whether numbers fall instead of rise.
    pub reverse: bool,
}

/// What a block has besides its header.
#[derive(Debug, Clone, PartialEq, Rlp)]
pub struct BlockBody {
    /// The transactions, as the header's `transactions-root` says.
    pub transactions: Vec<Transaction>,
    /// The uncles, as the header's `ommers-hash` says; none since the merge.
    #[field(max_items = 2)]
    pub ommers: Vec<Header>,
    /// Withdrawals from staking, since Shanghai.
    pub withdrawals: Option<Vec<Withdrawal>>,
}

/// What a transaction did, without the bloom filter that the logs give.
#[derive(Debug, Clone, PartialEq, Rlp)]
pub struct Receipt {
    /// The transaction's type.
    #[field(range(0..=0x7f))]
    pub tx_type: u8,
    /// Since Byzantium nothing for failure and the byte 1 for success, before it the state's root.
    #[field(max_len = 32)]
    pub status_or_state: Vec<u8>,
    /// Gas used in the block up to and including this transaction.
    pub cumulative_gas_used: u64,
    /// What the transaction logged.
    pub logs: Vec<Log>,
}
