//! Messages of go-ethereum decode to the values that it put into them.

use alloy_consensus::Typed2718;
use alloy_eips::BlockHashOrNumber;
use alloy_primitives::{Address, B256, Bytes, U256, b256};
use p2p::Protocol;

use crate::vectors::vectors;
use eth::eth::Eth;
use eth::fork_id::{Forks, Head};
use eth::snap::{SlimAccount, Slot, Snap};
use eth::types::{GetBlockHeaders, PooledTransaction, Status};

/// The messages of this name, each in its last version.
fn named<P: Protocol>(name: &str) -> Vec<P> {
    let named = vectors(P::NAME)
        .into_iter()
        .filter(|vector| vector.name == name);
    named
        .map(|vector| P::decode(*vector.versions.end(), vector.code, &vector.payload).unwrap())
        .collect()
}

#[test]
fn a_status_names_chain_and_fork() {
    let head = Head {
        number: 25_000_000,
        time: 1_800_000_000,
    };
    let expected = Status {
        version: 72,
        network_id: 1,
        genesis: b256!("d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
        fork_id: Forks::mainnet().id(head),
        earliest_block: 15_537_394,
        latest_block: 25_000_000,
        latest_block_hash: B256::repeat_byte(8),
    };
    assert_eq!(named::<Eth>("Status").pop(), Some(Eth::Status(expected)));
}

#[test]
fn headers_of_every_fork_have_their_hashes() {
    let Some(Eth::BlockHeaders(headers)) = named("BlockHeaders").into_iter().next() else {
        panic!("no headers");
    };
    let hashes: Vec<_> = headers.iter().map(|header| header.hash_slow()).collect();
    let expected = [
        // Frontier, London, Shanghai, Prague, Amsterdam.
        b256!("da9b4c2f80f34fd1bdd74908c025e6ce7f572aced67a18a88481d93325cc517d"),
        b256!("b1e29ff9d1960710b24a4adcd0da79486d1b96baf80c9779ef377704b5e62cf1"),
        b256!("96e65fbd672b43837cd7f9563be9e1abdaaf6a453e199ff3fe59ca394683a160"),
        b256!("d9b59acae4642c7808f99eb0d107de83f570abc1e8234c87e2a613b2b5d95aa3"),
        b256!("446c9a964e2bb367f7036fee7e8c0f122060195a03a9b67bc3ba283b919db766"),
    ];
    assert_eq!(hashes, expected);
    assert_eq!(headers[4].slot_number, Some(14_000_000));
}

#[test]
fn header_requests_start_at_a_number_or_hash() {
    let requests: Vec<Eth> = named("GetBlockHeaders");
    let by_number = GetBlockHeaders {
        start: BlockHashOrNumber::Number(9999),
        amount: 5,
        skip: 5,
        reverse: false,
    };
    let by_hash = GetBlockHeaders {
        start: BlockHashOrNumber::Hash(B256::repeat_byte(0xde)),
        amount: 1024,
        skip: 0,
        reverse: true,
    };
    let expected = [by_number, by_hash].map(Eth::GetBlockHeaders);
    assert_eq!(requests[..2], expected);
}

#[test]
fn transactions_of_every_type_have_their_hashes() {
    let Some(Eth::BlockBodies(bodies)) = named("BlockBodies").into_iter().next() else {
        panic!("no bodies");
    };
    let all = &bodies[0].transactions;
    let types: Vec<_> = all.iter().map(Typed2718::ty).collect();
    assert_eq!(types, [0, 0, 1, 2, 4, 3]);
    let hashes: Vec<_> = all
        .iter()
        .map(|transaction| *transaction.tx_hash())
        .collect();
    let expected = [
        b256!("60183d3055b596e61da5d927df8042ae027f17be6026eda25bc6fb6ff8e750e4"),
        b256!("a8f482304bd22a7df36036e1bbf1199dbe6de0a313e5df83b0e5fa51dd5bc7be"),
        b256!("437d3ee24122ecf9b0911bf72ce2d81df24ea5d9bae9636508bce33835a403d8"),
        b256!("9ad13b44c5537ccf097f746861639eab87d04571100f7032e88ce3e36e3d7cf1"),
        b256!("9285b8ca69891275ad2312167fcb401e270b23e1047f66cacbfca5f1b631c51e"),
        b256!("aece003c5feab57acc977b9184f41ba90f1a1240be0621c353bce1857e290909"),
    ];
    assert_eq!(hashes, expected);

    assert_eq!(bodies[1].ommers.len(), 2);
    let withdrawals: Vec<_> = bodies
        .iter()
        .map(|body| body.withdrawals.as_ref().map(Vec::len))
        .collect();
    assert_eq!(withdrawals, [Some(2), None, Some(0), None]);
}

#[test]
fn blobs_do_not_change_a_transactions_hash() {
    let replies = named("PooledTransactions").into_iter().take(2);
    let blobs: Vec<_> = replies
        .flat_map(|reply| match reply {
            Eth::PooledTransactions(transactions) => transactions,
            other => panic!("{other:?}"),
        })
        .filter_map(|transaction| match transaction {
            PooledTransaction::Eip4844(signed) => Some(signed),
            _ => None,
        })
        .collect();
    let hash = b256!("aece003c5feab57acc977b9184f41ba90f1a1240be0621c353bce1857e290909");
    assert!(blobs.iter().all(|signed| *signed.hash() == hash));
    let sidecars = blobs.iter().map(|signed| &signed.tx().sidecar);
    let counts: Vec<_> = sidecars
        .map(|sidecar| (sidecar.is_eip7594(), sidecar.blobs().len()))
        .collect();
    assert_eq!(counts, [(false, 1), (true, 1), (true, 0)]);
}

#[test]
fn a_receipt_has_a_status_or_state_root() {
    let Some(Eth::Receipts {
        last_block_incomplete: true,
        blocks,
    }) = named("Receipts").pop()
    else {
        panic!("no receipts");
    };
    let [first, second] = &blocks[..] else {
        panic!("{blocks:?}");
    };
    assert!(second.is_empty());
    let states: Vec<_> = first
        .iter()
        .map(|receipt| (receipt.tx_type, &receipt.status_or_state[..]))
        .collect();
    assert_eq!(states, [(0, &[6; 32][..]), (2, &[1]), (3, &[])]);
    assert_eq!(first[1].logs[0].address, Address::repeat_byte(0x35));
    assert_eq!(first[1].logs[0].topics().len(), 2);
    assert_eq!(first[2].cumulative_gas_used, 81_000);
    // The shape of eth/69 is the same but for the flag.
    assert_eq!(
        named::<Eth>("Receipts69"),
        [Eth::Receipts69(blocks.clone())]
    );
}

#[test]
fn a_missing_access_list_is_an_empty_string() {
    let Some(Eth::BlockAccessLists(lists)) = named("BlockAccessLists").pop() else {
        panic!("no access lists");
    };
    assert_eq!(lists[1].as_bytes(), [0x80]);
    assert_eq!(lists[2].as_bytes(), [0xc0]);
    let expected = Snap::BlockAccessLists { lists };
    assert_eq!(named::<Snap>("BlockAccessLists"), [expected]);
}

#[test]
fn accounts_are_slim_and_slots_as_in_the_trie() {
    let Some(Snap::AccountRange { accounts, proof }) = named("AccountRange").pop() else {
        panic!("no accounts");
    };
    let empty = SlimAccount {
        nonce: 0,
        balance: U256::ZERO,
        root: Bytes::new(),
        code_hash: Bytes::new(),
    };
    assert_eq!(accounts[0].body, empty);
    assert_eq!(accounts[1].body.root[..], [3; 32]);
    assert_eq!(
        accounts[1].body.balance,
        U256::from(72) * U256::from(10).pow(U256::from(18))
    );
    assert_eq!(proof.len(), 2);

    let Some(Snap::StorageRanges { slots, .. }) = named("StorageRanges").pop() else {
        panic!("no slots");
    };
    let second = Slot {
        hash: B256::repeat_byte(2),
        data: Bytes::from_static(&[0x82, 1, 0]),
    };
    assert_eq!(slots[0][1], second);
    assert!(slots[1].is_empty());
}
