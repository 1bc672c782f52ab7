//! What the command line and the settings file know of a struct of settings.
//!
//! `#[derive(Settings)]` tells it of each field: its name, its documentation, and how its type is read and
//! shown.

mod amount;
pub(crate) mod value;

use self::value::Value;

/// A struct whose fields are settings. All three methods list the fields in the same order.
pub(crate) trait Settings {
    fn rows() -> &'static [Row];

    fn values(&self) -> Vec<&dyn Value>;

    fn values_mut(&mut self) -> Vec<&mut dyn Value>;
}

/// A setting's description, without its value.
#[derive(Debug)]
pub(crate) struct Row {
    /// The field's name.
    pub(crate) field: &'static str,
    /// The flag without its dashes.
    pub(crate) flag: &'static str,
    /// The group that it belongs to.
    pub(crate) heading: &'static str,
    /// An example of its value as it is written in a file, if that of its type does not suit.
    pub(crate) example: Option<&'static str>,
    /// The field's documentation comment.
    pub(crate) docs: &'static str,
}

impl Row {
    /// The key in the file.
    pub(crate) fn key(&self) -> String {
        self.flag.replace('-', "_")
    }
}
