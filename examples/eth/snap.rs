//! The `snap` protocol, versions 1 and 2: the state of a recent block in ranges with proofs.
//!
//! Source: devp2p, `caps/snap.md`; EIP-8189 (snap/2).

use alloy_primitives::{B256, Bytes, U256};
use p2p::rlp::Raw;
use p2p::{Protocol, Rlp};

/// How a node that starts gets the state without executing the chain. Spoken beside `eth`.
///
/// Every request is answered, if need be with nothing. States are served for the last 128 blocks.
/// Sizes in requests are in bytes, and the reply may go a little beyond.
#[derive(Debug, Clone, PartialEq, Protocol)]
#[protocol(name = "snap", versions = 1..=2, max_size = 16_777_215)]
pub enum Snap {
    /// Asks for accounts of a state, in the order of their hashes.
    #[message(code = 0x00, reply = AccountRange)]
    GetAccountRange {
        /// The root of the state.
        root: B256,
        /// The account to begin with, or the next one if there is no such.
        origin: B256,
        /// The account after which to end.
        limit: B256,
        /// About how large the reply may be.
        bytes: u64,
    },

    /// Accounts that follow each other, at least one if there is any, and a proof that none is missing.
    #[message(code = 0x01)]
    AccountRange {
        /// The accounts.
        accounts: Vec<Account>,
        /// Nodes of the state trie on the way to the origin and to the last account; none if these are all
        /// accounts of the state.
        #[field(max_items = 128)]
        proof: Vec<Bytes>,
    },

    /// Asks for the storage of one account from a slot on, or for that of several from their first slots on.
    #[message(code = 0x02, reply = StorageRanges)]
    GetStorageRanges {
        /// The root of the state.
        root: B256,
        /// The hashes of the accounts' addresses.
        #[field(max_items = 1024)]
        accounts: Vec<B256>,
        /// The hash of the first account's slot to begin with; empty for the first one.
        #[field(max_len = 32)]
        origin: Bytes,
        /// The hash of the slot after which to end; empty for the last one.
        #[field(max_len = 32)]
        limit: Bytes,
        /// About how large the reply may be.
        bytes: u64,
    },

    /// The storage of each account that was asked for; the last one's may be cut short.
    #[message(code = 0x03)]
    StorageRanges {
        /// One list for each account.
        slots: Vec<Vec<Slot>>,
        /// Nodes of the last account's trie on the way to the origin and to the last slot; none if its
        /// storage is there in full.
        #[field(max_items = 128)]
        proof: Vec<Bytes>,
    },

    /// Asks for the code of contracts.
    #[message(code = 0x04, reply = ByteCodes)]
    GetByteCodes {
        /// The hashes of the codes.
        #[field(max_items = 1024)]
        hashes: Vec<B256>,
        /// About how large the reply may be.
        bytes: u64,
    },

    /// The codes that were asked for, in that order, without those that are not there.
    #[message(code = 0x05)]
    ByteCodes {
        /// The codes.
        #[field(max_items = 1024)]
        codes: Vec<Bytes>,
    },

    /// Asks for nodes of the state trie and of storage tries by their paths.
    #[message(code = 0x06, until = 1, reply = TrieNodes)]
    GetTrieNodes {
        /// The root of the state.
        root: B256,
        /// By account: the path in the state trie, and then paths in the account's storage trie, if those are
        /// what is wanted. A path to an account is its hash; others are in the compact encoding of tries.
        #[field(max_items = 1024)]
        paths: Vec<Vec<Bytes>>,
        /// About how large the reply may be.
        bytes: u64,
    },

    /// The nodes that were asked for, in that order, up to the first one that is not there.
    #[message(code = 0x07, until = 1)]
    TrieNodes {
        /// The nodes, in the encoding that the trie hashes.
        #[field(max_items = 1024)]
        nodes: Vec<Bytes>,
    },

    /// Asks for the access lists of blocks, on any fork.
    #[message(code = 0x08, since = 2, reply = BlockAccessLists)]
    GetBlockAccessLists {
        /// The hashes of the blocks.
        #[field(max_items = 1024)]
        hashes: Vec<B256>,
        /// About how large the reply may be.
        bytes: u64,
    },

    /// One access list (EIP-7928) for each block that was asked for, and an empty string for one that is not
    /// there; perhaps fewer, cut off at the end.
    #[message(code = 0x09, since = 2)]
    BlockAccessLists {
        /// The access lists. The Keccak-256 of each is in its block's header.
        #[field(max_items = 1024)]
        lists: Vec<Raw>,
    },
}

// As in go-ethereum's table.
const _: () = assert!(Snap::length(1) == 8 && Snap::length(2) == 10);

/// An account in a range.
#[derive(Debug, Clone, PartialEq, Rlp)]
pub struct Account {
    /// The hash of the account's address.
    pub hash: B256,
    /// What the state has of it.
    pub body: SlimAccount,
}

/// An account as the state trie has it, but with nothing for the two hashes that most accounts share.
#[derive(Debug, Clone, PartialEq, Rlp)]
pub struct SlimAccount {
    /// The number of transactions that the account sent.
    pub nonce: u64,
    /// The balance in wei.
    pub balance: U256,
    /// The root of its storage; empty if it has none.
    #[field(max_len = 32)]
    pub root: Bytes,
    /// The Keccak-256 of its code; empty if it has none.
    #[field(max_len = 32)]
    pub code_hash: Bytes,
}

/// A slot of an account's storage.
#[derive(Debug, Clone, PartialEq, Rlp)]
pub struct Slot {
    /// The hash of the slot's key.
    pub hash: B256,
    /// The slot's value as the storage trie has it: an RLP string in a string.
    #[field(max_len = 33)]
    pub data: Bytes,
}
