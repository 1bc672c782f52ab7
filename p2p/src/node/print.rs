//! All settings as a file that sets them.

use super::prose::{paragraphs, wrap};
use super::setup::{Setting, Setup};
use crate::server::settings::Row;
use crate::server::settings::value::Kind;

/// How wide a comment is, without its sign.
const WIDTH: usize = 98;

/// A file of all settings with their values and documentation.
pub(super) fn toml(setup: &Setup) -> String {
    let rows = setup.rows();
    let settings = setup.settings();
    let mut headings: Vec<&str> = Vec::new();
    for row in &rows {
        if !headings.contains(&row.heading) {
            headings.push(row.heading);
        }
    }
    let groups = headings.iter().map(|heading| {
        let group = settings.iter().filter(|it| it.row.heading == *heading);
        let entries: Vec<String> = group.map(|setting| entry(setting, &rows)).collect();
        format!("# -- {heading} --\n\n{}", entries.join("\n"))
    });
    groups.collect::<Vec<_>>().join("\n\n")
}

/// The documentation, the key and the value. A setting that is not set is commented out, with an example.
fn entry(setting: &Setting, rows: &[&Row]) -> String {
    let row = setting.row;
    let mut text = String::new();
    for line in paragraphs(row, rows, Row::key)
        .iter()
        .flat_map(|it| wrap(it, WIDTH))
    {
        text += &format!("# {line}\n");
    }
    let key = row.key();
    let form = row.form;
    let values: Vec<String> = setting
        .values
        .iter()
        .map(|value| match form.kind {
            Kind::Text | Kind::Amount => quoted(value),
            Kind::Number | Kind::Decimal | Kind::Switch => value.clone(),
        })
        .collect();
    let example = row.example();
    text += &match values.as_slice() {
        [] if form.is_list => format!("# {key} = [{example}]\n"),
        [] => format!("# {key} = {example}\n"),
        values if form.is_list => format!("{key} = [\n    {},\n]\n", values.join(",\n    ")),
        values => format!("{key} = {}\n", values.concat()),
    };
    text
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted += &format!("\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
