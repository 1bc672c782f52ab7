//! Paths, types and parameters of the user's that are called like what the generated code uses.
#![deny(warnings)]
#![allow(non_snake_case, dead_code)]

use p2p::{Protocol, Rlp};

mod Bounds {
    pub const ITEMS: usize = 2;
}

mod Field {
    pub const MODULUS: u64 = 97;
}

mod Struct {
    pub fn check(_: &u64) -> Result<(), &'static str> {
        Ok(())
    }
}

#[derive(Debug, PartialEq, Rlp)]
struct Poly<Field> {
    #[field(max_items = Bounds::ITEMS)]
    coefficients: Vec<Field>,
    #[field(range(0..crate::Field::MODULUS), with = Struct::check)]
    number: u64,
}

fn payload_length(bytes: &Vec<u8>) -> Result<(), &'static str> {
    match bytes.len() {
        0 => Err("nothing"),
        _ => Ok(()),
    }
}

fn u64_codec(_: &u64) -> Result<(), &'static str> {
    Ok(())
}

#[derive(Debug, PartialEq, Rlp)]
struct Checked {
    #[field(with = payload_length)]
    bytes: Vec<u8>,
    #[field(with = u64_codec)]
    number: u64,
    other: u64,
}

trait Of<T> {}

struct H;

impl Of<H> for u8 {}

#[derive(Debug, Protocol)]
#[protocol(name = "names", version = 1)]
enum Message<T: Of<H>> {
    One([u8; 2], T),
    Two {
        #[field(max_items = Bounds::ITEMS)]
        items: Vec<u64>,
        #[field(range(..Field::MODULUS))]
        number: u64,
    },
}

fn main() {
    let poly = Poly { coefficients: vec![1_u64, 2], number: 3 };
    assert_eq!(p2p::rlp::encode(&poly).unwrap(), [0xc4, 0xc2, 1, 2, 3]);
    let empty = Checked { bytes: vec![], number: 1, other: 2 };
    assert!(p2p::rlp::encode(&empty).is_err());
    let _ = <Message<u8> as p2p::spec::Describe>::describe();
    let _ = <Poly<u8> as p2p::rlp::Decode>::shape(&mut p2p::rlp::Shapes::new());
}
