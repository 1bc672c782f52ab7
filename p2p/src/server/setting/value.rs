//! How values of settings are read and shown, on the command line and in the file alike.

use std::fmt::Debug;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::amount::{read_size, read_time, write_size, write_time};
use crate::enode::{Enode, EnodeError};
use crate::identity::{KeyError, PublicKey};
use crate::network::{Network, NetworkError};
use crate::nodes::database::error::{BadFile, BadFileError};
use crate::server::error::range;
use crate::server::listen::parse_listen_addr;

/// The value of a setting.
pub(crate) trait Value: Debug {
    fn form(&self) -> Form;

    /// Reads a text and takes its value. A list takes it in addition to those that it has.
    fn set(&mut self, text: &str) -> Result<(), ValueError>;

    /// The texts that read as this value: one for each item of a list, and none if nothing is set.
    fn show(&self) -> Vec<String>;
}

/// What a value, or an item of a list, looks like in the help and in a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    /// The word that stands for it in the help.
    pub(crate) value: &'static str,
    pub(crate) kind: Kind,
    /// Completes "expected .." in a mistake, with its article: `a number`.
    pub(crate) what: &'static str,
    /// An example as it is written in a file.
    pub(crate) example: &'static str,
    pub(crate) is_list: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In quotes.
    Text,
    Number,
    /// A number, or in quotes with a unit.
    Amount,
    /// `true` or `false`.
    Switch,
}

/// The form of a single value.
const fn form(value: &'static str, kind: Kind, what: &'static str, example: &'static str) -> Form {
    Form {
        value,
        kind,
        what,
        example,
        is_list: false,
    }
}

/// The form of a value in quotes.
pub(crate) const fn text(value: &'static str, what: &'static str, example: &'static str) -> Form {
    form(value, Kind::Text, what, example)
}

/// Why a text is not a value of a setting.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum ValueError {
    /// It is not a number, or too large.
    #[error("{text:?} is no whole number from 0 to {most}")]
    Number {
        /// What was given.
        text: String,
        /// The largest number allowed.
        most: usize,
    },
    /// It is a number outside the setting's range.
    #[error("must be {}", range(*least, *most))]
    Range {
        /// The minimum.
        least: usize,
        /// The maximum; `usize::MAX` if there is none.
        most: usize,
    },
    /// It is a time of 0.
    #[error("must be more than 0")]
    Zero,
    /// It is neither `true` nor `false`.
    #[error("{text:?} is neither true nor false")]
    Switch {
        /// What was given.
        text: String,
    },
    /// It is not a time.
    #[error("{text:?} is no time: write numbers with a unit (d, h, m, s, ms), as 30s or 1m30s")]
    Time {
        /// What was given.
        text: String,
    },
    /// It is not a size.
    #[error("{text:?} is no size below 4GiB: write bytes, or with KiB, MiB or GiB, as 1MiB")]
    Size {
        /// What was given.
        text: String,
    },
    /// It is not an address to listen on.
    #[error(
        "{text:?} is no address to listen at: write an IP address and a port, as 127.0.0.1:30303, or none"
    )]
    Listen {
        /// What was given.
        text: String,
    },
    /// It is not a log filter.
    #[error(
        "{text:?} is no log filter: write off, error, warn, info, debug or trace, or for a module p2p=debug"
    )]
    Log {
        /// The part that is invalid.
        text: String,
    },
    /// It is not an enode URL.
    #[error(transparent)]
    Enode(#[from] EnodeError),
    /// It is not a public key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is not a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// It is not what to do with a bad file.
    #[error(transparent)]
    BadFile(#[from] BadFileError),
}

/// The largest number that is accepted for a count.
const MOST: usize = 1_000_000;

const NUMBER: Form = form("N", Kind::Number, "a number", "25");

fn read_number(text: &str, most: usize) -> Result<usize, ValueError> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|n| all_digits && *n <= most);
    number.ok_or_else(|| ValueError::Number {
        text: text.into(),
        most,
    })
}

impl Value for usize {
    fn form(&self) -> Form {
        NUMBER
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        *self = read_number(text, MOST)?;
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl Value for Option<usize> {
    fn form(&self) -> Form {
        NUMBER
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        *self = Some(read_number(text, MOST)?);
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        self.iter().map(usize::to_string).collect()
    }
}

/// The number of bits of an address.
impl Value for u8 {
    fn form(&self) -> Form {
        form("BITS", Kind::Number, "a number", "25")
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        let most = usize::from(Self::MAX);
        let number = read_number(text, most)?;
        *self = Self::try_from(number).unwrap_or(Self::MAX);
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

/// A number of bytes.
impl Value for u32 {
    fn form(&self) -> Form {
        form("SIZE", Kind::Amount, "a size", "\"1MiB\"")
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        *self = read_size(text).ok_or_else(|| ValueError::Size { text: text.into() })?;
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        vec![write_size(*self)]
    }
}

impl Value for bool {
    fn form(&self) -> Form {
        form("BOOL", Kind::Switch, "a truth value", "true")
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        *self = text
            .parse()
            .map_err(|_| ValueError::Switch { text: text.into() })?;
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl Value for Duration {
    fn form(&self) -> Form {
        text("TIME", "a time with its unit", "\"1m30s\"")
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        *self = read_time(text).ok_or_else(|| ValueError::Time { text: text.into() })?;
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        vec![write_time(*self)]
    }
}

impl Value for String {
    fn form(&self) -> Form {
        text("NAME", "a text", "\"foobar/v1.0.0\"")
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        *self = text.into();
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl Value for Option<PathBuf> {
    fn form(&self) -> Form {
        text("FILE", "a path", "\"node.key\"")
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        *self = Some(text.into());
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        self.iter().map(|path| path.display().to_string()).collect()
    }
}

/// An address to listen at, if any.
impl Value for Option<String> {
    fn form(&self) -> Form {
        text("ADDR", "an address", "\"127.0.0.1:30303\"")
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        if text == "none" {
            *self = None;
            return Ok(());
        }
        parse_listen_addr(text).map_err(|_| ValueError::Listen { text: text.into() })?;
        *self = Some(text.into());
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        vec![self.clone().unwrap_or_else(|| "none".into())]
    }
}

impl Value for BadFile {
    fn form(&self) -> Form {
        text("WHAT", "error or start-afresh", "\"error\"")
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        *self = text.parse()?;
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

/// An item of a setting that is a list.
trait Item: Debug + ToString + Sized {
    const FORM: Form;

    fn read(text: &str) -> Result<Self, ValueError>;
}

impl<T: Item> Value for Vec<T> {
    fn form(&self) -> Form {
        Form {
            is_list: true,
            ..T::FORM
        }
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        self.push(T::read(text)?);
        Ok(())
    }

    /// Each item once.
    fn show(&self) -> Vec<String> {
        let mut shown = Vec::new();
        for text in self.iter().map(T::to_string) {
            if !shown.contains(&text) {
                shown.push(text);
            }
        }
        shown
    }
}

impl Item for Enode {
    const FORM: Form = text("ENODE", "an enode URL", "\"enode://..@192.0.2.1:30303\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.parse()?)
    }
}

impl Item for PublicKey {
    const FORM: Form = text("NODE", "an enode URL or a public key", "\"enode://..\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        if text.starts_with("enode:") {
            return Ok(*text.parse::<Enode>()?.public_key());
        }
        Ok(text.parse()?)
    }
}

impl Item for Network {
    const FORM: Form = text("NETWORK", "a network", "\"10.0.0.0/8\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.parse()?)
    }
}
