//! The chain that a node is on, as Status tells it.

use alloy_primitives::{B256, b256};
use thiserror::Error;

use crate::fork_id::{Fork, ForkMismatch, Forks, Head};
use crate::types::Status;

/// A chain of which a node has no more than the genesis block.
#[derive(Debug, Clone)]
pub struct Chain {
    network_id: u64,
    genesis: B256,
    genesis_time: u64,
    forks: Forks,
}

impl Chain {
    /// A chain with these forks, in any order. `genesis_time` is in seconds since 1970.
    pub fn new(
        network_id: u64,
        genesis: B256,
        genesis_time: u64,
        forks: impl IntoIterator<Item = Fork>,
    ) -> Self {
        Self {
            network_id,
            genesis,
            genesis_time,
            forks: Forks::new(genesis, genesis_time, forks),
        }
    }

    /// Ethereum's main network.
    pub fn mainnet() -> Self {
        Self {
            network_id: 1,
            genesis: b256!("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
            genesis_time: 0,
            forks: Forks::mainnet(),
        }
    }

    /// How a node that is at the genesis block introduces itself.
    pub fn status(&self, version: u64) -> Status {
        Status {
            version,
            network_id: self.network_id,
            genesis: self.genesis,
            fork_id: self.forks.id(self.head()),
            earliest_block: 0,
            latest_block: 0,
            latest_block_hash: self.genesis,
        }
    }

    /// Whether a peer is on this chain, as far as its Status can tell.
    ///
    /// # Errors
    ///
    /// What differs.
    pub fn check(&self, status: &Status) -> Result<(), OtherChain> {
        if status.network_id != self.network_id {
            return Err(OtherChain::Network {
                ours: self.network_id,
                theirs: status.network_id,
            });
        }
        if status.genesis != self.genesis {
            return Err(OtherChain::Genesis {
                ours: self.genesis,
                theirs: status.genesis,
            });
        }
        Ok(self.forks.check(self.head(), status.fork_id)?)
    }

    fn head(&self) -> Head {
        Head {
            number: 0,
            time: self.genesis_time,
        }
    }
}

/// How a peer's chain differs from ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OtherChain {
    /// It is another network.
    #[error("the peer is on network {theirs}, we are on {ours}")]
    Network {
        /// Our network.
        ours: u64,
        /// The peer's.
        theirs: u64,
    },
    /// It begins with another block.
    #[error("the peer's chain begins with {theirs}, ours with {ours}")]
    Genesis {
        /// Our genesis block's hash.
        ours: B256,
        /// The peer's.
        theirs: B256,
    },
    /// It follows other rules.
    #[error(transparent)]
    Fork(#[from] ForkMismatch),
}
