//! A TOML file of settings. All its mistakes are reported at once, each with its position.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Mistake, Position, SettingError};
use super::setup::Given;
use crate::server::settings::Row;
use crate::server::settings::value::Kind;

/// The maximum size in bytes: a mistaken path may lead to gigabytes.
const MOST: u64 = 1024 * 1024;

/// Reads a file of these settings: what it gives, each with the position of its key.
pub(super) fn read(
    path: &Path,
    rows: &[&'static Row],
) -> Result<Vec<(Given, Position)>, ConfigError> {
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
    parse(&bytes, rows).map_err(|mistakes| ConfigError::Mistakes {
        path: path.into(),
        mistakes,
    })
}

/// Reads a file's bytes. The settings are checked only if all of it is TOML.
pub(super) fn parse(
    bytes: &[u8],
    rows: &[&'static Row],
) -> Result<Vec<(Given, Position)>, Vec<Mistake>> {
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
        // Further errors on a line follow from the first.
        mistakes.dedup_by_key(|mistake| mistake.position.line);
        return Err(mistakes);
    }
    let mut reading = Reading {
        text,
        rows,
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

/// The parser's error, with its key.
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

/// The parser reports a missing value as a text without quotes.
fn plain<'a>(message: &'a str, rest: &str) -> &'a str {
    if !message.starts_with("string values must be quoted") {
        return message;
    }
    let first_line = rest.lines().next().unwrap_or_default();
    if first_line.trim().is_empty() {
        "there is no value"
    } else {
        "a text must stand in quotes"
    }
}

/// The key at the start of a byte's line. If the line has none, as inside a list, the last key before it.
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

/// The key without quotes at the start of a line; empty if there is none.
fn first_word(line: &str) -> &str {
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    &line[..end.unwrap_or(line.len())]
}

/// The position of a byte.
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
    rows: &'a [&'static Row],
    given: Vec<(Given, Position)>,
    mistakes: Vec<Mistake>,
}

impl Reading<'_> {
    fn entry(&mut self, key: &str, at: &Range<usize>, value: &Spanned<DeValue<'_>>) {
        let Some(&row) = self.rows.iter().find(|row| row.key() == key) else {
            let near = near(key, self.rows);
            let key = key.to_owned();
            let error = match value.get_ref() {
                DeValue::Table(_) => SettingError::Table { key },
                _ => SettingError::Unknown { key, near },
            };
            return self.wrong(at, error);
        };
        let is_list = row.form.is_list;
        let values = match value.get_ref() {
            DeValue::Array(values) if is_list => &values[..],
            found if is_list => {
                return self.wrong(&value.span(), wrong_type(row, is_list, found));
            }
            _ => std::slice::from_ref(value),
        };
        for value in values {
            match read_one(row, value.get_ref()) {
                Ok(given) => self.given.push((given, position(self.text, at.start))),
                Err(error) => self.wrong(&value.span(), error),
            }
        }
    }

    fn wrong(&mut self, at: &Range<usize>, error: SettingError) {
        let position = position(self.text, at.start);
        self.mistakes.push(Mistake { position, error });
    }
}

/// Reads a value by the text that the command line would take for it.
fn read_one(row: &'static Row, value: &DeValue<'_>) -> Result<Given, SettingError> {
    let text = match (row.form.kind, value) {
        (Kind::Text | Kind::Amount, DeValue::String(text)) => text.clone().into_owned(),
        (Kind::Switch, DeValue::Boolean(value)) => value.to_string(),
        (Kind::Decimal, DeValue::Float(number)) => number.as_str().to_owned(),
        (Kind::Number | Kind::Decimal | Kind::Amount, DeValue::Integer(number)) => {
            match i128::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => number.to_string(),
                Err(_) => number.to_string(),
            }
        }
        _ => return Err(wrong_type(row, false, value)),
    };
    Given::check(row, &text).map_err(|error| SettingError::Value {
        key: row.key(),
        error,
    })
}

fn wrong_type(row: &Row, wants_list: bool, found: &DeValue<'_>) -> SettingError {
    let example = row.example();
    SettingError::Type {
        key: row.key(),
        wanted: if wants_list { "a list" } else { row.form.what },
        example: if wants_list {
            format!("[{example}]")
        } else {
            example.into()
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

/// The key that another one may have been meant for: that of the field with this name, or a similar one.
fn near(key: &str, rows: &[&Row]) -> Option<String> {
    let of_field = rows.iter().find(|row| row.field == key);
    let similar = || {
        rows.iter()
            .map(|row| (strsim::jaro_winkler(key, &row.key()), row))
            .filter(|(similarity, _)| *similarity > 0.8)
            .max_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, row)| row)
    };
    of_field.or_else(similar).map(|row| row.key())
}
