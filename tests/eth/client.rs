//! Messages that the client of `eth` accepts from a peer, and messages that end the connection.

use alloy_primitives::{B128, B256};
use p2p::{DisconnectReason, PipeEnd};
use tests::{assert_ended_by_peer, bounded};
use tokio::sync::mpsc;

use eth::client::{News, service};
use eth::eth::Eth;
use eth::fork_id::ForkId;
use eth::types::Status;

/// A peer of a client that believes its chain, and the news that the client reports.
fn meet(version: u64) -> (PipeEnd<Eth>, mpsc::Receiver<News>) {
    let (sender, news) = mpsc::channel(8);
    let (peer, served) = service(None, sender).versions([version]).pipe();
    tokio::spawn(served);
    (peer, news)
}

fn status(version: u64, earliest_block: u64, latest_block: u64) -> Eth {
    Eth::Status(Status {
        version,
        network_id: 1,
        genesis: B256::repeat_byte(1),
        fork_id: ForkId {
            hash: [1, 2, 3, 4],
            next: 0,
        },
        earliest_block,
        latest_block,
        latest_block_hash: B256::repeat_byte(2),
    })
}

/// Sends a message that the client does not forgive.
async fn refused(peer: PipeEnd<Eth>, message: Eth) {
    peer.send(message).await.unwrap();
    let cause = bounded(peer.closed()).await;
    assert_ended_by_peer(&cause, DisconnectReason::ProtocolBreach);
}

#[tokio::test]
async fn a_range_ending_before_its_start_is_a_breach() {
    let (peer, _news) = meet(72);
    refused(peer, status(72, 8, 7)).await;

    let (peer, mut news) = meet(72);
    peer.send(status(72, 7, 7)).await.unwrap();
    assert!(matches!(news.recv().await, Some(News::Met(..))));
    let range = |earliest_block, latest_block| Eth::BlockRangeUpdate {
        earliest_block,
        latest_block,
        latest_block_hash: B256::repeat_byte(3),
    };
    peer.send(range(8, 8)).await.unwrap();
    assert!(matches!(news.recv().await, Some(News::Range(8, 8, _))));
    refused(peer, range(9, 8)).await;
}

#[tokio::test]
async fn an_announcement_with_uneven_columns_is_a_breach() {
    for (types, sizes) in [(2, 1), (1, 2), (3, 2), (2, 0)] {
        let types = || vec![2; types].into();
        let sizes = || vec![100; sizes];
        let hashes = || vec![B256::repeat_byte(5); 2];
        let (peer, _news) = meet(71);
        peer.send(status(71, 0, 7)).await.unwrap();
        let announced = Eth::NewPooledTransactionHashes71 {
            types: types(),
            sizes: sizes(),
            hashes: hashes(),
        };
        refused(peer, announced).await;

        let (peer, _news) = meet(72);
        peer.send(status(72, 0, 7)).await.unwrap();
        let announced = Eth::NewPooledTransactionHashes {
            types: types(),
            sizes: sizes(),
            hashes: hashes(),
            cells: B128::ZERO,
        };
        refused(peer, announced).await;
    }
}
