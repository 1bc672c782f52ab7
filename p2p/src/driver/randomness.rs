//! The operating system's randomness. Lower layers are given theirs.

use std::io;
use std::path::Path;

use crate::identity::{KeyFileError, NodeKey};

/// Fills a buffer with bytes that no one can guess.
#[expect(clippy::expect_used, reason = "a node without randomness can't go on")]
pub(crate) fn fill_random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives randomness");
}

impl NodeKey {
    /// Creates a key from the operating system's randomness.
    ///
    /// # Panics
    ///
    /// If the operating system has no randomness to give.
    pub fn random() -> Self {
        Self::create(&mut fill_random)
    }

    /// Reads the key in a file, or creates one and saves it there if there is no such file.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load) and [`save`](Self::save).
    pub fn load_or_create(path: impl AsRef<Path>) -> Result<Self, KeyFileError> {
        match Self::load(&path) {
            Err(KeyFileError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self::random();
                key.save(&path)?;
                Ok(key)
            }
            loaded => loaded,
        }
    }
}
