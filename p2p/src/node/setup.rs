//! What a node starts with: the settings of its server and those of the program around it.

use std::path::PathBuf;

use p2p_derive::Settings;
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::nodes::database::error::BadFile;
use crate::server::Config;
use crate::server::builder::Builder;
use crate::server::error::StartError;
use crate::server::setting::value::{Form, Value, ValueError, text};
use crate::server::setting::{Row, Settings};

/// Which events are logged.
pub(super) type Log = Targets;

/// What a node starts with. Its fields but the first are the settings of the program around the server.
#[derive(Debug, Settings)]
pub(super) struct Setup {
    #[setting(skip)]
    pub(super) server: Builder,
    /// The file of the node's key, created if it does not exist; without one, a new key at each start.
    ///
    /// It holds 64 hex digits, as go-ethereum writes them. Keep it secret: anyone who has it can impersonate
    /// the node.
    #[setting(heading = "Essentials")]
    pub(super) key: Option<PathBuf>,
    /// Where to serve metrics to Prometheus, for example `127.0.0.1:9100`, or `none`.
    ///
    /// At `http://ADDR/metrics`. It also measures how long handlers take.
    pub(super) metrics: Option<String>,
    /// What to log: off, error, warn, info, debug, trace, or by module: p2p=debug.
    ///
    /// It goes to standard error.
    pub(super) log: Log,
    /// The file that remembers known nodes, created if it does not exist.
    #[setting(heading = "Dialing", example = "\"nodes.redb\"")]
    pub(super) database: Option<PathBuf>,
    /// What to do if that file is damaged or in use: error, or start-afresh.
    ///
    /// To start afresh renames a damaged file, and does without one that is in use.
    pub(super) bad_database: BadFile,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            server: Builder::default(),
            key: None,
            metrics: None,
            log: Log::new().with_default(LevelFilter::INFO),
            database: None,
            bad_database: BadFile::default(),
        }
    }
}

/// All settings of a node: those of its server, then those of the program.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    Config::rows().iter().chain(Setup::rows())
}

impl Setup {
    /// All settings with their values, in the order of [`rows`].
    pub(super) fn settings(&self) -> impl Iterator<Item = (&'static Row, &dyn Value)> {
        let values = self.server.config.values().into_iter().chain(self.values());
        rows().zip(values)
    }

    /// Checks the value of one setting by itself: how it reads, and its range.
    pub(super) fn check(row: &'static Row, text: &str) -> Result<Given, ValueError> {
        let mut alone = Self::default();
        if let Some(value) = alone.value_mut(row) {
            value.set(text)?;
        }
        match alone.server.config.check_ranges() {
            Err(StartError::Zero { .. }) => Err(ValueError::Zero),
            Err(StartError::Range { least, most, .. }) => Err(ValueError::Range { least, most }),
            _ => Ok(Given {
                row,
                text: text.to_owned(),
            }),
        }
    }

    /// Sets what is given. Items of lists are added.
    pub(super) fn apply(&mut self, given: &Given) {
        let set = self
            .value_mut(given.row)
            .map(|value| value.set(&given.text));
        debug_assert!(matches!(set, Some(Ok(()))), "{given:?} was checked");
    }

    fn value_mut(&mut self, row: &Row) -> Option<&mut dyn Value> {
        let is_own = Self::rows().iter().any(|it| it.field == row.field);
        let (rows, values) = if is_own {
            (Self::rows(), self.values_mut())
        } else {
            (Config::rows(), self.server.config.values_mut())
        };
        let mut settings = rows.iter().zip(values);
        let (_, value) = settings.find(|(it, _)| it.field == row.field)?;
        Some(value)
    }
}

/// A setting that a flag or a file gives, or one item of a list. Only [`Setup::check`] makes it.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) row: &'static Row,
    /// It reads as the value.
    text: String,
}

impl Value for Log {
    fn form(&self) -> Form {
        text("FILTER", "a filter", "\"info\"")
    }

    /// A single word must be a level. `Targets` would take a misspelt level for a module, log all of that and
    /// nothing else.
    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        let wrong = |part: &str| ValueError::Log { text: part.into() };
        for part in text.split(',') {
            let level = part.split_once('=').map_or(part, |(_, level)| level);
            level.parse::<LevelFilter>().map_err(|_| wrong(part))?;
        }
        *self = text.parse().map_err(|_| wrong(text))?;
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}
