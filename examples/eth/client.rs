//! A node that has no chain of its own: it introduces itself, listens, and answers with nothing.

use alloy_consensus::{Block, Header};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{B256, Bytes, U256};
use p2p::rlp::Raw;
use p2p::{DisconnectReason, Inbox, OrDisconnect, Peer, RequestError, Service, async_trait};
use p2p::{Protocol, ServeExt};
use tokio::sync::mpsc;

use crate::chain::Chain;
use crate::eth::{Eth, EthHandler};
use crate::types::{
    BlockBody, BlockNumber, Cell, CellMask, GetBlockHeaders, Receipt, Status, Transaction,
};

/// What a peer tells.
#[derive(Debug, Clone)]
pub enum News {
    /// It has introduced itself, and can be asked.
    Met(Peer<Eth>, Status),
    /// It has other blocks now: the first, the last, and the last one's hash.
    Range(u64, u64, B256),
    /// It has handed over transactions with these hashes.
    Sent(Vec<B256>),
    /// It has announced transactions, so many of which it gave when it was asked.
    Announced(Vec<B256>, usize),
}

/// Serves `eth` to peers on this chain, or on whichever they say if it is `None`. What they tell goes to
/// `news`; who does not take it keeps the peer waiting.
pub fn service(chain: Option<Chain>, news: mpsc::Sender<News>) -> Service<Eth> {
    Eth::accepting(move |peer, mut inbox| {
        let chain = chain.clone();
        let news = news.clone();
        async move {
            let status = match &chain {
                Some(chain) => {
                    let ours = chain.status(peer.version());
                    peer.send(Eth::Status(ours)).await?;
                    let status = receive(&mut inbox).await?;
                    chain
                        .check(&status)
                        .or_disconnect(DisconnectReason::UselessPeer)?;
                    status
                }
                None => {
                    let status = receive(&mut inbox).await?;
                    let ours = Status {
                        earliest_block: 0,
                        latest_block: 0,
                        latest_block_hash: status.genesis,
                        ..status.clone()
                    };
                    peer.send(Eth::Status(ours)).await?;
                    status
                }
            };
            Ok(inbox.handled_by(Listener { status, news }))
        }
    })
}

/// The peer's first message, which is Status.
async fn receive(inbox: &mut Inbox<Eth>) -> p2p::Result<Status> {
    match inbox.recv().await? {
        Eth::Status(status) if status.version == inbox.peer().version() => {
            check_range(status.earliest_block, status.latest_block)?;
            Ok(status)
        }
        Eth::Status(_) => Err("Status is of another version".into()),
        other => Err(format!("{} came before Status", other.info().name).into()),
    }
}

/// Checks that a peer can have the blocks from the first to the last.
fn check_range(first: u64, last: u64) -> p2p::Result {
    if first <= last {
        return Ok(());
    }
    let error = format!("the range of blocks begins at {first} and ends at {last}");
    Err(error).or_disconnect(DisconnectReason::ProtocolBreach)
}

/// Listens to one peer.
struct Listener {
    status: Status,
    news: mpsc::Sender<News>,
}

impl Listener {
    async fn tell(&self, news: News) -> p2p::Result {
        // Nobody may listen any more.
        let _ = self.news.send(news).await;
        Ok(())
    }

    /// Asks for transactions that were announced, each with a type and a size.
    async fn fetch(
        &self,
        peer: &Peer<Eth>,
        types: &Bytes,
        sizes: &[u32],
        hashes: Vec<B256>,
    ) -> p2p::Result {
        let counts = [types.len(), sizes.len(), hashes.len()];
        if counts != [hashes.len(); 3] {
            let [types, sizes, hashes] = counts;
            let text = format!("{hashes} hashes came with {types} types and {sizes} sizes");
            Err(text).or_disconnect(DisconnectReason::ProtocolBreach)?;
        }
        let mut fetched = 0;
        // No more than go-ethereum asks for at a time.
        for wanted in hashes.chunks(256) {
            let call = Eth::get_pooled_transactions(wanted.to_vec());
            let found = match peer.request(call).await {
                Ok(found) => found,
                // They may be in a block by now.
                Err(RequestError::Timeout { .. } | RequestError::NotSent(_)) => continue,
                Err(error) => Err(error)?,
            };
            for transaction in &found {
                let hash = transaction.trie_hash();
                if !wanted.contains(&hash) {
                    Err(format!("transaction {hash} came, which was not asked for"))
                        .or_disconnect(DisconnectReason::ProtocolBreach)?;
                }
            }
            fetched += found.len();
        }
        self.tell(News::Announced(hashes, fetched)).await
    }
}

#[async_trait]
impl EthHandler for Listener {
    async fn connected(&self, peer: &Peer<Eth>) -> p2p::Result {
        self.tell(News::Met(peer.clone(), self.status.clone()))
            .await
    }

    async fn status(&self, _: &Peer<Eth>, _: Status) -> p2p::Result {
        Err("Status is sent once".into())
    }

    async fn new_block_hashes(&self, _: &Peer<Eth>, _: Vec<BlockNumber>) -> p2p::Result {
        Ok(())
    }

    async fn transactions(&self, _: &Peer<Eth>, sent: Vec<Transaction>) -> p2p::Result {
        let hashes = sent.iter().map(Encodable2718::trie_hash).collect();
        self.tell(News::Sent(hashes)).await
    }

    async fn get_block_headers(
        &self,
        _: &Peer<Eth>,
        _: GetBlockHeaders,
    ) -> p2p::Result<Option<Vec<Header>>> {
        Ok(Some(Vec::new()))
    }

    async fn get_block_bodies(
        &self,
        _: &Peer<Eth>,
        _: Vec<B256>,
    ) -> p2p::Result<Option<Vec<BlockBody>>> {
        Ok(Some(Vec::new()))
    }

    async fn new_block(&self, _: &Peer<Eth>, _: Box<Block<Transaction>>, _: U256) -> p2p::Result {
        Ok(())
    }

    async fn new_pooled_transaction_hashes71(
        &self,
        peer: &Peer<Eth>,
        types: Bytes,
        sizes: Vec<u32>,
        hashes: Vec<B256>,
    ) -> p2p::Result {
        self.fetch(peer, &types, &sizes, hashes).await
    }

    async fn new_pooled_transaction_hashes(
        &self,
        peer: &Peer<Eth>,
        types: Bytes,
        sizes: Vec<u32>,
        hashes: Vec<B256>,
        _cells: CellMask,
    ) -> p2p::Result {
        self.fetch(peer, &types, &sizes, hashes).await
    }

    async fn get_pooled_transactions(
        &self,
        _: &Peer<Eth>,
        _: Vec<B256>,
    ) -> p2p::Result<Option<Vec<crate::types::PooledTransaction>>> {
        Ok(Some(Vec::new()))
    }

    async fn get_receipts69(
        &self,
        _: &Peer<Eth>,
        _: Vec<B256>,
    ) -> p2p::Result<Option<Vec<Vec<Receipt>>>> {
        Ok(Some(Vec::new()))
    }

    async fn get_receipts(
        &self,
        _: &Peer<Eth>,
        _first: u64,
        _: Vec<B256>,
    ) -> p2p::Result<Option<(bool, Vec<Vec<Receipt>>)>> {
        Ok(Some((false, Vec::new())))
    }

    async fn block_range_update(
        &self,
        _: &Peer<Eth>,
        earliest: u64,
        latest: u64,
        hash: B256,
    ) -> p2p::Result {
        check_range(earliest, latest)?;
        self.tell(News::Range(earliest, latest, hash)).await
    }

    async fn get_block_access_lists(
        &self,
        _: &Peer<Eth>,
        _: Vec<B256>,
    ) -> p2p::Result<Option<Vec<Raw>>> {
        Ok(Some(Vec::new()))
    }

    async fn get_cells(
        &self,
        _: &Peer<Eth>,
        _: Vec<B256>,
        _: CellMask,
    ) -> p2p::Result<Option<(Vec<B256>, Vec<Vec<Cell>>, CellMask)>> {
        Ok(Some((Vec::new(), Vec::new(), CellMask::ZERO)))
    }
}
