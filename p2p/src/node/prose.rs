//! Documentation comments of settings as plain text, for the help and the settings file.

use crate::server::settings::Row;

/// A documentation comment as paragraphs of plain text, without those that are only for rustdoc. A link to
/// another of `rows` becomes what `name` calls it: its flag, or its key.
pub(super) fn paragraphs(row: &Row, rows: &[&Row], name: fn(&Row) -> String) -> Vec<String> {
    let paragraphs = row.docs.split("\n\n").map(|lines| lines.replace('\n', " "));
    let shown = paragraphs.filter(|it| !it.starts_with("Default:") && !it.starts_with("In code:"));
    shown
        .map(|text| without_links(&text, rows, name).replace('`', ""))
        .collect()
}

fn without_links(text: &str, rows: &[&Row], name: fn(&Row) -> String) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, words, target, after)) = first_link(rest) {
        let field = target.strip_prefix("Self::");
        let linked = field.and_then(|field| rows.iter().find(|row| row.field == field));
        plain += before;
        match linked {
            Some(row) => plain += &name(row),
            None => plain += words,
        }
        rest = after;
    }
    plain + rest
}

/// The first `[words](target)`: what is before it, its two parts, and what is after it.
fn first_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, link) = text.split_once('[')?;
    let (words, rest) = link.split_once("](")?;
    let (target, after) = rest.split_once(')')?;
    Some((before, words, target, after))
}

/// Breaks a paragraph into lines of at most `width` characters, unless a word is longer.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Config;
    use crate::server::settings::{Settings, Value};

    const ROW: Row = Row {
        field: "x",
        flag: "x",
        heading: "Essentials",
        example: None,
        docs: "At most [`max_peers`](Self::max_peers),\nas [a server](crate::Server) `has`.\n\nDefault: 1.\n\n\
               See [here](x) [too](Self::static_nodes).\n\nIn code: more.",
        form: <usize as Value>::FORM,
        check: |_| Ok(()),
    };

    #[test]
    fn links_become_flags_or_keys() {
        let config = Config::default();
        let rows: Vec<_> = config.rows().iter().collect();
        let flags = paragraphs(&ROW, &rows, |row| format!("--{}", row.flag));
        assert_eq!(
            flags,
            ["At most --max-peers, as a server has.", "See here --peer."]
        );
        let keys = paragraphs(&ROW, &rows, Row::key);
        assert_eq!(keys[0], "At most max_peers, as a server has.");
    }

    #[test]
    fn a_line_is_as_long_as_fits() {
        assert_eq!(wrap("ab cd efg hi", 5), ["ab cd", "efg", "hi"]);
    }
}
