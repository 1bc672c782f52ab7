//! A secret key by itself.

use secp256k1::ecdh::shared_secret_point;
use secp256k1::ecdsa::RecoverableSignature;
use secp256k1::{Message, SECP256K1, Scalar, SecretKey};

use super::{KeyError, PublicKey};

/// A secret key whose public key nobody has asked for yet: to compute that takes nearly as long as a signature.
#[derive(Clone)]
pub(crate) struct Secret(SecretKey);

impl Secret {
    /// Creates a key from randomness that the caller gives: `fill` fills a buffer, at least once.
    pub(crate) fn create(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        loop {
            let mut bytes = [0; 32];
            fill(&mut bytes);
            // All but 2^-128 of the 32-byte strings are keys.
            if let Ok(key) = Self::from_bytes(&bytes) {
                return key;
            }
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SecretKey::from_byte_array(*bytes).map_err(|_| KeyError::Secret)?;
        Ok(Self(secret))
    }

    pub(super) fn to_bytes(&self) -> [u8; 32] {
        self.0.secret_bytes()
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        PublicKey::from_point(self.0.public_key(SECP256K1))
    }

    /// Elliptic-curve Diffie-Hellman: the x coordinate of the shared point, 32 bytes.
    pub(crate) fn agree(&self, other: &PublicKey) -> [u8; 32] {
        let point = shared_secret_point(other.point(), &self.0);
        let mut x = [0; 32];
        x.copy_from_slice(&point[..32]);
        x
    }

    /// This key times a point. Takes the same time for every key.
    pub(crate) fn multiply(&self, point: &PublicKey) -> Result<PublicKey, KeyError> {
        let mut uncompressed = [4; 65];
        uncompressed[1..].copy_from_slice(&shared_secret_point(point.point(), &self.0));
        PublicKey::from_uncompressed(&uncompressed)
    }

    /// This key times a number below the order of the curve, modulo that order. Takes the same time for every key.
    pub(crate) fn times(&self, factor: &[u8; 32]) -> Result<Self, KeyError> {
        let factor = Scalar::from_be_bytes(*factor).map_err(|_| KeyError::Secret)?;
        let product = self.0.mul_tweak(&factor);
        product.map(Self).map_err(|_| KeyError::Secret)
    }

    /// The order of the curve minus this key.
    pub(crate) fn negated(&self) -> Self {
        Self(self.0.negate())
    }

    /// Signs a digest so that the public key can be had from the signature.
    pub(crate) fn sign(&self, digest: [u8; 32]) -> RecoverableSignature {
        SECP256K1.sign_ecdsa_recoverable(Message::from_digest(digest), &self.0)
    }
}
