//! Headers and bodies from a peer, each checked against what was asked for.
//!
//! Headers are asked for from the last one down, so that each is known by its hash before it comes: the
//! last one's hash is in Status, and every header has its parent's. A body is known by the roots in its
//! header.

use alloy_consensus::Header;
use alloy_consensus::proofs::{
    calculate_ommers_root, calculate_transaction_root, calculate_withdrawals_root,
};
use alloy_primitives::B256;
use p2p::{Peer, RequestError};
use thiserror::Error;
use tokio::task::{JoinError, JoinSet};

use crate::eth::Eth;
use crate::types::{BlockBody, GetBlockHeaders};

/// Headers to ask for at a time.
const HEADERS: u64 = 512;

/// Bodies to ask for at a time.
const BODIES: usize = 128;

/// Batches whose bodies are asked for at the same time, which bounds the headers that are kept.
const BATCHES: usize = 4;

/// What has been downloaded so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Headers that were as asked.
    pub headers: u64,
    /// Bodies that belong to them.
    pub bodies: u64,
    /// Transactions in the bodies.
    pub transactions: u64,
    /// Withdrawals in the bodies.
    pub withdrawals: u64,
}

/// Downloads the block `number`, whose hash is `hash`, and those before it down to `lowest`.
///
/// `watch` is called with what has come whenever something has.
///
/// # Errors
///
/// [`DownloadError`] as soon as something is not as it was asked for, or does not come.
pub async fn download(
    peer: &Peer<Eth>,
    (number, hash): (u64, B256),
    lowest: u64,
    mut watch: impl FnMut(Progress),
) -> Result<Progress, DownloadError> {
    let mut progress = Progress::default();
    let mut fetching = JoinSet::new();
    let mut next = Some((number, hash));
    while let Some((number, hash)) = next {
        let batch = headers(peer, number, hash, lowest).await?;
        progress.headers += batch.len() as u64;
        watch(progress);
        next = batch.last().and_then(|(_, header)| {
            let before = header.number.checked_sub(1)?;
            (header.number > lowest).then_some((before, header.parent_hash))
        });
        while fetching.len() >= BATCHES {
            add(&mut progress, &mut fetching).await?;
        }
        let peer = peer.clone();
        fetching.spawn(async move { bodies(&peer, &batch).await });
    }
    while !fetching.is_empty() {
        add(&mut progress, &mut fetching).await?;
        watch(progress);
    }
    Ok(progress)
}

type Fetching = JoinSet<Result<Progress, DownloadError>>;

/// Adds the bodies of a batch when they have come.
async fn add(progress: &mut Progress, fetching: &mut Fetching) -> Result<(), DownloadError> {
    if let Some(fetched) = fetching.join_next().await {
        let fetched = fetched??;
        progress.bodies += fetched.bodies;
        progress.transactions += fetched.transactions;
        progress.withdrawals += fetched.withdrawals;
    }
    Ok(())
}

/// Asks for some headers from this one down, and checks that they are a chain.
async fn headers(
    peer: &Peer<Eth>,
    number: u64,
    hash: B256,
    lowest: u64,
) -> Result<Vec<(B256, Header)>, DownloadError> {
    let amount = HEADERS.min(number.saturating_sub(lowest) + 1);
    let found = peer
        .request(GetBlockHeaders {
            start: hash.into(),
            amount,
            skip: 0,
            reverse: true,
        })
        .await?;
    if found.is_empty() || found.len() as u64 > amount {
        let found = found.len();
        return Err(DownloadError::Headers {
            hash,
            amount,
            found,
        });
    }
    let mut wanted = (Some(number), hash);
    let mut batch = Vec::with_capacity(found.len());
    for header in found {
        let hash = header.hash_slow();
        if (Some(header.number), hash) != wanted {
            return Err(DownloadError::OtherHeader {
                wanted: wanted.1,
                found: hash,
                number: header.number,
            });
        }
        wanted = (header.number.checked_sub(1), header.parent_hash);
        batch.push((hash, header));
    }
    Ok(batch)
}

/// Asks for the bodies of these blocks, as often as it takes, and checks them.
async fn bodies(peer: &Peer<Eth>, batch: &[(B256, Header)]) -> Result<Progress, DownloadError> {
    let mut progress = Progress::default();
    let mut rest = batch;
    while let Some((first, _)) = rest.first() {
        let hashes: Vec<B256> = rest.iter().take(BODIES).map(|(hash, _)| *hash).collect();
        let amount = hashes.len();
        let found = peer.request(Eth::get_block_bodies(hashes)).await?;
        if found.is_empty() || found.len() > amount {
            return Err(DownloadError::Bodies {
                hash: *first,
                amount,
                found: found.len(),
            });
        }
        for ((hash, header), body) in rest.iter().zip(&found) {
            if !belongs(body, header) {
                return Err(DownloadError::OtherBody { hash: *hash });
            }
            progress.transactions += body.transactions.len() as u64;
            progress.withdrawals += body.withdrawals.as_ref().map_or(0, Vec::len) as u64;
        }
        progress.bodies += found.len() as u64;
        rest = rest.get(found.len()..).unwrap_or_default();
    }
    Ok(progress)
}

/// Whether a body is that of a header's block.
fn belongs(body: &BlockBody, header: &Header) -> bool {
    let withdrawals = body.withdrawals.as_deref().map(calculate_withdrawals_root);
    calculate_transaction_root(&body.transactions) == header.transactions_root
        && calculate_ommers_root(&body.ommers) == header.ommers_hash
        && withdrawals == header.withdrawals_root
}

/// Why a download has ended early.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// The peer did not answer.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The peer has none of the headers, or sent more than were asked for.
    #[error("{amount} headers were asked for from {hash} down, {found} came")]
    Headers {
        /// The first one's hash.
        hash: B256,
        /// How many were asked for.
        amount: u64,
        /// How many came.
        found: usize,
    },
    /// A header is not the one that was asked for.
    #[error("header {wanted} was asked for, block {number} with hash {found} came")]
    OtherHeader {
        /// The hash of what was asked for.
        wanted: B256,
        /// The hash of what came.
        found: B256,
        /// The number of what came.
        number: u64,
    },
    /// The peer has none of the bodies, or sent more than were asked for.
    #[error("{amount} bodies were asked for from block {hash} down, {found} came")]
    Bodies {
        /// The first block's hash.
        hash: B256,
        /// How many were asked for.
        amount: usize,
        /// How many came.
        found: usize,
    },
    /// A body is not that of the block.
    #[error("the body that came for block {hash} is that of another")]
    OtherBody {
        /// The block's hash.
        hash: B256,
    },
    /// A check has panicked.
    #[error(transparent)]
    Panicked(#[from] JoinError),
}
