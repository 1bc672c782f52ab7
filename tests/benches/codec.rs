//! Encoding and decoding: the derive's beside alloy-rlp's derive and code by hand for the rlp crate.

use std::hint::black_box;

use p2p::Protocol;
use rlp::{Decodable, DecoderError, Encodable, Rlp, RlpStream};

use crate::measure::{Settings, Spent, time_here};
use crate::table::{Bar, Table};

/// Messages of ours.
#[derive(Debug, Clone, PartialEq, Protocol)]
#[protocol(name = "codec", version = 1)]
enum Ours {
    Five {
        number: u64,
        flag: bool,
        hash: [u8; 32],
        address: [u8; 20],
        text: String,
    },
    Hashes(Vec<[u8; 32]>),
}

/// The same of alloy-rlp.
#[derive(Debug, alloy_rlp::RlpEncodable, alloy_rlp::RlpDecodable)]
struct AlloyFive {
    number: u64,
    flag: bool,
    hash: [u8; 32],
    address: [u8; 20],
    text: String,
}

#[derive(Debug, alloy_rlp::RlpEncodable, alloy_rlp::RlpDecodable)]
struct AlloyHashes {
    hashes: Vec<[u8; 32]>,
}

/// The same for the rlp crate, which has no traits for arrays.
#[derive(Debug)]
struct RlpFive {
    number: u64,
    flag: bool,
    hash: Array<32>,
    address: Array<20>,
    text: String,
}

#[derive(Debug)]
struct RlpHashes(Vec<Array<32>>);

#[derive(Debug, Clone)]
struct Array<const N: usize>([u8; N]);

impl<const N: usize> Encodable for Array<N> {
    fn rlp_append(&self, stream: &mut RlpStream) {
        stream.encoder().encode_value(&self.0);
    }
}

impl<const N: usize> Decodable for Array<N> {
    fn decode(rlp: &Rlp<'_>) -> Result<Self, DecoderError> {
        let array = |bytes: &[u8]| bytes.try_into().map_err(|_| DecoderError::RlpInvalidLength);
        rlp.decoder().decode_value(array).map(Self)
    }
}

impl Encodable for RlpFive {
    fn rlp_append(&self, stream: &mut RlpStream) {
        stream.begin_list(5);
        stream.append(&self.number);
        stream.append(&self.flag);
        stream.append(&self.hash);
        stream.append(&self.address);
        stream.append(&self.text);
    }
}

impl Decodable for RlpFive {
    fn decode(rlp: &Rlp<'_>) -> Result<Self, DecoderError> {
        Ok(Self {
            number: rlp.val_at(0)?,
            flag: rlp.val_at(1)?,
            hash: rlp.val_at(2)?,
            address: rlp.val_at(3)?,
            text: rlp.val_at(4)?,
        })
    }
}

impl Encodable for RlpHashes {
    fn rlp_append(&self, stream: &mut RlpStream) {
        stream.begin_list(1);
        stream.append_list(&self.0);
    }
}

impl Decodable for RlpHashes {
    fn decode(rlp: &Rlp<'_>) -> Result<Self, DecoderError> {
        rlp.list_at(0).map(Self)
    }
}

pub(crate) fn run(settings: &Settings, table: &mut Table) {
    table.part("Encoding and decoding, one core");
    let hash = [7; 32];
    let address = [9; 20];
    let text = "five mixed fields".to_owned();
    let ours = Ours::Five {
        number: 1_700_000_000,
        flag: true,
        hash,
        address,
        text: text.clone(),
    };
    let alloy = AlloyFive {
        number: 1_700_000_000,
        flag: true,
        hash,
        address,
        text: text.clone(),
    };
    let rlp = RlpFive {
        number: 1_700_000_000,
        flag: true,
        hash: Array(hash),
        address: Array(address),
        text,
    };
    compare("five fields", settings, table, &ours, &alloy, &rlp);
    let hashes = [[7; 32]; 100];
    let ours = Ours::Hashes(hashes.to_vec());
    let alloy = AlloyHashes {
        hashes: hashes.to_vec(),
    };
    let rlp = RlpHashes(hashes.map(Array).to_vec());
    compare("100 hashes", settings, table, &ours, &alloy, &rlp);
}

fn compare<A, R>(
    what: &str,
    settings: &Settings,
    table: &mut Table,
    ours: &Ours,
    alloy: &A,
    rlp: &R,
) where
    A: alloy_rlp::Encodable + alloy_rlp::Decodable,
    R: Encodable + Decodable,
{
    let bytes = encode_ours(ours);
    assert_eq!(
        bytes,
        alloy_rlp::encode(alloy),
        "the same bytes by alloy-rlp"
    );
    assert_eq!(bytes, rlp::encode(rlp), "the same bytes by rlp");
    let code = ours.code();

    let mut one = Vec::new();
    let mut two = Vec::new();
    let [a, b, c] = settings.in_turn([
        &mut |n| {
            repeat(n, || {
                one.clear();
                black_box(ours).encode(1, None, &mut one).expect("encoded");
                black_box(&one);
            })
        },
        &mut |n| {
            repeat(n, || {
                two.clear();
                black_box(alloy).encode(&mut two);
                black_box(&two);
            })
        },
        &mut |n| {
            repeat(n, || {
                black_box(rlp::encode(black_box(rlp)));
            })
        },
    ]);
    table.cpu(
        &format!("{what}, encode"),
        &a,
        "alloy-rlp",
        &b,
        Bar::AtMost(2.0),
    );
    table.cpu(&format!("{what}, encode"), &a, "rlp", &c, Bar::None);

    let [a, b, c] = settings.in_turn([
        &mut |n| {
            repeat(n, || {
                black_box(Ours::decode(1, code, black_box(&bytes)).expect("decoded"));
            })
        },
        &mut |n| {
            repeat(n, || {
                black_box(A::decode(&mut &black_box(&bytes)[..]).expect("decoded"));
            })
        },
        &mut |n| {
            repeat(n, || {
                black_box(rlp::decode::<R>(black_box(&bytes)).expect("decoded"));
            })
        },
    ]);
    table.cpu(
        &format!("{what}, decode"),
        &a,
        "alloy-rlp",
        &b,
        Bar::AtMost(2.0),
    );
    table.cpu(&format!("{what}, decode"), &a, "rlp", &c, Bar::None);
}

fn encode_ours(message: &Ours) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(1, None, &mut bytes).expect("encoded");
    bytes
}

fn repeat(count: usize, mut work: impl FnMut()) -> Spent {
    time_here(|| {
        for _ in 0..count {
            work();
        }
    })
}
