//! The documents and the wire of `eth` and `snap`, in files that hold them to what they are.
//!
//! `UPDATE_SPEC=1 cargo test -p tests --test eth spec` writes the files anew.

use bytes::Bytes;
use p2p::rlp::{Decode, Encode, Error, Reader, Shape, Shapes, Writer};
use p2p::spec::{Describe, SpecError, Specification};
use p2p::{Protocol, Rlp};

use crate::vectors::vectors;
use eth::eth::Eth;
use eth::snap::Snap;

/// An integer of 256 bits.
struct Uint256;

impl Decode for Uint256 {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.uint::<32>().map(|_| Self)
    }

    fn shape(_: &mut Shapes) -> Shape {
        Shape::Uint { bits: 256 }
    }
}

impl Encode for Uint256 {
    fn length(&self) -> usize {
        0
    }

    fn encode(&self, _: &mut Writer<'_>) {}
}

/// The header of a block. Its hash is the Keccak-256 of its encoding.
#[derive(Rlp)]
#[allow(dead_code)]
struct Header {
    parent_hash: [u8; 32],
    ommers_hash: [u8; 32],
    coinbase: [u8; 20],
    state_root: [u8; 32],
    txs_root: [u8; 32],
    receipts_root: [u8; 32],
    bloom: [u8; 256],
    difficulty: Uint256,
    number: u64,
    gas_limit: u64,
    gas_used: u64,
    time: u64,
    extradata: Bytes,
    mix_digest: [u8; 32],
    block_nonce: [u8; 8],
    /// Since London.
    basefee_per_gas: Option<u64>,
    /// Since Shanghai.
    withdrawals_root: Option<[u8; 32]>,
    /// Since Cancun.
    blob_gas_used: Option<u64>,
    /// Since Cancun.
    excess_blob_gas: Option<u64>,
    /// Since Cancun.
    parent_beacon_root: Option<[u8; 32]>,
    /// Since Prague.
    requests_hash: Option<[u8; 32]>,
    /// Since Amsterdam.
    block_access_list_hash: Option<[u8; 32]>,
    /// Since Amsterdam.
    slot_number: Option<u64>,
}

/// A transaction, which stays opaque.
struct Transaction;

impl Decode for Transaction {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.item().map(|_| Self)
    }
}

impl Encode for Transaction {
    fn length(&self) -> usize {
        0
    }

    fn encode(&self, _: &mut Writer<'_>) {}
}

/// A whole block.
#[derive(Rlp)]
#[allow(dead_code)]
struct Block {
    header: Header,
    transactions: Vec<Transaction>,
    ommers: Vec<Header>,
    /// Since Shanghai.
    withdrawals: Option<Vec<Withdrawal>>,
}

/// Ether that leaves staking.
#[derive(Rlp)]
#[allow(dead_code)]
struct Withdrawal {
    index: u64,
    validator_index: u64,
    address: [u8; 20],
    /// In Gwei.
    amount: u64,
}

/// A log entry of a contract.
#[derive(Rlp)]
#[allow(dead_code)]
struct Log {
    /// The contract.
    address: [u8; 20],
    topics: Vec<[u8; 32]>,
    data: Bytes,
}

/// The specification of a protocol, with alloy's types described.
fn spec<P: Describe>() -> Specification<P> {
    Specification::<P>::new()
        .with_shape::<[u8; 32]>("B256")
        .with_shape::<[u8; 16]>("CellMask")
        .with_shape::<Bytes>("Bytes")
        .with_shape::<Uint256>("U256")
        .with_shape::<Header>("Header")
        .with_shape::<Block>("Block<Transaction>")
        .with_shape::<Withdrawal>("Withdrawal")
        .with_shape::<Log>("Log")
}

/// Messages of which alloy's types are opaque, and do not change unseen if there are examples.
const OPAQUE: [&str; 4] = ["Transactions", "GetBlockHeaders", "BlockBodies", "NewBlock"];

fn eth() -> Specification<Eth> {
    let given = vectors("eth").into_iter();
    let given = given.filter(|vector| OPAQUE.contains(&vector.name));
    given.fold(spec(), |spec, vector| {
        let version = *vector.versions.end();
        spec.example(Eth::decode(version, vector.code, &vector.payload).unwrap())
    })
}

#[test]
fn the_wire_of_eth_has_not_changed() -> Result<(), SpecError> {
    eth().check("eth/eth.wire")
}

#[test]
fn the_document_of_eth_is_true() -> Result<(), SpecError> {
    eth().check_markdown("eth/eth.md")
}

#[test]
fn the_wire_of_snap_has_not_changed() -> Result<(), SpecError> {
    spec::<Snap>().check("eth/snap.wire")
}

#[test]
fn the_document_of_snap_is_true() -> Result<(), SpecError> {
    spec::<Snap>().check_markdown("eth/snap.md")
}

/// The reply with the headers, by what is said of alloy's type.
#[derive(Rlp)]
#[allow(dead_code)]
struct Headers {
    request_id: u64,
    headers: Vec<Header>,
}

#[test]
fn headers_of_every_fork_have_the_documented_fields() {
    let replies = vectors("eth").into_iter();
    let mut replies = replies.filter(|vector| vector.name == "BlockHeaders");
    let reply = replies.next().unwrap();
    let read = p2p::rlp::decode::<Headers>(&reply.payload).unwrap();
    let last = read.headers.last().unwrap();
    assert!(last.slot_number.is_some(), "the newest fork's");
}
