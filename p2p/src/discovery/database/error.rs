//! What can be wrong with the file of a node database, and what is to be done then.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// Why a node database can't be opened or written.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The file can't be opened, read or written: there is no such folder, no permission, no space.
    #[error("node database {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// Somebody else has opened it: another process, or this one.
    #[error(
        "node database {} is in use: stop the other node, or give this one a file of its own",
        path.display()
    )]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// It is damaged, or no node database.
    #[error(
        "node database {} is damaged or something else: {reason}; move it away, or choose to start afresh",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Another version of this library has written it.
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

/// What is to be done when the file of a node database can't be used.
///
/// As text, for flags and configuration files: `error` or `start-afresh`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum BadFile {
    /// To say what is wrong, as a [`DatabaseError`].
    #[default]
    Error,
    /// To begin anew. A file that is damaged, no node database, or of another format is renamed first, to
    /// its name with `.bad-1` at the end, or a higher number; nothing is deleted. One that is in use is
    /// left alone, and what is learned then is not kept. Either is logged as a warning. What the
    /// operating system refuses, for want of permission perhaps, is an error all the same.
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

/// A text that does not say what is to be done with a bad file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?}: write \"error\" or \"start-afresh\"")]
pub struct BadFileError {
    /// What was given.
    pub text: String,
}
