//! Why a node can't start.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::identity::KeyFileError;
use crate::nodes::database::error::DatabaseError;
use crate::server::error::StartError;
use crate::server::settings::Row;
use crate::server::settings::value::ValueError;

/// Why a node can't start.
#[non_exhaustive]
#[derive(Error)]
pub enum NodeError {
    /// The file of settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The file of known nodes.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The key and the known nodes are set to the same file.
    #[error("{} is given for the key and for the database: each needs a file of its own", path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// The server's settings.
    #[error("{error}{origins}")]
    Start {
        /// What is wrong with them.
        error: StartError,
        /// Where the settings that it names were given.
        origins: Origins,
    },
    /// The address of metrics.
    #[error("metrics can't be served: {0}")]
    Metrics(StartError),
    /// Two settings have one flag, or two structs of settings were given.
    #[error("the program's own settings: {text}")]
    Settings {
        /// What is wrong, and what to write.
        text: String,
    },
    /// The program already has a metrics recorder.
    #[error("metrics can't be served: the program has a recorder of its own, leave out --metrics")]
    Recorder,
}

/// The same as `Display`, because `main` prints an error with `Debug`.
impl fmt::Debug for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a file of settings can't be used.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It can't be read.
    #[error("could not read the settings in {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// It is too large to be a file of settings.
    #[error("{} is no file of settings: it has more than {most} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        most: u64,
    },
    /// There are mistakes in it; all of them are listed.
    #[error("{}", lines(path, mistakes))]
    Mistakes {
        /// The file.
        path: PathBuf,
        /// In the order of the file.
        mistakes: Vec<Mistake>,
    },
}

/// `node.toml:3:1: ..`, a line for each mistake.
fn lines(path: &Path, mistakes: &[Mistake]) -> String {
    let line = |mistake: &Mistake| format!("{}:{mistake}", path.display());
    match mistakes {
        [only] => line(only),
        mistakes => {
            let lines: Vec<_> = mistakes.iter().map(line).collect();
            let path = path.display();
            let count = lines.len();
            format!("{path} has {count} mistakes:\n{}", lines.join("\n"))
        }
    }
}

/// A mistake in a file of settings.
#[derive(Debug, Error)]
#[error("{position}: {error}")]
pub struct Mistake {
    /// Where it is.
    pub position: Position,
    /// What is wrong.
    pub error: SettingError,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// What is wrong in a file of settings.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum SettingError {
    /// It is not TOML.
    #[error("{}not TOML: {message}", key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default())]
    Syntax {
        /// The key that it comes after, if there is one.
        key: Option<String>,
        /// What the parser says.
        message: String,
    },
    /// Not all of it is text in UTF-8.
    #[error("a byte that is not UTF-8: a settings file is text")]
    NotUtf8,
    /// A key is repeated.
    #[error("{key} is set twice")]
    Twice {
        /// The key.
        key: String,
    },
    /// There is no such key.
    #[error("there is no setting {key}{}", meant(near.as_deref()))]
    Unknown {
        /// The key.
        key: String,
        /// The one that may have been meant.
        near: Option<String>,
    },
    /// There is a table, but no table is allowed.
    #[error("there is no table {key}: all settings are at the top level, as max_peers = 25")]
    Table {
        /// Its name.
        key: String,
    },
    /// The value has the wrong type.
    #[error("{key} takes {wanted}, as {example}; this is {found}")]
    Type {
        /// The key.
        key: String,
        /// What it takes.
        wanted: &'static str,
        /// An example of that.
        example: String,
        /// What is there.
        found: &'static str,
    },
    /// The value is not valid for this setting.
    #[error("{key}: {error}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with it.
        error: ValueError,
    },
}

fn meant(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near}?"))
        .unwrap_or_default()
}

/// Where settings were given that are wrong in combination, or turn out to be wrong only at start. It
/// is printed after the error.
#[derive(Debug, Default)]
pub struct Origins(Vec<(&'static Row, Origin)>);

/// Where a setting was given.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    Flag,
    File(PathBuf, Position),
}

impl Origins {
    /// Those of the settings that an error names: for each, the last place that sets it.
    pub(super) fn of(error: &StartError, given: &[(&'static Row, Origin)]) -> Self {
        let mut origins: Vec<(&Row, Origin)> = Vec::new();
        for (row, origin) in given {
            if names(error).contains(&row.field) {
                origins.retain(|(other, _)| other.field != row.field);
                origins.push((row, origin.clone()));
            }
        }
        Self(origins)
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (row, origin)) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { " (given by " } else { " and " })?;
            match origin {
                Origin::Flag => write!(f, "--{}", row.flag)?,
                Origin::File(path, position) => {
                    write!(f, "{} at {}:{position}", row.key(), path.display())?;
                }
            }
        }
        match self.0.as_slice() {
            [] => Ok(()),
            _ => f.write_str(")"),
        }
    }
}

/// The fields of `Config` that an error is about.
fn names(error: &StartError) -> Vec<&'static str> {
    match error {
        StartError::Zero { setting } | StartError::Range { setting, .. } => vec![setting],
        StartError::Exceeds { setting, limit, .. } => vec![setting, limit],
        StartError::HelloTooLarge { .. } => vec!["name"],
        StartError::Memory { .. } => vec!["server_memory"],
        StartError::ListenAddr { .. } | StartError::Listen { .. } => vec!["listen_addr"],
        _ => Vec::new(),
    }
}
