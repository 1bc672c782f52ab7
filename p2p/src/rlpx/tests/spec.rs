//! Frames built step by step as the specification says, without optimisations.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit, KeyIvInit, StreamCipher};
use ctr::Ctr128BE;

use crate::rlpx::handshake::Secrets;
use crate::rlpx::keccak::Keccak256;

pub(super) struct Spec {
    aes: Ctr128BE<Aes256>,
    mac_secret: Aes256,
    egress_mac: Keccak256,
}

impl Spec {
    pub(super) fn new(secrets: Secrets) -> Self {
        Self {
            aes: Ctr128BE::<Aes256>::new(&secrets.aes.into(), &[0; 16].into()),
            mac_secret: Aes256::new(&secrets.mac.into()),
            egress_mac: secrets.egress,
        }
    }

    fn digest(&self) -> [u8; 16] {
        self.egress_mac.digest()[..16].try_into().expect("16 bytes")
    }

    /// Absorbs `aes(mac-secret, digest) ^ with` and returns the new digest.
    fn seed(&mut self, with: [u8; 16]) -> [u8; 16] {
        let mut seed = self.digest().into();
        self.mac_secret.encrypt_block(&mut seed);
        let seed: Vec<u8> = seed.iter().zip(with).map(|(a, b)| a ^ b).collect();
        self.egress_mac.update(&seed);
        self.digest()
    }

    /// One frame, of any size that 24 bits can hold, including 0.
    pub(super) fn frame(&mut self, data: &[u8]) -> Vec<u8> {
        let mut header = [0; 16];
        header[..3].copy_from_slice(&(data.len() as u32).to_be_bytes()[1..]);
        header[3..6].copy_from_slice(&[0xc2, 0x80, 0x80]);
        self.aes.apply_keystream(&mut header);
        let mut frame = header.to_vec();
        frame.extend(self.seed(header));

        let mut data = data.to_vec();
        while !data.len().is_multiple_of(16) {
            data.push(0);
        }
        self.aes.apply_keystream(&mut data);
        self.egress_mac.update(&data);
        frame.extend(&data);
        let digest = self.digest();
        frame.extend(self.seed(digest));
        frame
    }
}
