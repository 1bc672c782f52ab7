//! What a node starts with: the settings of its server and those of the program around it.

use std::path::PathBuf;

use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::nodes::database::error::BadFile;
use crate::server::Config;
use crate::server::builder::Builder;
use crate::server::error::StartError;
use crate::server::settings::value::{Form, Item, ListenAddr, ValueError};
use crate::server::settings::{Row, Settings};

/// Which events are logged.
pub(super) type Log = Targets;

/// What a node starts with. Its fields but the first two are the settings of the program around the server.
#[derive(Debug, p2p_derive::Settings)]
#[settings(crate = crate)]
pub(super) struct Setup {
    #[setting(skip)]
    pub(super) server: Builder,
    /// The settings that the program adds.
    #[setting(skip)]
    pub(super) own: Box<dyn Settings>,
    /// The file of the node's key, created if it does not exist; without one, a new key at each start.
    ///
    /// It holds 64 hex digits, as go-ethereum writes them. Keep it secret: anyone who has it can impersonate
    /// the node.
    #[setting(heading = "Essentials")]
    pub(super) key: Option<PathBuf>,
    /// Where to serve metrics to Prometheus, for example `127.0.0.1:9100`, or `none`.
    ///
    /// At `http://ADDR/metrics`. It also measures how long handlers take.
    #[setting(with = ListenAddr)]
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
            own: Box::new(()),
            key: None,
            metrics: None,
            log: Log::new().with_default(LevelFilter::INFO),
            database: None,
            bad_database: BadFile::default(),
        }
    }
}

impl Setup {
    /// All settings: the program's own, those of the server, and those of the node around it.
    pub(super) fn rows(&self) -> Vec<&'static Row> {
        self.parts().into_iter().flat_map(Settings::rows).collect()
    }

    /// All settings, each with its value.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let mut settings = Vec::new();
        for part in self.parts() {
            settings.extend(part.rows().iter().map(|row| Setting {
                row,
                values: part.show(row.flag),
            }));
        }
        settings
    }

    /// The settings that only this program has.
    pub(super) fn own_rows(&self) -> &'static [Row] {
        self.own.as_ref().rows()
    }

    fn parts(&self) -> [&dyn Settings; 3] {
        [self.own.as_ref(), &self.server.config, self]
    }

    /// Sets what is given. Items of lists are added.
    pub(super) fn apply(&mut self, given: &Given) {
        let flag = given.row.flag;
        let has = |rows: &[Row]| rows.iter().any(|row| row.flag == flag);
        let set = if has(self.own_rows()) {
            self.own.as_mut().set(flag, &given.text)
        } else if has(self.server.config.rows()) {
            self.server.config.set(flag, &given.text)
        } else {
            self.set(flag, &given.text)
        };
        debug_assert!(set.is_ok(), "{given:?} was checked");
    }
}

/// A setting with its value.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) row: &'static Row,
    /// The texts that read as the value: one for each item of a list, and none if nothing is set.
    pub(super) values: Vec<String>,
}

/// A setting that a flag or a file gives, or one item of a list. Only [`Given::check`] makes it.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) row: &'static Row,
    /// It reads as the value.
    text: String,
}

impl Given {
    /// Checks the value of one setting by itself: how it reads, and its range.
    pub(super) fn check(row: &'static Row, text: &str) -> Result<Self, ValueError> {
        (row.check)(text)?;
        let mut alone = Config::default();
        if alone.rows().iter().any(|other| std::ptr::eq(other, row)) {
            alone.set(row.flag, text)?;
        }
        match alone.check_ranges() {
            Err(StartError::Zero { .. }) => Err(ValueError::Zero),
            Err(StartError::Range { least, most, .. }) => Err(ValueError::Range { least, most }),
            _ => Ok(Self {
                row,
                text: text.to_owned(),
            }),
        }
    }
}

impl Item for Log {
    const FORM: Form = Form::text("FILTER", "a filter", "\"info\"");

    /// A single word must be a level. `Targets` would take a misspelt level for a module, log all of that and
    /// nothing else.
    fn read(text: &str) -> Result<Self, ValueError> {
        let wrong = |part: &str| ValueError::Log { text: part.into() };
        for part in text.split(',') {
            let level = part.split_once('=').map_or(part, |(_, level)| level);
            level.parse::<LevelFilter>().map_err(|_| wrong(part))?;
        }
        text.parse().map_err(|_| wrong(text))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}
