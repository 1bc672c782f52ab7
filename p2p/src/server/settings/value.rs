//! How values of settings are read and shown, on the command line and in the file alike.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::{Bound, RangeBounds};
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

/// The type of a setting's field: an [`Item`], an `Option` of one, or a `Vec` of them.
///
/// A flag that sets a list may be repeated.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of a setting",
    note = "a setting is a `p2p::settings::Item`, which programs implement for their own types, an `Option` or a `Vec` of one"
)]
pub trait Value {
    /// The type of one value.
    type Item;

    /// What a value, or an item of a list, looks like.
    const FORM: Form;

    /// Reads one value.
    #[doc(hidden)]
    fn read(text: &str) -> Result<Self::Item, ValueError>;

    /// Reads a text and takes its value. A list takes it in addition to those that it has.
    #[doc(hidden)]
    fn set(&mut self, text: &str) -> Result<(), ValueError>;

    /// The texts that read as this value: one for each item of a list, and none if nothing is set.
    #[doc(hidden)]
    fn show(&self) -> Vec<String>;
}

/// A single value of a setting.
///
/// | type | in a file | on the command line |
/// |---|---|---|
/// | `bool` | `true` | `--flag`, `--flag=false` |
/// | `u8`, `u16`, `u32`, `u64`, `i64`, `f64` | `25` | `--flag 25` |
/// | `usize`: a count, at most 1,000,000 | `25` | `--flag 25` |
/// | [`Duration`] | `"1m30s"` | `--flag 1m30s` |
/// | `u32` with [`Size`] | `"1MiB"` | `--flag 1MiB` |
/// | `String`, `PathBuf` | `"text"` | `--flag text` |
/// | `SocketAddr`, [`Enode`], [`PublicKey`], [`Network`] | `"10.0.0.0/8"` | `--flag 10.0.0.0/8` |
///
/// A program implements it for types of its own:
///
/// ```
/// use p2p::settings::{Form, Item, ValueError};
///
/// #[derive(Debug)]
/// enum Colour {
///     Red,
///     Blue,
/// }
///
/// impl Item for Colour {
///     const FORM: Form = Form::text("COLOUR", "red or blue", "\"red\"");
///
///     fn read(text: &str) -> Result<Self, ValueError> {
///         match text {
///             "red" => Ok(Self::Red),
///             "blue" => Ok(Self::Blue),
///             _ => Err(ValueError::other(format!("{text:?} is neither red nor blue"))),
///         }
///     }
///
///     fn show(&self) -> String {
///         match self {
///             Self::Red => "red".into(),
///             Self::Blue => "blue".into(),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of a setting",
    note = "a setting is a `p2p::settings::Item`, which programs implement for their own types, an `Option` or a `Vec` of one"
)]
pub trait Item: Sized {
    /// What it looks like.
    const FORM: Form;

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// [`ValueError::other`] if the text is no such value, with the text and what to write instead.
    fn read(text: &str) -> Result<Self, ValueError>;

    /// The text that reads as this value.
    fn show(&self) -> String;
}

impl<T: Item> Value for T {
    type Item = T;

    const FORM: Form = T::FORM;

    fn read(text: &str) -> Result<T, ValueError> {
        T::read(text)
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        *self = T::read(text)?;
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        vec![Item::show(self)]
    }
}

impl<T: Item> Value for Option<T> {
    type Item = T;

    const FORM: Form = T::FORM;

    fn read(text: &str) -> Result<T, ValueError> {
        T::read(text)
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        *self = Some(T::read(text)?);
        Ok(())
    }

    fn show(&self) -> Vec<String> {
        self.iter().map(T::show).collect()
    }
}

impl<T: Item> Value for Vec<T> {
    type Item = T;

    const FORM: Form = Form {
        is_list: true,
        ..T::FORM
    };

    fn read(text: &str) -> Result<T, ValueError> {
        T::read(text)
    }

    fn set(&mut self, text: &str) -> Result<(), ValueError> {
        self.push(T::read(text)?);
        Ok(())
    }

    /// Each item once.
    fn show(&self) -> Vec<String> {
        let mut shown = Vec::new();
        for text in self.iter().map(T::show) {
            if !shown.contains(&text) {
                shown.push(text);
            }
        }
        shown
    }
}

/// Whether a value lies in the range that an attribute gives.
#[doc(hidden)]
pub fn check_range<T: PartialOrd + Display>(
    value: &T,
    range: &impl RangeBounds<T>,
) -> Result<(), ValueError> {
    if range.contains(value) {
        return Ok(());
    }
    let least = match range.start_bound() {
        Bound::Included(least) => format!(", at least {least}"),
        Bound::Excluded(least) => format!(", more than {least}"),
        Bound::Unbounded => String::new(),
    };
    let most = match range.end_bound() {
        Bound::Included(most) => format!(", at most {most}"),
        Bound::Excluded(most) => format!(", less than {most}"),
        Bound::Unbounded => String::new(),
    };
    let bounds = least + &most;
    Err(ValueError::other(format!(
        "must be {}",
        bounds.trim_start_matches(", ")
    )))
}

/// What a value looks like in the help and in a file.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// The word that stands for it in the help.
    pub(crate) value: &'static str,
    pub(crate) kind: Kind,
    /// Completes "expected .." in a mistake, with its article: `a number`.
    pub(crate) what: &'static str,
    /// An example as it is written in a file.
    pub(crate) example: &'static str,
    pub(crate) is_list: bool,
}

impl Form {
    /// A value that stands in quotes in a file. `value` stands for it in the help, as `ADDR`; `what` completes
    /// "takes ..", as `an address`; `example` is one as it is written in a file, as `"\"127.0.0.1:30303\""`.
    pub const fn text(value: &'static str, what: &'static str, example: &'static str) -> Self {
        Self {
            value,
            kind: Kind::Text,
            what,
            example,
            is_list: false,
        }
    }

    /// A whole number. `value` stands for it in the help, as `N`.
    pub const fn number(value: &'static str) -> Self {
        Self {
            kind: Kind::Number,
            ..Self::text(value, "a number", "25")
        }
    }

    /// The same with another word in the help.
    #[doc(hidden)]
    pub const fn named(self, value: &'static str) -> Self {
        Self { value, ..self }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In quotes.
    Text,
    Number,
    /// A number that may have a point.
    Decimal,
    /// A number, or in quotes with a unit.
    Amount,
    /// `true` or `false`.
    Switch,
}

/// Why a text is not a value of a setting.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum ValueError {
    /// It is not a number, or too large.
    #[error("{text:?} is no whole number from {least} to {most}")]
    Number {
        /// What was given.
        text: String,
        /// The smallest number allowed.
        least: i128,
        /// The largest number allowed.
        most: i128,
    },
    /// It is not a number, with or without a point.
    #[error("{text:?} is no number")]
    Decimal {
        /// What was given.
        text: String,
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
    /// It is not a value of a program's own type.
    #[error("{text}")]
    Other {
        /// What is wrong, and what to write.
        text: String,
    },
}

impl ValueError {
    /// An error in a program's own words: what is wrong, and what to write.
    pub fn other(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::Other { text }
    }
}

/// The largest number that is accepted for a count.
const MOST_COUNTED: i128 = 1_000_000;

/// Reads a number without a plus sign.
fn read_number<T: TryFrom<i128>>(text: &str, least: i128, most: i128) -> Result<T, ValueError> {
    let number = text.parse().ok();
    let allowed = number.filter(|number| !text.starts_with('+') && (least..=most).contains(number));
    let value = allowed.and_then(|number| number.try_into().ok());
    value.ok_or_else(|| ValueError::Number {
        text: text.into(),
        least,
        most,
    })
}

/// Numbers, each with the word for it and the largest that is accepted.
macro_rules! numbers {
    ($($type:ty, $value:literal, $least:expr, $most:expr;)*) => {$(
        impl Item for $type {
            const FORM: Form = Form::number($value);

            fn read(text: &str) -> Result<Self, ValueError> {
                read_number(text, $least, $most)
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

numbers! {
    usize, "N", 0, MOST_COUNTED;
    u8, "N", 0, u8::MAX.into();
    u16, "N", 0, u16::MAX.into();
    u32, "N", 0, u32::MAX.into();
    u64, "N", 0, u64::MAX.into();
    i64, "N", i64::MIN.into(), i64::MAX.into();
}

impl Item for f64 {
    const FORM: Form = Form {
        kind: Kind::Decimal,
        what: "a number",
        example: "0.5",
        ..Form::number("X")
    };

    fn read(text: &str) -> Result<Self, ValueError> {
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| ValueError::Decimal { text: text.into() })
    }

    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl Item for bool {
    const FORM: Form = Form {
        kind: Kind::Switch,
        ..Form::text("BOOL", "a truth value", "true")
    };

    fn read(text: &str) -> Result<Self, ValueError> {
        text.parse()
            .map_err(|_| ValueError::Switch { text: text.into() })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Item for Duration {
    const FORM: Form = Form::text("TIME", "a time with its unit", "\"1m30s\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        read_time(text).ok_or_else(|| ValueError::Time { text: text.into() })
    }

    fn show(&self) -> String {
        write_time(*self)
    }
}

impl Item for String {
    const FORM: Form = Form::text("TEXT", "a text", "\"text\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.into())
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Item for PathBuf {
    const FORM: Form = Form::text("FILE", "a path", "\"node.key\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.into())
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Item for SocketAddr {
    const FORM: Form = Form::text("ADDR", "an address", "\"127.0.0.1:8000\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        let address = text.parse();
        address.map_err(|_| {
            ValueError::other(format!(
                "{text:?} is no address: write an IP address and a port, as 127.0.0.1:8000"
            ))
        })
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Item for BadFile {
    const FORM: Form = Form::text("WHAT", "error or start-afresh", "\"error\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.parse()?)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Item for Enode {
    const FORM: Form = Form::text("ENODE", "an enode URL", "\"enode://..@192.0.2.1:30303\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.parse()?)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Item for PublicKey {
    const FORM: Form = Form::text("NODE", "an enode URL or a public key", "\"enode://..\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        if text.starts_with("enode:") {
            return Ok(*text.parse::<Enode>()?.public_key());
        }
        Ok(text.parse()?)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Item for Network {
    const FORM: Form = Form::text("NETWORK", "a network", "\"10.0.0.0/8\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.parse()?)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// A number of bytes below 4 GiB, written with a unit: `#[setting(with = p2p::settings::Size)]` on a `u32`.
#[derive(Debug)]
pub struct Size;

#[doc(hidden)]
impl Size {
    pub const FORM: Form = Form {
        kind: Kind::Amount,
        ..Form::text("SIZE", "a size", "\"1MiB\"")
    };

    pub fn read(text: &str) -> Result<u32, ValueError> {
        read_size(text).ok_or_else(|| ValueError::Size { text: text.into() })
    }

    pub fn set(size: &mut u32, text: &str) -> Result<(), ValueError> {
        *size = Self::read(text)?;
        Ok(())
    }

    pub fn show(size: &u32) -> Vec<String> {
        vec![write_size(*size)]
    }
}

/// An address to listen on, or `none`: `#[setting(with = p2p::settings::ListenAddr)]` on an `Option<String>`.
///
/// As for [`Config::listen_addr`](crate::Config::listen_addr).
#[derive(Debug)]
pub struct ListenAddr;

#[doc(hidden)]
impl ListenAddr {
    pub const FORM: Form = Form::text("ADDR", "an address", "\"127.0.0.1:30303\"");

    pub fn read(text: &str) -> Result<Option<String>, ValueError> {
        if text == "none" {
            return Ok(None);
        }
        parse_listen_addr(text).map_err(|_| ValueError::Listen { text: text.into() })?;
        Ok(Some(text.into()))
    }

    pub fn set(address: &mut Option<String>, text: &str) -> Result<(), ValueError> {
        *address = Self::read(text)?;
        Ok(())
    }

    pub fn show(address: &Option<String>) -> Vec<String> {
        vec![address.clone().unwrap_or_else(|| "none".into())]
    }
}
