//! The limit: what the cipher and the hash alone take for the bytes of a frame.

use std::hint::black_box;

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use sha3::{Digest, Keccak256};

use crate::measure::{Spent, time_here};

type Ctr = ctr::Ctr64BE<Aes256>;

/// The primitives, and a frame's bytes.
pub(crate) struct Limit {
    keystream: Ctr,
    block: Aes256,
    hash: Keccak256,
    frame: Vec<u8>,
}

impl Limit {
    /// For frames with a message id of one byte and `size` bytes.
    pub(crate) fn new(size: usize) -> Self {
        let padded = (1 + size).next_multiple_of(16);
        Self {
            keystream: Ctr::new(&[1; 32].into(), &[0; 16].into()),
            block: Aes256::new(&[2; 32].into()),
            hash: Keccak256::new(),
            frame: vec![7; 16 + padded],
        }
    }

    /// Encrypts and authenticates `count` frames.
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
                hash.update(body);
                let digest = hash.clone().finalize();
                tag(block, hash, &digest[..16]);
                black_box(&frame);
            }
        })
    }
}

/// One block of AES, one absorbed block, and one finalisation.
fn tag(cipher: &Aes256, hash: &mut Keccak256, seed: &[u8]) {
    let mut block = Array::from([3; 16]);
    block.iter_mut().zip(seed).for_each(|(b, s)| *b ^= s);
    cipher.encrypt_block(&mut block);
    hash.update(block);
    black_box(hash.clone().finalize());
}
