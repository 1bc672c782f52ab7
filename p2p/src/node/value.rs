//! What values of settings look like, on the command line and in the file alike.

use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::filter::LevelFilter;

use super::Log;
use super::amount::{Bytes, read_time, write_time};
use super::error::ValueError;
use crate::enode::Enode;
use crate::identity::PublicKey;
use crate::network::Network;
use crate::nodes::BadFile;
use crate::server::parse_listen_addr;

/// The value of a setting.
pub(super) trait Value: Clone + Send + Sync + 'static {
    /// What it looks like.
    const FORM: Form;

    fn read(text: &str) -> Result<Self, ValueError>;

    /// The text that reads as this value.
    fn write(&self) -> String;
}

/// What a value looks like in the help and in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// What stands for it in the help.
    pub(super) value: &'static str,
    pub(super) kind: Kind,
    /// What it is, with its article.
    pub(super) what: &'static str,
    /// One, as it is written in a file.
    pub(super) example: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In quotes.
    Text,
    Number,
    /// A number, or in quotes with a unit.
    Amount,
    /// `true` or `false`.
    Switch,
}

const fn text(value: &'static str, what: &'static str, example: &'static str) -> Form {
    Form {
        value,
        kind: Kind::Text,
        what,
        example,
    }
}

/// More of anything is a mistake.
const MOST: usize = 1_000_000;

impl Value for usize {
    const FORM: Form = Form {
        value: "N",
        kind: Kind::Number,
        what: "a number",
        example: "25",
    };

    fn read(text: &str) -> Result<Self, ValueError> {
        let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|n| all_digits && *n <= MOST);
        number.ok_or_else(|| ValueError::Number {
            text: text.into(),
            most: MOST,
        })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for u8 {
    const FORM: Form = Form {
        value: "BITS",
        ..usize::FORM
    };

    fn read(text: &str) -> Result<Self, ValueError> {
        let number = usize::read(text).ok().and_then(|n| Self::try_from(n).ok());
        number.ok_or_else(|| ValueError::Number {
            text: text.into(),
            most: Self::MAX.into(),
        })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for bool {
    const FORM: Form = Form {
        value: "BOOL",
        kind: Kind::Switch,
        what: "a truth value",
        example: "true",
    };

    fn read(text: &str) -> Result<Self, ValueError> {
        text.parse()
            .map_err(|_| ValueError::Switch { text: text.into() })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for Duration {
    const FORM: Form = text("TIME", "a time with its unit", "\"1m30s\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        read_time(text).ok_or_else(|| ValueError::Time { text: text.into() })
    }

    fn write(&self) -> String {
        write_time(*self)
    }
}

impl Value for Bytes {
    const FORM: Form = Form {
        value: "SIZE",
        kind: Kind::Amount,
        what: "a size",
        example: "\"1MiB\"",
    };

    fn read(text: &str) -> Result<Self, ValueError> {
        Self::read(text).ok_or_else(|| ValueError::Size { text: text.into() })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for String {
    const FORM: Form = text("NAME", "a text", "\"foobar/v1.0.0\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.into())
    }

    fn write(&self) -> String {
        self.clone()
    }
}

impl Value for PathBuf {
    const FORM: Form = text("FILE", "a path", "\"node.key\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.into())
    }

    fn write(&self) -> String {
        self.display().to_string()
    }
}

/// The file of known nodes.
#[derive(Debug, Clone)]
pub(super) struct DatabaseFile(pub(super) PathBuf);

impl Value for DatabaseFile {
    const FORM: Form = text("FILE", "a path", "\"nodes.redb\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        PathBuf::read(text).map(Self)
    }

    fn write(&self) -> String {
        self.0.write()
    }
}

/// Where to listen, if at all.
#[derive(Debug, Clone)]
pub(super) struct Listen(pub(super) Option<String>);

impl Value for Listen {
    const FORM: Form = text("ADDR", "an address", "\"127.0.0.1:30303\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        if text == "none" {
            return Ok(Self(None));
        }
        parse_listen_addr(text).map_err(|_| ValueError::Listen { text: text.into() })?;
        Ok(Self(Some(text.into())))
    }

    fn write(&self) -> String {
        self.0.clone().unwrap_or_else(|| "none".into())
    }
}

impl Value for Enode {
    const FORM: Form = text("ENODE", "an enode URL", "\"enode://..@192.0.2.1:30303\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.parse()?)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for PublicKey {
    const FORM: Form = text("NODE", "an enode URL or a public key", "\"enode://..\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        if text.starts_with("enode:") {
            return Ok(*text.parse::<Enode>()?.public_key());
        }
        Ok(text.parse()?)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for BadFile {
    const FORM: Form = text("WHAT", "error or start-afresh", "\"error\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.parse()?)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for Network {
    const FORM: Form = text("NETWORK", "a network", "\"10.0.0.0/8\"");

    fn read(text: &str) -> Result<Self, ValueError> {
        Ok(text.parse()?)
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Value for Log {
    const FORM: Form = text("FILTER", "a filter", "\"info\"");

    /// A word alone is a level. As a module it would be logged in full, and nothing else at all, which
    /// a slip in a level's name must not lead to.
    fn read(text: &str) -> Result<Self, ValueError> {
        let wrong = |part: &str| ValueError::Log { text: part.into() };
        for part in text.split(',') {
            let level = part.split_once('=').map_or(part, |(_, level)| level);
            level.parse::<LevelFilter>().map_err(|_| wrong(part))?;
        }
        text.parse().map_err(|_| wrong(text))
    }

    fn write(&self) -> String {
        self.to_string()
    }
}
