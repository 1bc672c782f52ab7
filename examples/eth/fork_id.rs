//! Whether two nodes follow the same chain: fork ids, computed and compared.
//!
//! A fork id is a checksum of the genesis block and the forks that are passed, and the next fork that
//! is known. It shows before anything is downloaded that a peer is on another chain, or too old.
//!
//! Source: EIP-2124, and EIP-6122 for forks by time.

use std::fmt;

use alloy_primitives::{B256, b256};
use p2p::Rlp;
use thiserror::Error;

/// The forks that a node has passed, and the next one.
#[derive(Clone, Copy, PartialEq, Eq, Rlp)]
pub struct ForkId {
    /// CRC-32 of the genesis block's hash and of the passed forks, each as 8 bytes.
    pub hash: [u8; 4],
    /// The block number or the time of the next fork, 0 if none is known.
    pub next: u64,
}

impl fmt::Debug for ForkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}/{}", u32::from_be_bytes(self.hash), self.next)
    }
}

/// When a fork begins. Forks by block come before all forks by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fork {
    /// With the block of this number.
    Block(u64),
    /// With the first block of this time or later, in seconds since 1970.
    Time(u64),
}

impl Fork {
    const fn value(self) -> u64 {
        match self {
            Self::Block(value) | Self::Time(value) => value,
        }
    }

    const fn is_passed(self, head: Head) -> bool {
        match self {
            Self::Block(block) => block <= head.number,
            Self::Time(time) => time <= head.time,
        }
    }
}

/// The block that a chain has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// Its number.
    pub number: u64,
    /// Its time, in seconds since 1970.
    pub time: u64,
}

/// The peer is of no use to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ForkMismatch {
    /// The peer stopped at a fork that it doesn't know, or knows with another number.
    #[error("the peer is at {remote:?} and passed no fork at {expected}: it needs an update")]
    RemoteStale {
        /// What the peer announced.
        remote: ForkId,
        /// The fork that comes after those that it passed.
        expected: u64,
    },
    /// The chains differ, or the peer passed a fork that we don't know.
    #[error("we are at {local:?}, the peer at {remote:?}: another chain, or we need an update")]
    Incompatible {
        /// Our own fork id.
        local: ForkId,
        /// What the peer announced.
        remote: ForkId,
    },
}

/// The forks of a chain, past and future.
#[derive(Debug, Clone)]
pub struct Forks {
    forks: Vec<Fork>,
    /// The checksum before each fork, and after the last.
    hashes: Vec<[u8; 4]>,
}

impl Forks {
    /// The forks of a chain, in any order. Those that hold from the genesis block on may be among them.
    pub fn new(genesis: B256, genesis_time: u64, forks: impl IntoIterator<Item = Fork>) -> Self {
        let start = Head {
            number: 0,
            time: genesis_time,
        };
        let mut forks: Vec<_> = forks
            .into_iter()
            .filter(|fork| !fork.is_passed(start))
            .collect();
        forks.sort_unstable();
        forks.dedup();
        let mut checksum = crc32(0, genesis.as_slice());
        let mut hashes = vec![checksum.to_be_bytes()];
        for fork in &forks {
            checksum = crc32(checksum, &fork.value().to_be_bytes());
            hashes.push(checksum.to_be_bytes());
        }
        Self { forks, hashes }
    }

    /// Mainnet up to its second fork for blob parameters.
    pub fn mainnet() -> Self {
        const BLOCKS: [u64; 12] = [
            1_150_000,  // Homestead
            1_920_000,  // DAO
            2_463_000,  // Tangerine Whistle
            2_675_000,  // Spurious Dragon
            4_370_000,  // Byzantium
            7_280_000,  // Constantinople, Petersburg
            9_069_000,  // Istanbul
            9_200_000,  // Muir Glacier
            12_244_000, // Berlin
            12_965_000, // London
            13_773_000, // Arrow Glacier
            15_050_000, // Gray Glacier
        ];
        const TIMES: [u64; 6] = [
            1_681_338_455, // Shanghai
            1_710_338_135, // Cancun
            1_746_612_311, // Prague
            1_764_798_551, // Osaka
            1_765_290_071, // BPO1
            1_767_747_671, // BPO2
        ];
        let genesis = b256!("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3");
        let blocks = BLOCKS.into_iter().map(Fork::Block);
        Self::new(genesis, 0, blocks.chain(TIMES.into_iter().map(Fork::Time)))
    }

    /// The fork id of a node whose chain has come to `head`.
    pub fn id(&self, head: Head) -> ForkId {
        let passed = self.passed(head);
        ForkId {
            hash: self.hashes[passed],
            next: self.forks.get(passed).map_or(0, |fork| fork.value()),
        }
    }

    /// Whether a peer is on the same chain as far as can be told, if ours has come to `head`.
    ///
    /// # Errors
    ///
    /// If the chains differ, or one of both nodes needs an update.
    pub fn check(&self, head: Head, remote: ForkId) -> Result<(), ForkMismatch> {
        let passed = self.passed(head);
        let incompatible = ForkMismatch::Incompatible {
            local: self.id(head),
            remote,
        };
        match self.hashes.iter().position(|hash| *hash == remote.hash) {
            // Both passed the same forks. If the peer knows a next one, we must not be beyond it.
            Some(same) if same == passed => {
                if self.is_beyond(head, passed, remote.next) {
                    Err(incompatible)
                } else {
                    Ok(())
                }
            }
            // The peer is behind, and has to know the fork that comes next for it.
            Some(behind) if behind < passed => match self.forks[behind].value() {
                expected if expected == remote.next => Ok(()),
                expected => Err(ForkMismatch::RemoteStale { remote, expected }),
            },
            // We are behind, on the way to where the peer is.
            Some(_) => Ok(()),
            None => Err(incompatible),
        }
    }

    /// How many forks a chain that has come to `head` has passed.
    fn passed(&self, head: Head) -> usize {
        let next = self.forks.iter().position(|fork| !fork.is_passed(head));
        next.unwrap_or(self.forks.len())
    }

    /// Whether a fork that we don't know lies behind us. Whether `next` is a block or a time, it doesn't
    /// say: it is a time if our own forks have come to those by time, or if it is too large for a block.
    fn is_beyond(&self, head: Head, passed: usize, next: u64) -> bool {
        /// When mainnet began; no chain has as many blocks.
        const FIRST_TIME: u64 = 1_438_269_973;
        let by_time = match self.forks.get(passed).or(self.forks.last()) {
            Some(Fork::Time(_)) => true,
            Some(Fork::Block(_)) | None => next > FIRST_TIME,
        };
        let reached = if by_time { head.time } else { head.number };
        next > 0 && reached >= next
    }
}

/// CRC-32 as in IEEE 802.3, continued from an earlier checksum.
fn crc32(checksum: u32, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!checksum, |state, byte| {
        (0..8).fold(state ^ u32::from(*byte), |state, _| {
            (state >> 1) ^ (0xedb8_8320 & (state & 1).wrapping_neg())
        })
    })
}
