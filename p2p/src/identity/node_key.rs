//! A node's secret key, and the file in which it is kept.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{KeyError, PublicKey, Secret, parse_hex, write_hex};

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
        // A key file has 64 bytes and a line end; a mistaken path may lead to gigabytes.
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
        /// What the operating system says.
        error: io::Error,
    },
    /// The file does not contain a key.
    #[error("{} is not a key file: {error}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        error: KeyError,
    },
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.0)
    }
}
