//! Settings of a program: each is written once, as a documented field of a struct.
//!
//! A field is a flag of the command line, a key in the settings file, an entry in `--help` and one in what
//! `--print-config` prints. [`Config`](crate::Config) is such a struct. A program adds one of its own with
//! [`Node::settings`](crate::Node::settings):
//!
//! ```
//! use std::time::Duration;
//!
//! #[derive(Debug, p2p::Settings)]
//! struct Rumours {
//!     /// The number of rumours to keep.
//!     #[setting(heading = "Rumours", range = 1..=10_000)]
//!     keep: usize,
//!     /// Words that are never passed on.
//!     mute: Vec<String>,
//!     /// How long to wait before passing one on.
//!     delay: Duration,
//! }
//! # let _ = |it: Rumours| (it.keep, it.mute, it.delay);
//! ```
//!
//! [`derive(Settings)`](derive@crate::Settings) lists the attributes, and [`Item`] the types of fields.

mod amount;
pub(crate) mod value;

use std::any::Any;
use std::fmt::Debug;

#[doc(hidden)]
pub use self::value::check_range;
#[doc(inline)]
pub use self::value::{Form, Item, ListenAddr, Size, Value, ValueError};

/// A struct whose fields are settings, by [`derive(Settings)`](derive@crate::Settings) only.
pub trait Settings: Any + Debug + Send + Sync {
    #[doc(hidden)]
    fn rows(&self) -> &'static [Row];

    /// Sets what a text says. An item of a list is added.
    #[doc(hidden)]
    fn set(&mut self, flag: &str, text: &str) -> Result<(), ValueError>;

    /// The texts that read as the value: one for each item of a list, and none if nothing is set.
    #[doc(hidden)]
    fn show(&self, flag: &str) -> Vec<String>;
}

/// No settings.
impl Settings for () {
    fn rows(&self) -> &'static [Row] {
        &[]
    }

    fn set(&mut self, _: &str, _: &str) -> Result<(), ValueError> {
        Ok(())
    }

    fn show(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// A setting's description, without its value.
#[doc(hidden)]
#[derive(Debug)]
pub struct Row {
    /// The field's name.
    pub field: &'static str,
    /// The flag without its dashes.
    pub flag: &'static str,
    /// The group that it belongs to.
    pub heading: &'static str,
    /// An example of its value as it is written in a file, if that of its type does not suit.
    pub example: Option<&'static str>,
    /// The field's documentation comment.
    pub docs: &'static str,
    /// What its value looks like.
    pub form: Form,
    /// Whether a text is a value, or an item of it, and in the range.
    pub check: fn(&str) -> Result<(), ValueError>,
}

impl Row {
    /// The key in the file.
    pub(crate) fn key(&self) -> String {
        self.flag.replace('-', "_")
    }

    /// An example of its value, or of an item, as it is written in a file.
    pub(crate) fn example(&self) -> &'static str {
        self.example.unwrap_or(self.form.example)
    }
}
