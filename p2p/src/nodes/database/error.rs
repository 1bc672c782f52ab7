//! Errors of a node database's file, and the choice of how to treat a bad file.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// Why a node database can't be opened or written.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The file can't be opened, read or written: the folder does not exist, there is no permission or no
    /// space.
    #[error("node database {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's error.
        error: io::Error,
    },
    /// It is already open, in another process or in this one.
    #[error(
        "node database {} is in use: stop the other node, or give this one a file of its own",
        path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// It is damaged, or not a node database.
    #[error(
        "node database {} is damaged or something else: {reason}; move it away, or choose to start afresh",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The kind of damage.
        reason: String,
    },
    /// It was written by another version of this library.
    #[error(
        "node database {} has format {found}, this version reads {expected}; move it away, or choose to \
         start afresh",
        path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The format's number.
        found: u64,
        /// The number that was expected.
        expected: u64,
    },
}

/// How to treat the file of a node database that can't be used.
///
/// As text, for flags and configuration files: `error` or `start-afresh`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum BadFile {
    /// Return a [`DatabaseError`] that says what is wrong.
    #[default]
    Error,
    /// Start afresh. A file that is damaged, not a node database, or of another format is first renamed by
    /// appending `.bad-1`, or a higher number; nothing is deleted. A file that is in use is left alone, and
    /// what is learned is then not kept. Either case is logged as a warning. What the operating system
    /// refuses, for example for lack of permission, is still an error.
    StartAfresh,
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::StartAfresh => "start-afresh",
        })
    }
}

impl FromStr for BadFile {
    type Err = BadFileError;

    fn from_str(text: &str) -> Result<Self, BadFileError> {
        match text {
            "error" => Ok(Self::Error),
            "start-afresh" => Ok(Self::StartAfresh),
            _ => Err(BadFileError { text: text.into() }),
        }
    }
}

/// A text that does not say what to do with a bad file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?}: write \"error\" or \"start-afresh\"")]
pub struct BadFileError {
    /// The text given.
    pub text: String,
}
