//! The codec against the rlp crate and alloy-rlp, on values and on arbitrary bytes.

#![allow(clippy::unwrap_used)]
// The codecs are picked as derived code does it, with one depth of references for every type.
#![allow(clippy::needless_borrow)]

use std::fmt::Debug;

use bytes::{BufMut, Bytes};
use p2p::__private::{Codec, PickRlp as _, PickRlpList as _, Tag};
use p2p::rlp::{self as ours, Decode, Encode, Error, Raw, Reader, Writer};
use proptest::collection::vec;
use proptest::prelude::{
    ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use proptest::test_runner::TestCaseError;
use rlp_derive::{RlpDecodable, RlpEncodable};

/// A struct with one field of each sort, written by hand for each of the three codecs.
#[derive(Debug, Clone, PartialEq)]
struct Record {
    number: u64,
    hash: [u8; 32],
    name: String,
    data: Vec<u8>,
    numbers: Vec<Vec<u64>>,
    flag: bool,
}

impl Record {
    fn payload(&self) -> usize {
        self.number.length()
            + self.hash.length()
            + self.name.length()
            + self.data.length()
            + self.numbers.length()
            + self.flag.length()
    }
}

impl Encode for Record {
    fn length(&self) -> usize {
        ours::list_length(self.payload())
    }

    fn encode(&self, out: &mut Writer<'_>) {
        out.list(self.payload());
        self.number.encode(out);
        self.hash.encode(out);
        self.name.encode(out);
        self.data.encode(out);
        self.numbers.encode(out);
        self.flag.encode(out);
    }
}

impl Decode for Record {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut list = reader.list()?;
        let record = Self {
            number: Decode::decode(&mut list)?,
            hash: Decode::decode(&mut list)?,
            name: Decode::decode(&mut list)?,
            data: Decode::decode(&mut list)?,
            numbers: Decode::decode(&mut list)?,
            flag: Decode::decode(&mut list)?,
        };
        list.finish()?;
        Ok(record)
    }
}

impl rlp::Encodable for Record {
    fn rlp_append(&self, s: &mut rlp::RlpStream) {
        s.begin_list(6)
            .append(&self.number)
            .append(&&self.hash[..])
            .append(&self.name);
        s.append(&self.data).begin_list(self.numbers.len());
        for numbers in &self.numbers {
            s.append_list::<u64, u64>(numbers);
        }
        s.append(&self.flag);
    }
}

impl alloy_rlp::Encodable for Record {
    fn encode(&self, out: &mut dyn BufMut) {
        let payload = [
            alloy_rlp::encode(self.number),
            alloy_rlp::encode(self.hash),
            alloy_rlp::encode(&self.name),
            alloy_rlp::encode(self.data.as_slice()),
            alloy_rlp::encode(&self.numbers),
            alloy_rlp::encode(self.flag),
        ]
        .concat();
        alloy_rlp::Header {
            list: true,
            payload_length: payload.len(),
        }
        .encode(out);
        out.put_slice(&payload);
    }
}

/// A type that comes through the bridge.
#[derive(Debug, PartialEq, RlpEncodable, RlpDecodable)]
struct Derived {
    number: u64,
    name: String,
    numbers: Vec<u64>,
}

fn derived() -> impl Codec<Derived> {
    (&&&&&&Tag::<Derived>::NEW).__p2p_codec()
}

fn derived_list() -> impl Codec<Vec<Derived>> {
    (&&&&&&Tag::<Vec<Derived>>::NEW).__p2p_codec()
}

/// Strings of lengths around the changes of form, and single bytes.
fn data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        16 => vec(any::<u8>(), 0..4),
        16 => vec(any::<u8>(), 50..60),
        4 => vec(any::<u8>(), 250..260),
        1 => vec(any::<u8>(), 65_530..65_540),
    ]
}

/// Integers whose widths are evenly spread, unlike those of `any`.
fn integer() -> impl Strategy<Value = u128> {
    (any::<u128>(), 0..128u32).prop_map(|(value, shift)| value >> shift)
}

fn integers() -> impl Strategy<Value = Vec<u64>> {
    vec(integer().prop_map(|value| value as u64), 0..80)
}

fn record() -> impl Strategy<Value = Record> {
    (
        integer(),
        any::<[u8; 32]>(),
        any::<String>(),
        data(),
        vec(integers(), 0..4),
        any::<bool>(),
    )
        .prop_map(|(number, hash, name, data, numbers, flag)| Record {
            number: number as u64,
            hash,
            name,
            data,
            numbers,
            flag,
        })
}

/// An item of any shape.
fn item() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        vec(any::<u8>(), 0..4).prop_map(|bytes| ours::encode(&bytes).unwrap()),
        integer().prop_map(|value| ours::encode(&value).unwrap()),
        data().prop_map(|bytes| ours::encode(&bytes).unwrap()),
        "[a-z]{0,9}".prop_map(|text| ours::encode(&text).unwrap()),
    ];
    leaf.prop_recursive(4, 30, 6, |inner| {
        vec(inner, 0..6).prop_map(|items| {
            let items: Vec<Raw> = items
                .into_iter()
                .map(|item| Raw::new(item).unwrap())
                .collect();
            ours::encode(&items).unwrap()
        })
    })
}

/// A payload with a header that may be longer than it has to be.
fn loose_header(offset: u8, payload: &[u8], form: u8) -> Vec<u8> {
    let length = payload.len();
    let header = match (form, length) {
        // A header before a small byte, but otherwise canonical.
        (0..6, 0..56) => vec![offset + length as u8],
        (0..6, 56..256) => vec![offset + 56, length as u8],
        (6, 0..256) => vec![offset + 56, length as u8],
        (7, 0..256) => vec![offset + 57, 0, length as u8],
        _ => vec![offset + 57, (length >> 8) as u8, length as u8],
    };
    [header, payload.to_vec()].concat()
}

/// A string with a header that may be wrong, and often a leading zero.
fn loose_string() -> impl Strategy<Value = Vec<u8>> {
    let digits = vec(prop_oneof![0..3u8, 0x7e..0x82u8, any::<u8>()], 0..4);
    (digits, 0..9u8).prop_map(|(payload, form)| match (form, &payload[..]) {
        (8, [byte @ 0..0x80]) => vec![*byte],
        (8, _) => ours::encode(&payload).unwrap(),
        _ => loose_header(0x80, &payload, form),
    })
}

/// An item of any shape that is canonical, but for a header here and there.
fn loose_item() -> impl Strategy<Value = Vec<u8>> {
    loose_string().prop_recursive(3, 12, 4, |inner| {
        (vec(inner, 0..4), 0..8u8)
            .prop_map(|(items, form)| loose_header(0xc0, &items.concat(), form))
    })
}

/// Bytes at which a decoder may go wrong.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    const HEADERS: [u8; 24] = [
        0x00, 0x01, 0x02, 0x37, 0x38, 0x39, 0x7f, 0x80, 0x81, 0x82, 0x88, 0xb7, 0xb8, 0xb9, 0xbf,
        0xc0, 0xc1, 0xc2, 0xc3, 0xf7, 0xf8, 0xf9, 0xfe, 0xff,
    ];
    let header = || prop::sample::select(&HEADERS[..]);
    prop_oneof![
        vec(any::<u8>(), 0..80),
        vec(header(), 0..12),
        (vec(header(), 0..3), vec(any::<u8>(), 0..70))
            .prop_map(|parts| [parts.0, parts.1].concat()),
        item(),
        loose_string(),
        loose_item(),
        record().prop_map(|record| ours::encode(&record).unwrap()),
        // One byte changed, removed or put in.
        (item(), any::<prop::sample::Index>(), header(), 0..3).prop_map(|(item, at, byte, how)| {
            let at = at.index(item.len());
            let (before, after) = item.split_at(at);
            match how {
                0 => [before, &[byte], &after[1..]].concat(),
                1 => [before, &after[1..]].concat(),
                _ => [before, &[byte], after].concat(),
            }
        }),
    ]
}

fn round_trip<T: Encode + Decode + PartialEq + Debug>(value: &T) -> Result<Vec<u8>, TestCaseError> {
    let bytes = ours::encode(value).unwrap();
    prop_assert_eq!(bytes.len(), value.length());
    prop_assert_eq!(&ours::decode::<T>(&bytes).unwrap(), value);
    Ok(bytes)
}

/// Our encoding of `value` is the rlp crate's and alloy-rlp's, and decodes to it.
fn agree<T>(value: &T) -> Result<(), TestCaseError>
where
    T: Encode + Decode + PartialEq + Debug + rlp::Encodable + alloy_rlp::Encodable,
{
    let bytes = round_trip(value)?;
    prop_assert_eq!(&bytes, &*rlp::encode(value));
    prop_assert_eq!(&bytes, &alloy_rlp::encode(value));
    Ok(())
}

/// Bytes that decode to a `T` are the encoding of that `T`.
fn strict<T: Encode + Decode>(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(value) = ours::decode::<T>(bytes) else {
        return Ok(());
    };
    prop_assert_eq!(ours::encode(&value).unwrap(), bytes);
    Ok(())
}

/// As [`strict`], and alloy-rlp takes the same bytes, for the same value.
fn as_strict<T>(bytes: &[u8]) -> Result<(), TestCaseError>
where
    T: Encode + Decode + PartialEq + Debug + alloy_rlp::Decodable,
{
    strict::<T>(bytes)?;
    let theirs = alloy_rlp::decode_exact::<T>(bytes).ok();
    prop_assert_eq!(ours::decode::<T>(bytes).ok(), theirs);
    Ok(())
}

/// As [`strict`], for a type of the rlp crate.
fn strict_bridge<T>(codec: &impl Codec<T>, bytes: &[u8]) -> Result<(), TestCaseError> {
    let mut reader = Reader::new(bytes);
    let Ok(value) = codec.decode(&mut reader) else {
        return Ok(());
    };
    let mut encoded = Vec::new();
    codec.encode(&value, &mut Writer::new(&mut encoded));
    prop_assert_eq!(&encoded, &bytes[..bytes.len() - reader.remaining().len()]);
    prop_assert_eq!(codec.length(&value), encoded.len());
    Ok(())
}

proptest! {
    #[test]
    fn integers_are_encoded_as_by_others(value in integer()) {
        agree(&value)?;
        agree(&(value as u64))?;
        agree(&(value as usize))?;
        agree(&(value as u32))?;
        agree(&(value as u16))?;
        agree(&(value as u8))?;
        agree(&(value & 1 == 1))?;
    }

    #[test]
    fn strings_are_encoded_as_by_others(text in any::<String>(), data in data()) {
        agree(&text)?;
        agree(&Bytes::from(data.clone()))?;
        let bytes = round_trip(&data)?;
        prop_assert_eq!(&bytes, &*rlp::encode(&data));
        prop_assert_eq!(bytes, alloy_rlp::encode(data.as_slice()));
    }

    #[test]
    fn lists_are_encoded_as_by_others(numbers in vec(integers(), 0..6), texts in vec(any::<String>(), 0..6)) {
        prop_assert_eq!(round_trip(&numbers)?, alloy_rlp::encode(&numbers));
        let bytes = round_trip(&texts)?;
        prop_assert_eq!(&bytes, &*rlp::encode_list::<String, _>(&texts));
        prop_assert_eq!(&bytes, &alloy_rlp::encode(&texts));
        for numbers in numbers {
            let bytes = round_trip(&numbers)?;
            prop_assert_eq!(&bytes, &*rlp::encode_list::<u64, _>(&numbers));
        }
    }

    #[test]
    fn arrays_and_tuples_come_back(hashes in vec(any::<[u8; 32]>(), 0..6), pair in any::<[u64; 2]>(), name in any::<String>()) {
        prop_assert_eq!(round_trip(&hashes)?, alloy_rlp::encode(&hashes));
        prop_assert_eq!(round_trip(&pair)?, round_trip(&(pair[0], pair[1]))?);
        prop_assert_eq!(round_trip(&pair)?, round_trip(&pair.to_vec())?);
        round_trip(&(pair[0], name.clone(), hashes.clone()))?;
        round_trip(&(name, hashes, true, pair))?;
    }

    #[test]
    fn structs_are_encoded_as_by_others(record in record()) {
        let bytes = round_trip(&record)?;
        prop_assert_eq!(&bytes, &*rlp::encode(&record));
        prop_assert_eq!(&bytes, &alloy_rlp::encode(&record));
    }

    #[test]
    fn the_bridge_carries_types_of_the_rlp_crate(number in any::<u64>(), name in any::<String>(), numbers in integers()) {
        let value = Derived { number, name, numbers };
        let bytes = rlp::encode(&value);
        let mut encoded = Vec::new();
        derived().encode(&value, &mut Writer::new(&mut encoded));
        prop_assert_eq!(&encoded, &*bytes);
        prop_assert_eq!(derived().decode(&mut Reader::new(&bytes)), Ok(value));
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_accepted_is_canonical(bytes in hostile()) {
        strict::<usize>(&bytes)?;
        strict::<[u8; 2]>(&bytes)?;
        strict::<[u64; 2]>(&bytes)?;
        strict::<Vec<u8>>(&bytes)?;
        strict::<Vec<Vec<Vec<u8>>>>(&bytes)?;
        strict::<Vec<bool>>(&bytes)?;
        strict::<(u64, String)>(&bytes)?;
        strict::<(Raw, Raw, Raw)>(&bytes)?;
        strict::<Vec<(Vec<u8>, Raw)>>(&bytes)?;
        strict::<Record>(&bytes)?;
    }

    #[test]
    fn what_is_accepted_is_what_alloy_accepts(bytes in hostile()) {
        as_strict::<bool>(&bytes)?;
        as_strict::<u8>(&bytes)?;
        as_strict::<u16>(&bytes)?;
        as_strict::<u32>(&bytes)?;
        as_strict::<u64>(&bytes)?;
        as_strict::<u128>(&bytes)?;
        as_strict::<String>(&bytes)?;
        as_strict::<Bytes>(&bytes)?;
        as_strict::<[u8; 32]>(&bytes)?;
        as_strict::<Vec<u64>>(&bytes)?;
        as_strict::<Vec<String>>(&bytes)?;
        as_strict::<Vec<Vec<Bytes>>>(&bytes)?;
    }

    #[test]
    fn what_the_bridge_accepts_is_canonical(bytes in hostile()) {
        strict_bridge(&derived(), &bytes)?;
        strict_bridge(&derived_list(), &bytes)?;
    }

    #[test]
    fn a_cut_encoding_is_never_accepted(record in record(), at in any::<prop::sample::Index>()) {
        let bytes = ours::encode(&record).unwrap();
        let cut = &bytes[..at.index(bytes.len())];
        prop_assert!(ours::decode::<Record>(cut).is_err());
        prop_assert!(Raw::new(cut.to_vec()).is_err());
    }
}
