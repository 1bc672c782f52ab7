//! What a setting is: one row makes a flag, a key of the file, and what is said of both.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::Log;
use super::error::ValueError;
use super::value::{Form, Value};
use crate::nodes::BadFile;
use crate::server::{Builder, StartError};

/// What a node starts with.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) server: Builder,
    /// The file that the node's key is in.
    pub(super) key: Option<PathBuf>,
    /// The file of known nodes, and what is done if it can't be used.
    pub(super) database: Option<PathBuf>,
    pub(super) bad_database: BadFile,
    /// Where metrics are served.
    pub(super) metrics: Option<String>,
    pub(super) log: Log,
}

/// A row of [`settings`](super::settings::settings).
pub(super) struct Setting {
    /// The flag without its dashes. The key in the file is the same, with `_` for `-`.
    pub(super) flag: &'static str,
    /// The method of [`Builder`] that it calls; empty if none.
    pub(super) setter: &'static str,
    /// What it is, in a line.
    pub(super) help: &'static str,
    /// What else is to be known, in lines.
    pub(super) more: &'static [&'static str],
    /// How it is read and shown.
    pub(super) access: &'static dyn Access,
}

impl Setting {
    /// The key in the file.
    pub(super) fn key(&self) -> String {
        self.flag.replace('-', "_")
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.flag)
    }
}

/// Settings that belong together.
pub(super) struct Group {
    pub(super) heading: &'static str,
    pub(super) settings: &'static [Setting],
}

/// A setting that was given.
#[derive(Clone)]
pub(super) struct Change(Arc<dyn Fn(&mut Setup) + Send + Sync>);

impl Change {
    fn new(change: impl Fn(&mut Setup) + Send + Sync + 'static) -> Self {
        Self(Arc::new(change))
    }

    pub(super) fn apply(&self, setup: &mut Setup) {
        (self.0)(setup);
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

/// How a setting is read and shown.
pub(super) trait Access: Sync {
    /// What its value looks like, or each of its values.
    fn form(&self) -> Form;

    /// Whether it has any number of values. What is given anew is added to what there is.
    fn is_list(&self) -> bool {
        false
    }

    fn read(&self, text: &str) -> Result<Change, ValueError>;

    /// Its values, as they are read.
    fn show(&self, setup: &Setup) -> Vec<String>;
}

/// A setting of the server.
pub(super) struct Of<T> {
    pub(super) set: fn(Builder, T) -> Builder,
    pub(super) show: fn(&Builder) -> Option<T>,
}

impl<T: Value> Access for Of<T> {
    fn form(&self) -> Form {
        T::FORM
    }

    fn read(&self, text: &str) -> Result<Change, ValueError> {
        let value = T::read(text)?;
        let set = self.set;
        let alone = set(Builder::default(), value.clone()).config.check();
        if let Err(StartError::Zero { .. }) = alone {
            return Err(ValueError::Zero { text: text.into() });
        }
        Ok(on_server(move |server| set(server, value.clone())))
    }

    fn show(&self, setup: &Setup) -> Vec<String> {
        (self.show)(&setup.server).iter().map(T::write).collect()
    }
}

/// A setting of the server that is a list.
pub(super) struct ListOf<T> {
    pub(super) add: fn(Builder, T) -> Builder,
    pub(super) show: fn(&Builder) -> &[T],
}

impl<T: Value> Access for ListOf<T> {
    fn form(&self) -> Form {
        T::FORM
    }

    fn is_list(&self) -> bool {
        true
    }

    fn read(&self, text: &str) -> Result<Change, ValueError> {
        let value = T::read(text)?;
        let add = self.add;
        Ok(on_server(move |server| add(server, value.clone())))
    }

    fn show(&self, setup: &Setup) -> Vec<String> {
        let mut shown = Vec::new();
        for value in (self.show)(&setup.server).iter().map(T::write) {
            if !shown.contains(&value) {
                shown.push(value);
            }
        }
        shown
    }
}

/// A setting of the program around the server.
pub(super) struct OfProgram<T> {
    pub(super) set: fn(&mut Setup, T),
    pub(super) show: fn(&Setup) -> Option<T>,
}

impl<T: Value> Access for OfProgram<T> {
    fn form(&self) -> Form {
        T::FORM
    }

    fn read(&self, text: &str) -> Result<Change, ValueError> {
        let value = T::read(text)?;
        let set = self.set;
        Ok(Change::new(move |setup| set(setup, value.clone())))
    }

    fn show(&self, setup: &Setup) -> Vec<String> {
        (self.show)(setup).iter().map(T::write).collect()
    }
}

fn on_server(change: impl Fn(Builder) -> Builder + Send + Sync + 'static) -> Change {
    Change::new(move |setup| setup.server = change(std::mem::take(&mut setup.server)))
}
