//! Settings as a file that gives them.

use super::setting::{Setting, Setup};
use super::settings::GROUPS;
use super::value::Kind;

/// A file of all settings as they are, with what is to be known of each.
pub(super) fn toml(setup: &Setup) -> String {
    let mut text = String::new();
    for group in &GROUPS {
        if !text.is_empty() {
            text += "\n\n";
        }
        text += &format!("# -- {} --\n", group.heading);
        for setting in group.settings {
            text += &keys(&format!("\n# {}.\n", setting.help));
            for line in setting.more {
                text += &keys(&format!("# {line}\n"));
            }
            text += &entry(setting, setup);
        }
    }
    text
}

/// A text that names keys where it named flags.
fn keys(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace);
    words
        .map(|word| match word.strip_prefix("--") {
            Some(flag) => flag.replace('-', "_"),
            None => word.to_owned(),
        })
        .collect()
}

/// The key and its value. What is not set is a comment.
fn entry(setting: &Setting, setup: &Setup) -> String {
    let (key, form) = (setting.key(), setting.access.form());
    let values = setting.access.show(setup);
    let values: Vec<String> = values
        .iter()
        .map(|value| match form.kind {
            Kind::Text | Kind::Amount => quoted(value),
            Kind::Number | Kind::Switch => value.clone(),
        })
        .collect();
    match values.as_slice() {
        values if setting.access.is_list() && !values.is_empty() => {
            format!("{key} = [\n    {},\n]\n", values.join(",\n    "))
        }
        [value] => format!("{key} = {value}\n"),
        _ if setting.access.is_list() => format!("# {key} = [{}]\n", form.example),
        _ => format!("# {key} = {}\n", form.example),
    }
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
