//! Any bytes as values of many types.

use std::fmt::Debug;

use p2p::Rlp;
use p2p::rlp::{self as ours, Decode, Encode, Raw};

/// A field of each sort that the derive treats by itself.
#[derive(Debug, PartialEq, Rlp)]
struct Record {
    flag: bool,
    number: u64,
    large: u128,
    hash: [u8; 4],
    pair: [u16; 2],
    name: String,
    data: Vec<u8>,
    strings: Vec<Vec<u8>>,
    raw: Raw,
    #[field(range(1..=9), with = is_odd)]
    odd: u8,
    #[field(max_items = 2)]
    few: Vec<(u8, String)>,
    #[field(max_len = 3)]
    short: Option<String>,
    last: Option<u32>,
}

fn is_odd(number: &u8) -> Result<(), &'static str> {
    (number % 2 == 1).then_some(()).ok_or("it is even")
}

/// It nests in lists.
#[derive(Debug, PartialEq, Rlp)]
struct Tree {
    value: u16,
    branches: Vec<Tree>,
}

/// It nests behind pointers.
#[derive(Debug, PartialEq, Rlp)]
struct Chain {
    value: u8,
    next: Option<Box<Chain>>,
}

/// It may have more items than it knows.
#[derive(Debug, PartialEq, Rlp)]
#[rlp(trailing = "ignore")]
struct Open {
    number: u64,
    text: Option<String>,
}

#[derive(Debug, PartialEq, Rlp)]
#[rlp(transparent)]
struct Inner(Vec<[u8; 2]>);

/// Whatever decodes is the one encoding of its value, and others read it as we do.
pub fn rlp(bytes: &[u8]) {
    canonical::<Record>(bytes);
    canonical::<Tree>(bytes);
    canonical::<Chain>(bytes);
    canonical::<Inner>(bytes);
    canonical::<Raw>(bytes);
    canonical::<usize>(bytes);
    canonical::<[u8; 2]>(bytes);
    canonical::<[u64; 2]>(bytes);
    canonical::<Vec<u8>>(bytes);
    canonical::<Vec<bool>>(bytes);
    canonical::<Vec<Vec<u8>>>(bytes);
    canonical::<Vec<Vec<Vec<u8>>>>(bytes);
    canonical::<(u64, String)>(bytes);
    canonical::<(Raw, Raw, Raw)>(bytes);
    canonical::<Vec<(Vec<u8>, Box<Raw>)>>(bytes);
    shortened(bytes);

    agreed::<bool>(bytes);
    agreed::<u8>(bytes);
    agreed::<u16>(bytes);
    agreed::<u32>(bytes);
    agreed::<u64>(bytes);
    agreed::<u128>(bytes);
    agreed::<String>(bytes);
    agreed::<bytes::Bytes>(bytes);
    as_by_alloy::<[u8; 32]>(bytes);
    as_by_alloy::<Vec<u64>>(bytes);
    as_by_alloy::<Vec<String>>(bytes);
    as_by_alloy::<Vec<Vec<bytes::Bytes>>>(bytes);
}

/// The bytes are the encoding of what they decode to.
fn canonical<T: Encode + Decode + PartialEq + Debug>(bytes: &[u8]) -> Option<T> {
    let value = ours::decode::<T>(bytes).ok()?;
    assert_eq!(value.length(), bytes.len(), "{value:?}");
    let encoded = ours::encode(&value).expect("it was decoded");
    assert_eq!(encoded, bytes, "{value:?}");
    Some(value)
}

/// A type that ignores items loses them, and nothing else.
fn shortened(bytes: &[u8]) {
    let Ok(value) = ours::decode::<Open>(bytes) else {
        return;
    };
    let encoded = ours::encode(&value).expect("it was decoded");
    assert!(encoded.len() <= bytes.len());
    assert_eq!(canonical::<Open>(&encoded), Some(value));
}

/// alloy-rlp takes the same bytes, for the same value.
fn as_by_alloy<T>(bytes: &[u8]) -> Option<T>
where
    T: Encode + Decode + PartialEq + Debug + alloy_rlp::Decodable,
{
    let value = canonical::<T>(bytes);
    assert_eq!(value, alloy_rlp::decode_exact::<T>(bytes).ok());
    value
}

/// As [`as_by_alloy`], and the rlp crate, which takes more than we do, encodes the value so too.
fn agreed<T>(bytes: &[u8])
where
    T: Encode + Decode + PartialEq + Debug + alloy_rlp::Decodable + ::rlp::Encodable,
{
    if let Some(value) = as_by_alloy::<T>(bytes) {
        assert_eq!(&*::rlp::encode(&value), bytes);
    }
}
