//! A node's secret key, the file in which it is kept, and secret keys in general.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use secp256k1::ecdh::shared_secret_point;
use secp256k1::ecdsa::RecoverableSignature;
use secp256k1::{Message, SECP256K1, Scalar, SecretKey};
use thiserror::Error;

use super::hex::{KeyError, parse_hex, write_hex};
use super::public_key::PublicKey;

/// A node's secret key, with its public key computed once.
///
/// Anyone who has the key can impersonate the node. Keep it between runs, in a file that only its owner can
/// read. `Debug` prints the public key and nothing of the secret.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = std::env::temp_dir().join(format!("p2p-doc-key-{}", std::process::id()));
/// # std::fs::create_dir_all(&dir)?;
/// let key = p2p::NodeKey::from_bytes(&[7; 32])?;
/// key.save(dir.join("node.key"))?;
/// assert_eq!(p2p::NodeKey::load(dir.join("node.key"))?.public_key(), key.public_key());
/// # std::fs::remove_dir_all(&dir)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct NodeKey {
    secret: Secret,
    public: PublicKey,
}

impl NodeKey {
    /// Creates a key from randomness supplied by the caller: `fill` fills a buffer, and is called at least once.
    pub fn create(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        Self::new(Secret::create(fill))
    }

    /// Creates a key from the 32 bytes of a secret key, big-endian.
    ///
    /// # Errors
    ///
    /// [`KeyError::Secret`] if they are zero, or not below the order of the curve.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        Secret::from_bytes(bytes).map(Self::new)
    }

    fn new(secret: Secret) -> Self {
        Self {
            public: secret.public_key(),
            secret,
        }
    }

    /// Parses a secret key of 64 hex digits.
    ///
    /// # Errors
    ///
    /// A [`KeyError`] that says what is wrong with the text.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(&parse_hex(text)?)
    }

    /// Reads a key from a file of 64 hex digits, as go-ethereum writes it; white space at the end is
    /// allowed.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or holds something else.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        let path = path.as_ref();
        let mut text = String::new();
        // A key file has 64 bytes and a line end. A wrong path may name a file of gigabytes.
        fs::File::open(path)
            .and_then(|file| file.take(256).read_to_string(&mut text))
            .map_err(|error| KeyFileError::Io {
                action: "read",
                path: path.into(),
                error,
            })?;
        Self::from_hex(text.trim_ascii_end()).map_err(|error| KeyFileError::Content {
            path: path.into(),
            error,
        })
    }

    /// Writes this key as 64 hex digits to a new file that only its owner may read (mode 0600).
    ///
    /// # Errors
    ///
    /// If the file already exists, so that no key is lost, or can't be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), KeyFileError> {
        let path = path.as_ref();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
            .open(path)
            .and_then(|mut file| {
                writeln!(file, "{}", Hex(&self.secret.to_bytes()))?;
                file.sync_all()
            })
            .map_err(|error| KeyFileError::Io {
                action: "write",
                path: path.into(),
                error,
            })
    }

    /// The public key that belongs to this key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Elliptic-curve Diffie-Hellman, see [`Secret::agree`].
    pub(crate) fn agree(&self, other: &PublicKey) -> [u8; 32] {
        self.secret.agree(other)
    }
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// A secret key without its public key, which takes nearly as long to compute as a signature.
#[derive(Clone)]
pub(crate) struct Secret(SecretKey);

impl Secret {
    /// Creates a key from randomness supplied by the caller: `fill` is called at least once.
    pub(crate) fn create(fill: &mut dyn FnMut(&mut [u8])) -> Self {
        loop {
            let mut bytes = [0; 32];
            fill(&mut bytes);
            // A random string of 32 bytes is not a key with a probability of 2^-128.
            if let Ok(key) = Self::from_bytes(&bytes) {
                return key;
            }
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SecretKey::from_byte_array(*bytes).map_err(|_| KeyError::Secret)?;
        Ok(Self(secret))
    }

    fn to_bytes(&self) -> [u8; 32] {
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

    /// Multiplies a point by this key, in constant time.
    pub(crate) fn multiply(&self, point: &PublicKey) -> Result<PublicKey, KeyError> {
        let mut uncompressed = [4; 65];
        uncompressed[1..].copy_from_slice(&shared_secret_point(point.point(), &self.0));
        PublicKey::from_uncompressed(&uncompressed)
    }

    /// Multiplies this key by a number below the order of the curve, modulo that order, in constant time.
    pub(crate) fn times(&self, factor: &[u8; 32]) -> Result<Self, KeyError> {
        let factor = Scalar::from_be_bytes(*factor).map_err(|_| KeyError::Secret)?;
        let product = self.0.mul_tweak(&factor);
        product.map(Self).map_err(|_| KeyError::Secret)
    }

    /// The order of the curve minus this key.
    pub(crate) fn negated(&self) -> Self {
        Self(self.0.negate())
    }

    /// Signs a digest so that the public key can be recovered from the signature.
    pub(crate) fn sign(&self, digest: [u8; 32]) -> RecoverableSignature {
        SECP256K1.sign_ecdsa_recoverable(Message::from_digest(digest), &self.0)
    }
}

/// Why a key file could not be used.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The file could not be read or written.
    #[error("could not {action} the key file {}: {error}", path.display())]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The file does not contain a key.
    #[error("{} is not a key file: {error}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The mistake in its text.
        error: KeyError,
    },
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.0)
    }
}
