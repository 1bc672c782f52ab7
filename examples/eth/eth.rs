//! The `eth` protocol, versions 69 to 72: chain, transactions and receipts between execution clients.
//!
//! Source: devp2p, `caps/eth.md`; EIP-7642 (eth/69), EIP-7975 (eth/70), EIP-8159 (eth/71), EIP-8070 (eth/72).

use alloy_consensus::{Block, Header};
use alloy_primitives::{B256, Bytes, U256};
use p2p::Protocol;
use p2p::rlp::Raw;

use crate::types::{
    BlockBody, BlockNumber, Cell, CellMask, GetBlockHeaders, PooledTransaction, Receipt, Status,
    Transaction,
};

/// What execution clients tell each other about the chain and the transactions that wait for it.
///
/// Both ends send a Status first. A reply may have less than was asked for, down to nothing: who
/// answers stops at about 2 MiB, and leaves out what it does not have.
#[derive(Debug, Clone, PartialEq, Protocol)]
#[protocol(name = "eth", versions = 69..=72, max_size = 16_777_215)]
pub enum Eth {
    /// Introduces a node: its network, its fork, and the blocks that it has.
    ///
    /// The first message in both directions, sent once.
    #[message(code = 0x00, transparent, max_size = 1024)]
    Status(Status),

    /// Names new blocks.
    ///
    /// Without use since the merge, and gone from a future version.
    #[message(code = 0x01, transparent)]
    NewBlockHashes(#[field(max_items = 1024)] Vec<BlockNumber>),

    /// Hands over transactions that the receiver isn't known to have.
    ///
    /// Sent to a few peers, and never with blobs: all others get the hashes.
    #[message(code = 0x02, transparent)]
    Transactions(#[field(max_items = 5000)] Vec<Transaction>),

    /// Asks for headers of the canonical chain, from a block on in steps.
    #[message(code = 0x03, reply = BlockHeaders)]
    GetBlockHeaders(GetBlockHeaders),

    /// The headers that were asked for, in the order of the request.
    #[message(code = 0x04)]
    BlockHeaders(#[field(max_items = 1024)] Vec<Header>),

    /// Asks for the bodies of blocks by the blocks' hashes.
    #[message(code = 0x05, reply = BlockBodies)]
    GetBlockBodies(#[field(max_items = 1024)] Vec<B256>),

    /// The bodies that were asked for, without those that are not there.
    #[message(code = 0x06)]
    BlockBodies(#[field(max_items = 1024)] Vec<BlockBody>),

    /// Hands over a whole new block.
    ///
    /// Without use since the merge, and gone from a future version.
    #[message(code = 0x07)]
    NewBlock {
        /// The block.
        block: Box<Block<Transaction>>,
        /// The sum of the difficulties of all blocks up to this one.
        total_difficulty: U256,
    },

    /// Names transactions that wait in the sender's pool, before eth/72.
    #[message(code = 0x08, until = 71)]
    NewPooledTransactionHashes71 {
        /// The type of each transaction, one byte each.
        #[field(max_len = 4096)]
        types: Bytes,
        /// Bytes of each transaction, blobs included.
        #[field(max_items = 4096)]
        sizes: Vec<u32>,
        /// The hash of each transaction.
        #[field(max_items = 4096)]
        hashes: Vec<B256>,
    },

    /// Names transactions that wait in the sender's pool, and the cells that it has of their blobs.
    #[message(code = 0x08, since = 72)]
    NewPooledTransactionHashes {
        /// The type of each transaction, one byte each.
        #[field(max_len = 4096)]
        types: Bytes,
        /// Bytes of each transaction, without its blobs.
        #[field(max_items = 4096)]
        sizes: Vec<u32>,
        /// The hash of each transaction.
        #[field(max_items = 4096)]
        hashes: Vec<B256>,
        /// The cells that the sender has of every blob of every transaction in the message.
        cells: CellMask,
    },

    /// Asks for transactions in the receiver's pool by their hashes.
    #[message(code = 0x09, reply = PooledTransactions)]
    GetPooledTransactions(#[field(max_items = 4096)] Vec<B256>),

    /// The transactions that were asked for, in that order, without those that are not there.
    ///
    /// Blob transactions come with their sidecar. Since eth/72 the list of blobs in it is empty.
    #[message(code = 0x0a)]
    PooledTransactions(#[field(max_items = 4096)] Vec<PooledTransaction>),

    /// Asks for the receipts of blocks by the blocks' hashes, in eth/69.
    #[message(code = 0x0f, until = 69, reply = Receipts69)]
    GetReceipts69(#[field(max_items = 1024)] Vec<B256>),

    /// Asks for the receipts of blocks by the blocks' hashes.
    #[message(code = 0x0f, since = 70, reply = Receipts)]
    GetReceipts {
        /// Receipts of the first block to leave out, because an earlier reply had them.
        first_block_receipt_index: u64,
        /// The blocks.
        #[field(max_items = 1024)]
        hashes: Vec<B256>,
    },

    /// All receipts of each block that was asked for, in eth/69.
    #[message(code = 0x10, until = 69)]
    Receipts69(#[field(max_items = 1024)] Vec<Vec<Receipt>>),

    /// The receipts of each block that was asked for, up to the first block that is not there.
    #[message(code = 0x10, since = 70)]
    Receipts {
        /// Whether the last block has more receipts than fit into the message.
        last_block_incomplete: bool,
        /// One list for each block.
        #[field(max_items = 1024)]
        blocks: Vec<Vec<Receipt>>,
    },

    /// Tells that other blocks are there now than Status said.
    ///
    /// Every two minutes or so, not with each block.
    #[message(code = 0x11, rate = "1/s", burst = 10)]
    BlockRangeUpdate {
        /// The number of the first block with body and receipts.
        earliest_block: u64,
        /// The number of the last one, not below the first.
        latest_block: u64,
        /// The hash of the last one.
        latest_block_hash: B256,
    },

    /// Asks for the access lists of blocks by the blocks' hashes.
    #[message(code = 0x12, since = 71, reply = BlockAccessLists)]
    GetBlockAccessLists(#[field(max_items = 1024)] Vec<B256>),

    /// One access list (EIP-7928) for each block that was asked for, and an empty string for one that is
    /// not there.
    ///
    /// The Keccak-256 of each is in the block's header.
    #[message(code = 0x13, since = 71)]
    BlockAccessLists(#[field(max_items = 1024)] Vec<Raw>),

    /// Asks for cells of the blobs of transactions.
    #[message(code = 0x14, since = 72, reply = Cells)]
    GetCells {
        /// The transactions.
        #[field(max_items = 4096)]
        hashes: Vec<B256>,
        /// The cells that are wanted of every blob.
        cells: CellMask,
    },

    /// Cells of the blobs of the transactions that the sender has all of them for.
    #[message(code = 0x15, since = 72)]
    Cells {
        /// The transactions.
        #[field(max_items = 4096)]
        hashes: Vec<B256>,
        /// The cells of each transaction: by cell, and for each cell by blob.
        #[field(max_items = 4096)]
        cells: Vec<Vec<Cell>>,
        /// The cells that are there of every blob, of those that were asked for.
        mask: CellMask,
    },
}

// As in go-ethereum's table.
const _: () = assert!(Eth::length(69) == 18 && Eth::length(70) == 18);
const _: () = assert!(Eth::length(71) == 20 && Eth::length(72) == 22);
