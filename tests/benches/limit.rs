//! The limit: what the cipher and the hash alone take for the bytes of a frame.

use std::hint::black_box;

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
#[cfg(feature = "asm")]
use keccak_asm::Keccak256 as Assembly;
use sha3::Keccak256 as Rust;

use crate::measure::{Spent, time_here};

type Ctr = ctr::Ctr64BE<Aes256>;

/// The library's hash.
#[cfg(not(feature = "asm"))]
type Keccak = Rust;
#[cfg(feature = "asm")]
type Keccak = Assembly;

/// A hash that goes on after it was asked for a digest.
pub(crate) trait Hash: Clone + Default {
    fn take_in(&mut self, bytes: &[u8]);

    fn digest(&self) -> [u8; 32];
}

impl Hash for Rust {
    fn take_in(&mut self, bytes: &[u8]) {
        sha3::Digest::update(self, bytes);
    }

    fn digest(&self) -> [u8; 32] {
        sha3::Digest::finalize(self.clone()).into()
    }
}

#[cfg(feature = "asm")]
impl Hash for Assembly {
    fn take_in(&mut self, bytes: &[u8]) {
        keccak_asm::Digest::update(self, bytes);
    }

    fn digest(&self) -> [u8; 32] {
        keccak_asm::Digest::finalize(self.clone()).into()
    }
}

/// The primitives, with the library's hash unless another is named, and a frame's bytes.
pub(crate) struct Limit<H = Keccak> {
    keystream: Ctr,
    block: Aes256,
    hash: H,
    frame: Vec<u8>,
}

impl Limit {
    pub(crate) fn new(size: usize) -> Self {
        Self::of(size)
    }
}

impl<H: Hash> Limit<H> {
    /// For frames with a message id of one byte and `size` bytes.
    pub(crate) fn of(size: usize) -> Self {
        let padded = (1 + size).next_multiple_of(16);
        Self {
            keystream: Ctr::new(&[1; 32].into(), &[0; 16].into()),
            block: Aes256::new(&[2; 32].into()),
            hash: H::default(),
            frame: vec![7; 16 + padded],
        }
    }

    /// Encrypts and authenticates so many frames.
    pub(crate) fn run(&mut self, count: usize) -> Spent {
        let Self {
            keystream,
            block,
            hash,
            frame,
        } = self;
        time_here(|| {
            for _ in 0..count {
                keystream.apply_keystream(frame);
                let (header, body) = frame.split_at(16);
                tag(block, hash, header);
                hash.take_in(body);
                let digest = hash.digest();
                tag(block, hash, &digest[..16]);
                black_box(&frame);
            }
        })
    }
}

/// One block of AES, one absorbed block, and one finalisation.
fn tag(cipher: &Aes256, hash: &mut impl Hash, seed: &[u8]) {
    let mut block = Array::from([3; 16]);
    block.iter_mut().zip(seed).for_each(|(b, s)| *b ^= s);
    cipher.encrypt_block(&mut block);
    hash.take_in(&block);
    black_box(hash.digest());
}
