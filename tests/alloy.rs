//! Alloy's headers and transactions in messages and structs, as they are.

#![allow(clippy::unwrap_used)]

use alloy_consensus::{
    BlockBody, Header, SignableTransaction, TxEip1559, TxEip4844, TxEip4844WithSidecar, TxEnvelope,
    TxLegacy, transaction::PooledTransaction,
};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_eips::eip4895::{Withdrawal, Withdrawals};
use alloy_eips::eip7594::BlobTransactionSidecarEip7594;
use alloy_primitives::{Address, B256, Bloom, Bytes, Signature, TxKind, U256};
use p2p::protocol::DecodeError;
use p2p::rlp::ErrorKind;
use p2p::{Protocol, Rlp, rlp};

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "chain", version = 1)]
enum Message {
    #[message(transparent)]
    Transactions(Vec<TxEnvelope>),
    Headers {
        id: u64,
        headers: Vec<Header>,
        next: Option<B256>,
    },
    #[message(transparent)]
    Body(BlockBody<TxEnvelope>),
    Values(Vec<U256>, Bytes, Address, Box<Bloom>),
    Account(Account),
}

/// Alloy's types among those of Rust.
#[derive(Debug, Clone, PartialEq, Rlp)]
struct Account {
    nonce: u64,
    balance: U256,
    root: B256,
    code: Option<Bytes>,
}

fn signature() -> Signature {
    Signature::new(U256::from(7), U256::from(8), true)
}

fn legacy() -> TxLegacy {
    TxLegacy {
        chain_id: Some(1),
        nonce: 3,
        gas_price: 1_000_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(Address::repeat_byte(1)),
        value: U256::from(1_000_000_000_000_000_000_u64),
        input: Bytes::new(),
    }
}

fn eip1559() -> TxEip1559 {
    TxEip1559 {
        chain_id: 1,
        nonce: 4,
        gas_limit: 100_000,
        max_fee_per_gas: 30_000_000_000,
        max_priority_fee_per_gas: 1,
        to: TxKind::Create,
        value: U256::ZERO,
        access_list: AccessList(vec![AccessListItem {
            address: Address::repeat_byte(2),
            storage_keys: vec![B256::repeat_byte(3), B256::ZERO],
        }]),
        input: Bytes::from_static(&[0; 60]),
    }
}

fn blob() -> TxEip4844 {
    TxEip4844 {
        chain_id: 1,
        max_fee_per_blob_gas: 1,
        blob_versioned_hashes: vec![B256::repeat_byte(1)],
        ..TxEip4844::default()
    }
}

fn transactions() -> Vec<TxEnvelope> {
    vec![
        legacy().into_signed(signature()).into(),
        eip1559().into_signed(signature()).into(),
        blob().into_signed(signature()).into(),
    ]
}

fn header() -> Header {
    Header {
        number: 20_000_000,
        extra_data: Bytes::from_static(b"extra"),
        base_fee_per_gas: Some(7),
        withdrawals_root: Some(B256::repeat_byte(4)),
        ..Header::default()
    }
}

fn body() -> BlockBody<TxEnvelope> {
    BlockBody {
        transactions: transactions(),
        ommers: vec![header()],
        withdrawals: Some(Withdrawals(vec![Withdrawal {
            index: 80_000_000,
            validator_index: 1_000_000,
            address: Address::repeat_byte(5),
            amount: 18_000_000,
        }])),
    }
}

fn written(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(1, None, &mut bytes).unwrap();
    bytes
}

fn read(message: &Message, bytes: &[u8]) -> Result<Message, ErrorKind> {
    Message::decode(1, message.code(), bytes).map_err(|error| match error {
        DecodeError::Message { cause, .. } | DecodeError::Field { cause, .. } => {
            cause.kind().clone()
        }
        other => unreachable!("{other}"),
    })
}

/// A message comes back as it was.
fn comes_back(message: &Message) -> Vec<u8> {
    let bytes = written(message);
    assert_eq!(&read(message, &bytes).unwrap(), message);
    bytes
}

#[test]
fn transactions_are_encoded_as_alloy_does_it() {
    let bytes = comes_back(&Message::Transactions(transactions()));
    assert_eq!(bytes, alloy_rlp::encode(transactions()));
    // A legacy transaction is a list, typed ones are byte strings.
    let mut list = rlp::Reader::new(&bytes).list().unwrap();
    assert!(list.is_list());
    list.item().unwrap();
    assert_eq!(list.bytes().unwrap()[0], 2);
    assert_eq!(list.bytes().unwrap()[0], 3);
}

#[test]
fn a_transaction_with_its_blobs_comes_through() {
    #[derive(Debug, PartialEq, Rlp)]
    #[rlp(transparent)]
    struct Transactions(Vec<PooledTransaction>);

    let sidecar = BlobTransactionSidecarEip7594::new(
        vec![[9; 131_072].into()],
        vec![[8; 48].into()],
        vec![[7; 48].into(); 128],
    );
    let tx = TxEip4844WithSidecar::from_tx_and_sidecar(blob(), sidecar);
    let transactions = Transactions(vec![
        PooledTransaction::Eip4844(tx.into_signed(signature()));
        2
    ]);
    let bytes = rlp::encode(&transactions).unwrap();
    assert!(bytes.len() > 2 * 131_072);
    assert_eq!(bytes, alloy_rlp::encode(&transactions.0));
    assert_eq!(rlp::decode::<Transactions>(&bytes).unwrap(), transactions);
}

#[test]
fn headers_and_bodies_are_encoded_as_in_alloy() {
    let message = Message::Headers {
        id: 5,
        headers: vec![header(), Header::default()],
        next: Some(B256::repeat_byte(1)),
    };
    let bytes = comes_back(&message);
    let mut list = rlp::Reader::new(&bytes).list().unwrap();
    list.item().unwrap();
    let headers = list.item().unwrap();
    assert_eq!(
        headers,
        alloy_rlp::encode([header(), Header::default()].to_vec())
    );
    comes_back(&Message::Headers {
        id: 5,
        headers: vec![],
        next: None,
    });

    let bytes = comes_back(&Message::Body(body()));
    assert_eq!(bytes, alloy_rlp::encode(body()));
}

#[test]
fn alloys_types_stand_beside_others() {
    let values = Message::Values(
        vec![U256::MAX, U256::ZERO],
        Bytes::from_static(&[1, 2]),
        Address::repeat_byte(9),
        Box::new(Bloom::repeat_byte(1)),
    );
    let bytes = comes_back(&values);
    assert_eq!(bytes.len(), 3 + (1 + 34) + 3 + 21 + 259);

    let mut account = Account {
        nonce: 1,
        balance: U256::from(2),
        root: B256::repeat_byte(1),
        code: None,
    };
    let bytes = rlp::encode(&account).unwrap();
    assert_eq!(bytes.len(), 1 + 1 + 1 + 33);
    assert_eq!(rlp::decode::<Account>(&bytes).unwrap(), account);
    account.code = Some(Bytes::from_static(&[0x60]));
    comes_back(&Message::Account(account));
}

#[test]
fn malformed_headers_and_transactions_are_refused() {
    let message = Message::Body(body());
    let whole = written(&message);
    for end in 0..whole.len() {
        assert!(read(&message, &whole[..end]).is_err(), "{end} bytes");
    }
    for (i, byte) in whole.iter().enumerate() {
        let mut changed = whole.clone();
        changed[i] = byte.wrapping_add(1);
        // An accepted payload is never the encoding of another value.
        if let Ok(other) = read(&message, &changed) {
            assert_eq!(written(&other), changed, "byte {i}");
        }
    }

    // An unknown type of transaction.
    let unknown = read(&Message::Transactions(vec![]), &[0xc3, 0x82, 0x7f, 0xc0]);
    assert!(matches!(unknown, Err(ErrorKind::Alloy(_))), "{unknown:?}");
    // A transaction's list that goes on in its byte string.
    let mut typed = alloy_rlp::encode(Bytes::from(
        [
            alloy_eips::eip2718::Encodable2718::encoded_2718(&transactions()[1]),
            vec![0],
        ]
        .concat(),
    ));
    typed.splice(0..0, rlp_list_header(typed.len()));
    assert!(read(&Message::Transactions(vec![]), &typed).is_err());
    // Not a list.
    let string = read(&Message::Transactions(vec![]), &[0x80]);
    assert_eq!(string, Err(ErrorKind::ExpectedList));
}

fn rlp_list_header(payload_length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    rlp::Writer::new(&mut bytes).list(payload_length);
    bytes
}

#[test]
fn many_tiny_transactions_are_too_much_memory() {
    // Ten bytes each, and hundreds in memory.
    let tiny = [0xc9, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 27, 1, 1];
    let list = |count| {
        let mut bytes = rlp_list_header(tiny.len() * count);
        bytes.extend(tiny.repeat(count));
        bytes
    };
    let message = Message::Transactions(vec![]);
    assert!(read(&message, &list(300)).is_ok());
    let refused = read(&message, &list(100_000));
    assert!(
        matches!(refused, Err(ErrorKind::TooMuchMemory { .. })),
        "{refused:?}"
    );
    // Hidden in a body, whose lists alloy reads.
    let mut bytes = list(100_000);
    bytes.push(0xc0);
    bytes.splice(0..0, rlp_list_header(bytes.len()));
    let refused = read(&Message::Body(BlockBody::default()), &bytes);
    assert!(
        matches!(refused, Err(ErrorKind::TooMuchMemory { .. })),
        "{refused:?}"
    );
}
