//! A TOML file of settings. All its mistakes are told at once, each with its place.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Mistake, Position, SettingError, ValueError};
use super::setting::{Change, Setting};
use super::settings::settings;
use super::value::Kind;

/// More is no file of settings: a mistaken path may lead to gigabytes.
const MOST: u64 = 1024 * 1024;

/// A setting that a file gives.
pub(super) struct Given {
    pub(super) setting: &'static Setting,
    pub(super) position: Position,
    pub(super) change: Change,
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Vec<Given>, ConfigError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes))
        .map_err(|error| ConfigError::Io {
            path: path.into(),
            error,
        })?;
    if bytes.len() as u64 > MOST {
        return Err(ConfigError::TooLarge {
            path: path.into(),
            most: MOST,
        });
    }
    parse(&bytes).map_err(|mistakes| ConfigError::Mistakes {
        path: path.into(),
        mistakes,
    })
}

/// Reads a file's bytes. Where it is not TOML, its settings are not looked at.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Given>, Vec<Mistake>> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let (valid, _) = bytes.split_at(error.valid_up_to());
            let position = position(&String::from_utf8_lossy(valid), valid.len());
            let error = SettingError::NotUtf8;
            return Err(vec![Mistake { position, error }]);
        }
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let mut mistakes: Vec<_> = errors.iter().map(|error| syntax(text, error)).collect();
        mistakes.sort_by_key(place);
        // What else is wrong with a line comes of the first.
        mistakes.dedup_by_key(|mistake| mistake.position.line);
        return Err(mistakes);
    }
    let mut reading = Reading {
        text,
        given: Vec::new(),
        mistakes: Vec::new(),
    };
    for (key, value) in table.get_ref() {
        reading.entry(key.get_ref(), &key.span(), value);
    }
    if !reading.mistakes.is_empty() {
        reading.mistakes.sort_by_key(place);
        return Err(reading.mistakes);
    }
    Ok(reading.given)
}

fn place(mistake: &Mistake) -> (usize, usize) {
    (mistake.position.line, mistake.position.column)
}

/// What the parser found, and the key at which it did.
fn syntax(text: &str, error: &toml::de::Error) -> Mistake {
    let span = error.span().unwrap_or(text.len()..text.len());
    let position = position(text, span.start);
    let error = match error.message() {
        "duplicate key" => SettingError::Twice {
            key: text.get(span).unwrap_or_default().to_owned(),
        },
        message => SettingError::Syntax {
            key: key_at(text, span.start),
            message: plain(message, text.get(span.start..).unwrap_or_default()).to_owned(),
        },
    };
    Mistake { position, error }
}

/// The parser's word for a missing value is that of a text without quotes.
fn plain<'a>(message: &'a str, rest: &str) -> &'a str {
    let is_blank = rest
        .lines()
        .next()
        .is_none_or(|line| line.trim().is_empty());
    match message.starts_with("string values must be quoted") {
        true if is_blank => "there is no value",
        true => "a text must stand in quotes",
        false => message,
    }
}

/// The key that begins the line of a byte, or if none does and the line goes on with a value, the last
/// one before it.
fn key_at(text: &str, offset: usize) -> Option<String> {
    let (_, after) = text.split_at_checked(offset)?;
    let end = offset + after.find('\n').unwrap_or(after.len());
    let mut lines = text.get(..end)?.lines().rev().map(str::trim);
    let line = lines.next()?;
    let key = first_word(line);
    if !key.is_empty() || line.starts_with(['=', '[', '#']) {
        return Some(key).filter(|key| !key.is_empty()).map(str::to_owned);
    }
    let mut keys = lines.filter(|line| line.contains('=')).map(first_word);
    keys.find(|key| !key.is_empty()).map(str::to_owned)
}

/// What a line begins with that may be a key without quotes.
fn first_word(line: &str) -> &str {
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    &line[..end.unwrap_or(line.len())]
}

/// The place of a byte.
fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    Position {
        line: before.matches('\n').count() + 1,
        column: line.chars().count() + 1,
    }
}

struct Reading<'a> {
    text: &'a str,
    given: Vec<Given>,
    mistakes: Vec<Mistake>,
}

impl Reading<'_> {
    fn entry(&mut self, key: &str, at: &Range<usize>, value: &Spanned<DeValue<'_>>) {
        let Some(setting) = settings().find(|setting| setting.key() == key) else {
            let (key, near) = (key.to_owned(), near(key));
            let error = match value.get_ref() {
                DeValue::Table(_) => SettingError::Table { key },
                _ => SettingError::Unknown { key, near },
            };
            return self.wrong(at, error);
        };
        let values = match value.get_ref() {
            DeValue::Array(values) if setting.access.is_list() => &values[..],
            found if setting.access.is_list() => {
                return self.wrong(&value.span(), wrong_type(setting, true, found));
            }
            _ => std::slice::from_ref(value),
        };
        for value in values {
            match read_one(setting, value.get_ref()) {
                Ok(change) => self.given.push(Given {
                    setting,
                    position: position(self.text, at.start),
                    change,
                }),
                Err(error) => self.wrong(&value.span(), error),
            }
        }
    }

    fn wrong(&mut self, at: &Range<usize>, error: SettingError) {
        let position = position(self.text, at.start);
        self.mistakes.push(Mistake { position, error });
    }
}

/// Reads a value, as the command line would read its text.
fn read_one(setting: &Setting, value: &DeValue<'_>) -> Result<Change, SettingError> {
    let text = match (setting.access.form().kind, value) {
        (Kind::Text | Kind::Amount, DeValue::String(text)) => text.clone().into_owned(),
        (Kind::Switch, DeValue::Boolean(value)) => value.to_string(),
        (Kind::Number | Kind::Amount, DeValue::Integer(number)) => {
            match i128::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => number.to_string(),
                Err(_) => number.to_string(),
            }
        }
        _ => return Err(wrong_type(setting, false, value)),
    };
    let read = setting.access.read(&text);
    read.map_err(|error: ValueError| SettingError::Value {
        key: setting.key(),
        error,
    })
}

fn wrong_type(setting: &Setting, is_list: bool, found: &DeValue<'_>) -> SettingError {
    let form = setting.access.form();
    let example = form.example;
    SettingError::Type {
        key: setting.key(),
        wanted: if is_list { "a list" } else { form.what },
        example: match is_list {
            true => format!("[{example}]"),
            false => example.into(),
        },
        found: match found {
            DeValue::String(_) => "a text in quotes",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a number with a point",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        },
    }
}

/// The setting that a key may have been meant for: that of the method of `Builder` of this name, or one
/// with a name like it.
fn near(key: &str) -> Option<String> {
    let of_setter = settings().find(|setting| setting.setter == key);
    let alike = || {
        settings()
            .map(|setting| (strsim::jaro_winkler(key, &setting.key()), setting))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, setting)| setting)
    };
    of_setter.or_else(alike).map(Setting::key)
}
