//! Types whose arguments are no items, and paths with several arguments.
#![deny(warnings)]
#![allow(dead_code)]

use p2p::rlp::{Decode, Encode, Error, Reader, Writer};
use p2p::{Protocol, Rlp};
use std::marker::PhantomData;

/// A number, whatever its parameter.
#[derive(Debug, PartialEq)]
struct Tagged<T>(u64, PhantomData<T>);

impl<T> Encode for Tagged<T> {
    fn length(&self) -> usize {
        self.0.length()
    }

    fn encode(&self, out: &mut Writer<'_>) {
        self.0.encode(out);
    }
}

impl<T> Decode for Tagged<T> {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Error> {
        u64::decode(reader).map(|number| Self(number, PhantomData))
    }
}

trait Wire<A = i32, B = f64> {
    type Out;
    const MOST: usize;
}

impl<A, B> Wire<A, B> for u8 {
    type Out = u64;
    const MOST: usize = 3;
}

fn check<A, B>(_: &u64) -> Result<(), &'static str> {
    Ok(())
}

#[derive(Debug, PartialEq, Protocol)]
#[protocol(name = "types", version = 1)]
enum Message {
    Numbers(Tagged<i32>, Vec<Tagged<f64>>, Option<Tagged<char>>),
    Optional(Tagged<Option<u8>>),
    Text(Tagged<&'static str>),
    Associated(<u8 as Wire<i32>>::Out, <u8 as Wire<Option<u8>, &'static str>>::Out),
    Paths {
        #[field(with = check::<u8, Vec<u8>>)]
        number: u64,
        #[field(max_items = <u8 as Wire<u16, u32>>::MOST, with = Self::some)]
        items: Vec<u64>,
    },
}

impl Message {
    fn some(_: &[u64]) -> Result<(), &'static str> {
        Ok(())
    }
}

#[derive(Debug, PartialEq, Rlp)]
struct Lengths {
    half: [u8; "½".len()],
    größe: [u8; "²".len()],
}

fn main() {
    let message = Message::Text(Tagged(5, PhantomData));
    let mut bytes = Vec::new();
    message.encode(1, None, &mut bytes).unwrap();
    assert_eq!(bytes, [0xc1, 5]);
}
